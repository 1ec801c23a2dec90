// Every pair of attributes estimated in two ways, against the truth: each attribute randomized by itself with half the budget (Kronecker
// inverse, normal intervals), and the pair's cell randomized jointly with all of it (Clopper and Pearson's intervals through the channel).
import { grr, seededRandom } from "@emrx/ldp-core";
import { mechanismFor } from "@emrx/ldp-core/mechanisms";
import {
  clopperPearsonInterval,
  frequencyVariance,
  type Interval,
  jointTable,
  normalInterval,
  type SupportProbabilities,
  supportProbabilities,
} from "@emrx/quality";
import { jointVariances } from "@emrx/quality/tables";
import type { Column } from "./read-columns.js";

/** What a study found for one table. */
export interface TableResult {
  readonly name: string;
  readonly cells: number;
  /** Share of intervals that hold the truth. */
  readonly coverage: number;
  /** Root mean square error over cells and seeds. */
  readonly observed: number;
  /** The same, predicted. */
  readonly predicted: number;
}

/** What came of one way to estimate. */
export interface StudyResult {
  readonly tables: readonly TableResult[];
  readonly overall: {
    /** Cells of all tables and seeds. */
    readonly cells: number;
    /** Share of 95 % intervals that hold the truth. */
    readonly coverage: number;
    /** Root mean square of error over predicted standard error; 1 if predictions are right. */
    readonly standardizedRms: number;
  };
}

/** Sums over the cells of one table and all seeds. */
class Tally {
  cells = 0;
  covered = 0;
  squared = 0;
  predicted = 0;
  standardized = 0;

  add(truth: number, estimate: number, variance: number, { lower, upper }: Interval): void {
    this.cells++;
    if (lower <= truth && truth <= upper) this.covered++;
    this.squared += (estimate - truth) ** 2;
    this.predicted += variance;
    this.standardized += (estimate - truth) ** 2 / variance;
  }
}

/** Runs the study for all pairs of columns. */
export function twoWayStudy(
  columns: readonly Column[],
  epsilon: string,
  seeds: number,
): { readonly apart: StudyResult; readonly together: StudyResult } {
  const half = String(Number(epsilon) / 2);
  const attributes = columns.map((column) => {
    const mechanism = grr({ categories: column.categories, epsilon: half });
    return { ...column, mechanism, channel: supportProbabilities(mechanism) };
  });
  const pairs = attributes.flatMap((a, i) =>
    attributes.slice(i + 1).map((b, k) => {
      const joint = a.values.map((value, r) => value * b.categories + (b.values[r] as number));
      const truth = new Float64Array(a.categories * b.categories);
      joint.forEach((cell) => {
        truth[cell] = (truth[cell] as number) + 1 / joint.length;
      });
      const columnIndices = [i, i + 1 + k] as const;
      const tallies = { apart: new Tally(), together: new Tally() };
      return { name: `${a.name} x ${b.name}`, a, b, columnIndices, joint, truth, ...tallies };
    }),
  );
  for (let seed = 0; seed < seeds; seed++) {
    const random = seededRandom(`two-way tables ${seed}`);
    const reports = attributes.map(
      ({ values, mechanism }): ArrayLike<number> => mechanism.randomizeBatch(values, random),
    );
    for (const { a, b, columnIndices, joint, truth, apart, together } of pairs) {
      const n = joint.length;
      const counts = new Float64Array(truth.length);
      const [first, second] = columnIndices.map((i) => reports[i]) as [
        ArrayLike<number>,
        ArrayLike<number>,
      ];
      for (let r = 0; r < n; r++) {
        const cell = (first[r] as number) * b.categories + (second[r] as number);
        counts[cell] = (counts[cell] as number) + 1;
      }
      estimateApart(apart, truth, counts, n, [a, b]);

      const mechanism = mechanismFor({ type: "categorical", categories: truth.length }, epsilon);
      const aggregator = mechanism.aggregator();
      aggregator.addBatch(mechanism.randomizeBatch(joint, random));
      estimateTogether(together, truth, aggregator, n, supportProbabilities(mechanism));
    }
  }
  return {
    apart: result(
      pairs.map(({ name, apart }) => ({ name, tally: apart })),
      seeds,
    ),
    together: result(
      pairs.map(({ name, together }) => ({ name, tally: together })),
      seeds,
    ),
  };
}

type Attribute = Column & { readonly channel: SupportProbabilities };

function estimateApart(
  tally: Tally,
  truth: Float64Array,
  counts: Float64Array,
  n: number,
  pair: readonly [Attribute, Attribute],
): void {
  const design = {
    shape: pair.map(({ categories }) => categories),
    channels: pair.map(({ channel }) => channel),
    target: "cohort" as const,
  };
  const { frequencies, variances } = jointTable({ counts, ...design });
  const exact = jointVariances({ frequencies: truth, n, ...design });
  truth.forEach((f, cell) => {
    const estimate = frequencies[cell] as number;
    const interval = normalInterval({ estimate, variance: variances[cell] as number });
    tally.add(f, estimate, exact[cell] as number, interval);
  });
}

function estimateTogether(
  tally: Tally,
  truth: Float64Array,
  aggregator: { readonly counts: Float64Array; estimate(): { readonly frequencies: Float64Array } },
  n: number,
  channel: SupportProbabilities,
): void {
  const { counts } = aggregator;
  const { frequencies } = aggregator.estimate();
  truth.forEach((frequency, cell) => {
    const interval = clopperPearsonInterval({ count: counts[cell] as number, n, ...channel });
    const variance = frequencyVariance({ ...channel, n, frequency, target: "cohort" });
    tally.add(frequency, frequencies[cell] as number, variance, interval);
  });
}

function result(
  tables: readonly { readonly name: string; readonly tally: Tally }[],
  seeds: number,
): StudyResult {
  const sum = (pick: (tally: Tally) => number): number =>
    tables.reduce((total, { tally }) => total + pick(tally), 0);
  const cells = sum((tally) => tally.cells);
  return {
    tables: tables.map(({ name, tally }) => ({
      name,
      cells: tally.cells / seeds,
      coverage: tally.covered / tally.cells,
      observed: Math.sqrt(tally.squared / tally.cells),
      predicted: Math.sqrt(tally.predicted / tally.cells),
    })),
    overall: {
      cells,
      coverage: sum((tally) => tally.covered) / cells,
      standardizedRms: Math.sqrt(sum((tally) => tally.standardized) / cells),
    },
  };
}

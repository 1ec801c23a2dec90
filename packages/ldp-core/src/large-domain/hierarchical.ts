// Ranges and quantiles of an ordered domain: every person reports one node of a tree of intervals.
import { integer, object, optional } from "@emrx/internal/shape";
import { check } from "../errors/check.js";
import { LdpError } from "../errors/ldp-error.js";
import { epsilonShape } from "../exact/decimal.js";
import { mechanismFor } from "../mechanisms/choice/choose.js";
import { checkValues } from "../mechanisms/common/domain.js";
import { categoriesShape } from "../mechanisms/common/options.js";
import type { FrequencyAggregator, FrequencyOracle } from "../mechanisms/common/oracle.js";
import { addedReports, otherState } from "../mechanisms/common/other-state.js";
import { checkSpace } from "../mechanisms/common/symbol.js";
import { platformRandom } from "../random/platform.js";
import type { RandomSource } from "../random/source.js";
import { uniformBelow } from "../random/uniform.js";
import { frame, unframe } from "./framed.js";
import { type HierarchicalEstimate, hierarchicalEstimate } from "./hierarchical-estimate.js";

/** Parameters of {@link hierarchicalHistogram}. */
export interface HierarchicalOptions {
  /** Number of categories d in their order, 2..2^16. */
  readonly categories: number;
  /** Privacy budget of a report: decimal string or number in (0, 32]. */
  readonly epsilon: string | number;
  /** Children of a node, 2..d; by formula unless given. */
  readonly fanOut?: number;
}

/** One report: a level of the tree, and what that level's oracle says. */
export interface HierarchicalReport {
  readonly level: number;
  readonly report: unknown;
}

/** Collects the reports of a hierarchical histogram. */
export interface HierarchicalAggregator {
  /** Names mechanism and parameters; only aggregators with equal identities merge. */
  readonly identity: string;
  /** Number of reports of each level. */
  readonly sizes: readonly number[];
  /** Adds one report. @throws EMRX_MALFORMED_REPORT */
  add(report: HierarchicalReport): void;
  /** Adds one column a level, as `randomizeBatch` gives them; all or, on an error, nothing. @throws EMRX_MALFORMED_REPORT */
  addBatch(columns: readonly unknown[]): void;
  /** Adds everything another aggregator of an equal histogram has collected. @throws EMRX_MISMATCH */
  merge(other: HierarchicalAggregator): void;
  /** The aggregators of the levels. */
  readonly levels: readonly FrequencyAggregator[];
  /**
   * The state as canonical bytes, which the histogram's `aggregatorFromBytes` reads: version 1 (1 byte), length of the identity (2),
   * identity, then for each level the length (8) and bytes of its aggregator's state.
   */
  toBytes(): Uint8Array<ArrayBuffer>;
  /** Consistent, unbiased estimates. @throws EMRX_NO_REPORTS where a level has none */
  estimate(): HierarchicalEstimate;
}

/** A hierarchical histogram: a frequency oracle for each level of a tree of intervals. */
export interface HierarchicalHistogram {
  readonly name: "hh";
  /** Names the parameters; equal identities mean equal channels. */
  readonly identity: string;
  readonly categories: number;
  /** The requested epsilon, canonical decimal: what one report costs, whatever its level. */
  readonly epsilon: string;
  /** Children of a node. */
  readonly fanOut: number;
  /** The oracle of each level, the coarsest first, the categories themselves last. */
  readonly levels: readonly FrequencyOracle[];
  /** How many categories a node of each level spans; the last is 1. */
  readonly spans: readonly number[];
  /** One report of one value: a uniform level, and that level's report. @throws EMRX_VALUE_OUTSIDE_DOMAIN */
  randomize(value: number, random?: RandomSource): HierarchicalReport;
  /** One column a level; each person is in one of them, by a draw that does not look at the value. @throws as `randomize` */
  randomizeBatch(values: ArrayLike<number>, random?: RandomSource): readonly unknown[];
  /** An empty aggregator. */
  aggregator(): HierarchicalAggregator;
  /** Reads what an aggregator's `toBytes` wrote, and nothing else. @throws EMRX_MALFORMED_STATE */
  aggregatorFromBytes(bytes: Uint8Array): HierarchicalAggregator;
  /** One report as canonical bytes: the level (1), then the report as its oracle writes it. @throws EMRX_MALFORMED_REPORT */
  encode(report: HierarchicalReport): Uint8Array<ArrayBuffer>;
  /** Reads one report. @throws EMRX_MALFORMED_REPORT for bytes that `encode` cannot have written */
  decode(bytes: Uint8Array): HierarchicalReport;
}

/**
 * Hierarchical histograms with consistency, HH_B (Cormode, Kulkarni and Srivastava, "Answering range queries under local differential
 * privacy", PVLDB 12(10), 2019), for ages, laboratory values, dates.
 *
 * **Mechanism.** A tree with fan-out B over the ordered categories. Each person draws one level uniformly and reports the node of that
 * level that holds the value, by `mechanismFor` with the whole epsilon (`grr`, `subsetSelection`
 * or, from 513 nodes on, `oue`).
 *
 * **Proof of privacy.** The level is independent of the value; given it, the report is the oracle's. Each person reports once.
 *
 * **Estimator.** See {@link HierarchicalEstimate}: least squares over all levels, so that parents are the sums of their children and all is 1.
 *
 * **Fan-out.** With h levels and consistency the variance of a range grows as (B + 1) h^2 (there, where consistency is treated; the continuous optimum
 * is B = 9.2); B is the fan-out with the least (B + 1) ceil(log_B d)^2.
 *
 * @param options - domain size and budget
 * @returns the histogram
 * @throws EMRX_BAD_DOMAIN, EMRX_BAD_EPSILON, EMRX_BAD_PARAMETER
 * @example
 * ```ts
 * import { seededRandom } from "@emrx/ldp-core";
 * import { hierarchicalHistogram } from "@emrx/ldp-core/large-domain";
 *
 * const ages = hierarchicalHistogram({ categories: 100, epsilon: "4" });
 * ages.fanOut; // => 10
 * const random = seededRandom("example");
 * const tally = ages.aggregator();
 * tally.addBatch(ages.randomizeBatch(Array.from({ length: 20_000 }, (_, i) => 20 + (i % 60)), random));
 * const estimate = tally.estimate();
 * const { frequency, variance } = estimate.range(20, 49); // both ends included; the truth is one half
 * Math.abs(frequency - 0.5) < 4 * Math.sqrt(variance); // => true
 * Math.abs(estimate.quantile(0.5) - 49) <= 2; // => true
 * ```
 */
export function hierarchicalHistogram(options: HierarchicalOptions): HierarchicalHistogram {
  const given = check(
    object({
      categories: categoriesShape(1 << 16),
      epsilon: epsilonShape,
      fanOut: optional(integer(2, 1 << 16)),
    }),
    options,
    "options",
  );
  const { categories: d, epsilon } = given;
  const fanOut = check(integer(2, d), given.fanOut ?? bestFanOut(d), "options.fanOut");
  const spans = [1];
  while ((spans[0] as number) * fanOut < d) spans.unshift((spans[0] as number) * fanOut);
  // Beyond 512 nodes not `olh`: that its answers for two nodes vary independently would have to be shown of its hash functions.
  const levels = spans.map((span) => {
    const categories = Math.ceil(d / span);
    const goal = categories <= 512 ? "accuracy" : "simple";
    return mechanismFor({ type: "ordinal", categories }, epsilon, goal);
  });
  const nodeOf = (value: number, level: number): number =>
    Math.floor(value / (spans[level] as number));

  const identity = `hh categories=${d} epsilon=${epsilon} fanOut=${fanOut}`;
  const tree = { identity, categories: d, fanOut, levels };

  return Object.freeze({
    name: "hh",
    identity,
    categories: d,
    epsilon,
    fanOut,
    levels,
    spans,
    randomize(value: number, random: RandomSource = platformRandom()) {
      checkValues([value], d);
      const level = uniformBelow(levels.length, random);
      return { level, report: levels[level]?.randomize(nodeOf(value, level), random) };
    },
    randomizeBatch(values: ArrayLike<number>, random: RandomSource = platformRandom()) {
      checkValues(values, d);
      const nodes: number[][] = levels.map(() => []);
      for (let i = 0; i < values.length; i++) {
        const level = uniformBelow(levels.length, random);
        nodes[level]?.push(nodeOf(values[i] as number, level));
      }
      return levels.map((oracle, level) => oracle.randomizeBatch(nodes[level] as number[], random));
    },
    aggregator: () => hierarchicalAggregator(tree),
    aggregatorFromBytes: (bytes: Uint8Array) =>
      hierarchicalAggregator(tree, talliesFromBytes(tree, bytes)),
    encode({ level, report }: HierarchicalReport) {
      const oracle = oracleOf(levels, level);
      const bytes = new Uint8Array(1 + oracle.reportBytes);
      bytes[0] = level;
      oracle.encode(report, bytes, 1);
      return bytes;
    },
    decode(bytes: Uint8Array) {
      checkSpace(bytes, 0, 1);
      const level = bytes[0] as number;
      const oracle = oracleOf(levels, level);
      if (bytes.length !== 1 + oracle.reportBytes) {
        throw new LdpError(
          "EMRX_MALFORMED_REPORT",
          `${bytes.length} bytes; expected ${1 + oracle.reportBytes} for a report of level ${level}`,
        );
      }
      return { level, report: oracle.decode(bytes, 1) };
    },
  } as const);
}

/** The oracle of the level that a report names. */
function oracleOf(levels: readonly FrequencyOracle[], level: number): FrequencyOracle {
  const oracle = levels[level];
  if (oracle !== undefined) return oracle;
  throw new LdpError(
    "EMRX_MALFORMED_REPORT",
    `report of level ${String(level)}; expected a level in 0..${levels.length - 1}`,
  );
}

function talliesFromBytes(
  { identity, levels }: { readonly identity: string; readonly levels: readonly FrequencyOracle[] },
  bytes: Uint8Array,
): readonly FrequencyAggregator[] {
  return unframe(identity, levels.length, bytes).map((part, level) =>
    (levels[level] as FrequencyOracle).aggregatorFromBytes(part),
  );
}

function hierarchicalAggregator(
  tree: {
    readonly identity: string;
    readonly categories: number;
    readonly fanOut: number;
    readonly levels: readonly FrequencyOracle[];
  },
  tallies: readonly FrequencyAggregator[] = tree.levels.map((oracle) => oracle.aggregator()),
): HierarchicalAggregator {
  const mergeAll = (others: readonly FrequencyAggregator[]): void => {
    // All sums are looked at before any is made, so that one that is too large changes nothing.
    for (const [level, other] of others.entries()) addedReports(tallies[level]?.n ?? 0, other.n);
    for (const [level, other] of others.entries()) tallies[level]?.merge(other);
  };
  return {
    identity: tree.identity,
    get sizes() {
      return tallies.map(({ n }) => n);
    },
    levels: tallies,
    add({ level, report }) {
      oracleOf(tree.levels, level);
      tallies[level]?.add(report);
    },
    addBatch(columns) {
      if (columns.length !== tallies.length) {
        throw new LdpError(
          "EMRX_MALFORMED_REPORT",
          `${columns.length} columns; expected one for each of ${tallies.length} levels`,
        );
      }
      // Into fresh aggregators first, so that a wrong column changes nothing.
      const fresh = tree.levels.map((oracle) => oracle.aggregator());
      for (const [level, column] of columns.entries()) fresh[level]?.addBatch(column);
      mergeAll(fresh);
    },
    merge(other) {
      mergeAll(talliesFromBytes(tree, otherState(tree.identity, other)));
    },
    toBytes: () =>
      frame(
        tree.identity,
        tallies.map((tally) => tally.toBytes()),
      ),
    estimate() {
      const empty = tallies.findIndex(({ n }) => n === 0);
      if (empty >= 0) throw new LdpError("EMRX_NO_REPORTS", `level ${empty} has no reports yet`);
      return hierarchicalEstimate({ ...tree, tallies });
    },
  };
}

/** The fan-out with the least (B + 1) h^2. */
function bestFanOut(d: number): number {
  let [best, least] = [d, d + 1]; // one level
  for (let fanOut = 2; fanOut < Math.min(d, 1000); fanOut++) {
    let h = 1;
    for (let leaves = fanOut; leaves < d; leaves *= fanOut) h++;
    if ((fanOut + 1) * h * h < least) [best, least] = [fanOut, (fanOut + 1) * h * h];
  }
  return best;
}

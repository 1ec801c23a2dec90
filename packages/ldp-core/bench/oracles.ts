// Frequency oracles at epsilon 1 over small, middling and large domains: the batch API, the one-record API, aggregation.
import { type BenchEntry, benchEntry } from "../../../bench/entry.js";
import {
  type FrequencyOracle,
  grr,
  hadamardResponse,
  olh,
  oue,
  privset,
  projectiveGeometryResponse,
  subsetSelection,
  sue,
  windowMechanism,
} from "../src/index.js";

const epsilon = "1";
const domains = [16, 128, 1024];

/** Values spread over the whole domain; which ones they are makes no difference to any mechanism. */
function values(count: number, categories: number): Uint16Array {
  return Uint16Array.from({ length: count }, (_, index) => (index * 7919) % categories);
}

function entriesOf<Report, Column>(
  oracle: FrequencyOracle<Report, Column>,
  count: number,
): BenchEntry[] {
  const { categories } = oracle;
  const name = (operation: string): string =>
    `ldp-core/${oracle.name}/${operation}/d=${categories}`;
  return [
    benchEntry({
      name: name("randomize"),
      unit: "reports",
      work: count,
      baseline: "limit/mix32",
      setup: () => values(count, categories),
      run: (column) => oracle.randomizeBatch(column),
    }),
    benchEntry({
      name: name("aggregate"),
      unit: "reports",
      work: count,
      baseline: "limit/mix32",
      setup: () => oracle.randomizeBatch(values(count, categories)),
      run(column) {
        const tally = oracle.aggregator();
        tally.addBatch(column);
        return tally.n;
      },
    }),
  ];
}

const oneByOne = grr({ categories: 16, epsilon });

/** The window mechanism; d is its number of cells. */
function windowEntries(cells: number, window: number, budget: string): BenchEntry[] {
  const mechanism = windowMechanism({ range: [0, 100], epsilon: budget, cells, window });
  const count = 2 ** 20;
  const numbers = (): Float64Array =>
    Float64Array.from({ length: count }, (_, index) => (index * 7.31) % 100);
  return [
    benchEntry({
      name: `ldp-core/window/randomize/d=${cells}`,
      unit: "reports",
      work: count,
      baseline: "limit/mix32",
      setup: numbers,
      run: (column) => mechanism.randomizeBatch(column),
    }),
    benchEntry({
      name: `ldp-core/window/aggregate/d=${cells}`,
      unit: "reports",
      work: count,
      baseline: "limit/mix32",
      setup: () => mechanism.randomizeBatch(numbers()),
      run(column) {
        const tally = mechanism.aggregator();
        tally.addBatch(column);
        return tally.estimate().mean;
      },
    }),
  ];
}

/** PrivSet with sets of up to five codes. */
function privsetEntries(categories: number, count: number): BenchEntry[] {
  const mechanism = privset({ categories, atMost: 5, epsilon });
  const sets = (): { codes: Uint32Array; offsets: Uint32Array } => ({
    codes: Uint32Array.from({ length: 3 * count }, (_, i) => (i * 7 + (i % 3)) % categories),
    offsets: Uint32Array.from({ length: count + 1 }, (_, i) => 3 * i),
  });
  return [
    benchEntry({
      name: `ldp-core/privset/randomize/d=${categories}`,
      unit: "reports",
      work: count,
      baseline: "limit/mix32",
      setup: sets,
      run: (column) => mechanism.randomizeBatch(column),
    }),
    benchEntry({
      name: `ldp-core/privset/aggregate/d=${categories}`,
      unit: "reports",
      work: count,
      baseline: "limit/mix32",
      setup: () => mechanism.randomizeBatch(sets()),
      run(column) {
        const tally = mechanism.aggregator();
        tally.addBatch(column);
        return tally.n;
      },
    }),
  ];
}

const oracles: readonly BenchEntry[] = [
  ...domains.flatMap((categories) => entriesOf(grr({ categories, epsilon }), 2 ** 20)),
  ...domains.flatMap((categories) => entriesOf(oue({ categories, epsilon }), 2 ** 24 / categories)),
  ...domains.flatMap((categories) => entriesOf(sue({ categories, epsilon }), 2 ** 24 / categories)),
  ...domains.flatMap((categories) => entriesOf(olh({ categories, epsilon }), 2 ** 24 / categories)),
  ...domains.flatMap((categories) =>
    entriesOf(subsetSelection({ categories, epsilon }), 2 ** 22 / categories),
  ),
  ...domains.flatMap((categories) => entriesOf(hadamardResponse({ categories, epsilon }), 2 ** 20)),
  ...domains.flatMap((categories) =>
    entriesOf(projectiveGeometryResponse({ categories, epsilon }), 2 ** 19),
  ),
  ...windowEntries(2, 1, "1"),
  ...windowEntries(12, 3, "4"),
  ...[128, 1024, 8192].flatMap((categories) => privsetEntries(categories, 2 ** 13)),
  benchEntry({
    name: "ldp-core/grr/randomize-one/d=16",
    unit: "reports",
    work: 2 ** 18,
    baseline: "limit/mix32",
    setup: () => values(2 ** 18, 16),
    run(column) {
      let last = 0;
      for (const value of column) last = oneByOne.randomize(value);
      return last;
    },
  }),
];
export default oracles;

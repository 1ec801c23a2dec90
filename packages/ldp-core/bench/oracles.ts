// Frequency oracles at epsilon 1 over small, middling and large domains: the batch API, the one-record API, aggregation.
import { type BenchEntry, benchEntry } from "../../../bench/entry.js";
import { grr } from "../src/index.js";
import {
  blockHadamardResponse,
  hadamardResponse,
  olh,
  oue,
  privset,
  projectiveGeometryResponse,
  sampledNumerics,
  subsetSelection,
  sue,
  windowMechanism,
  windowMixture,
} from "../src/mechanisms.js";

const epsilon = "1";
const range = [0, 100] as const;
const domains = [16, 128, 1024];

/** Values spread over the whole domain; which ones they are makes no difference to any mechanism. */
function values(count: number, categories: number): Uint16Array {
  return Uint16Array.from({ length: count }, (_, index) => (index * 7919) % categories);
}

/** What the entries need of a mechanism for one category. */
interface Categorical<Column> {
  readonly name: string;
  readonly categories: number;
  randomizeBatch(values: ArrayLike<number>): Column;
  aggregator(): { addBatch(column: Column): void; estimate(): { readonly n: number } };
}

function entriesOf<Column>(oracle: Categorical<Column>, count: number): BenchEntry[] {
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
        return tally.estimate().n;
      },
    }),
  ];
}

const oneByOne = grr({ categories: 16, epsilon });

/** A mechanism for one number; d is its number of cells. */
function numericEntries<Column>({
  name,
  cells,
  ...mechanism
}: {
  readonly name: string;
  readonly cells: number;
  randomizeBatch(values: Float64Array): Column;
  aggregator(): { addBatch(column: Column): void; estimate(): { readonly mean: number } };
}): BenchEntry[] {
  const count = 2 ** 20;
  const numbers = (): Float64Array =>
    Float64Array.from({ length: count }, (_, index) => (index * 7.31) % 100);
  return [
    benchEntry({
      name: `ldp-core/${name}/randomize/d=${cells}`,
      unit: "reports",
      work: count,
      baseline: "limit/mix32",
      setup: numbers,
      run: (column) => mechanism.randomizeBatch(column),
    }),
    benchEntry({
      name: `ldp-core/${name}/aggregate/d=${cells}`,
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

/** Several numbers of one person, at epsilon 5, of which two are answered; d is how many there are. */
function sampledEntries(numbers: number): BenchEntry[] {
  const ranges = Array.from({ length: numbers }, () => [0, 100] as const);
  const mechanism = sampledNumerics({ ranges, epsilon: "5" });
  const count = 2 ** 17;
  const columns = (): Float64Array[] =>
    ranges.map((_, place) =>
      Float64Array.from({ length: count }, (_, index) => (index * 7.31 + place) % 100),
    );
  return [
    benchEntry({
      name: `ldp-core/sampled-numerics/randomize/d=${numbers}`,
      unit: "reports",
      work: count,
      baseline: "limit/mix32",
      setup: columns,
      run: (column) => mechanism.randomizeBatch(column),
    }),
    benchEntry({
      name: `ldp-core/sampled-numerics/aggregate/d=${numbers}`,
      unit: "reports",
      work: count,
      baseline: "limit/mix32",
      setup: () => mechanism.randomizeBatch(columns()),
      run(column) {
        const tally = mechanism.aggregator();
        tally.addBatch(column);
        return tally.estimate().n;
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
  // Several blocks are better than one from epsilon 2.3 on.
  ...domains.flatMap((categories) =>
    entriesOf(blockHadamardResponse({ categories, epsilon: "3" }), 2 ** 20),
  ),
  ...numericEntries(windowMechanism({ range, epsilon, cells: 2, window: 1 })),
  ...numericEntries(windowMechanism({ range, epsilon: "4", cells: 12, window: 3 })),
  ...numericEntries(windowMixture({ range, epsilon })),
  ...sampledEntries(4),
  ...sampledEntries(32),
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

// Frequency oracles at epsilon 1 over small, middling and large domains: the batch API, the one-record API, aggregation.
import { type BenchEntry, benchEntry } from "../../../bench/entry.js";
import { type FrequencyOracle, grr, oue } from "../src/index.js";

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

const oracles: readonly BenchEntry[] = [
  ...domains.flatMap((categories) => entriesOf(grr({ categories, epsilon }), 2 ** 20)),
  ...domains.flatMap((categories) => entriesOf(oue({ categories, epsilon }), 2 ** 24 / categories)),
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

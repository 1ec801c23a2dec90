// Batches longer than the blocks of 16,384 words that samplers draw at a time.
import { expect, test } from "vitest";
import { type FrequencyOracle, grr, seededRandom } from "../../src/index.js";
import {
  blh,
  blockHadamardResponse,
  duchi,
  hadamardResponse,
  minIdUnary,
  type NumericMechanism,
  olh,
  oue,
  projectiveGeometryResponse,
  subsetSelection,
  sue,
  truncatedGeometric,
  unaryEncoding,
  utilityRandomizedResponse,
  utilityRappor,
  windowMechanism,
  windowMixture,
} from "../../src/mechanisms.js";

// Three stretches, whose borders are no borders of blocks, and one block from its first to its last report.
const lengths = [10_000, 9_000, 16_000];
const starts = [0, 10_000, 19_000, 35_000];
const block = [16_384, 32_768] as const;

/** The reports of a stretch as a column of their own, by way of their bytes. */
function stretch<Column>(
  mechanism: {
    readonly reportBytes: number;
    encodeBatch(column: Column, target: Uint8Array, offsets: ArrayLike<number>): void;
    decodeBatch(source: Uint8Array, offsets: ArrayLike<number>): Column;
  },
  column: Column,
): (from: number, to: number) => Column {
  const { reportBytes } = mechanism;
  const bytes = new Uint8Array(35_000 * reportBytes);
  const offsets = Array.from({ length: 35_000 }, (_, i) => i * reportBytes);
  mechanism.encodeBatch(column, bytes, offsets);
  return (from, to) => mechanism.decodeBatch(bytes, offsets.slice(from, to));
}

const options = { categories: 6, epsilon: "5" };
const oracles = [
  grr(options),
  oue(options),
  sue(options),
  unaryEncoding({ ...options, p: "0.6" }),
  subsetSelection({ ...options, size: 2 }),
  olh(options),
  blh(options),
  hadamardResponse(options),
  blockHadamardResponse({ ...options, blocks: 4 }),
  projectiveGeometryResponse(options),
  utilityRandomizedResponse({ ...options, sensitive: [1, 4] }),
  utilityRappor({ ...options, sensitive: [1, 4] }),
  minIdUnary({ epsilons: ["5", "4", "4", "5", "4", "4"] }),
  truncatedGeometric({ categories: 6, epsilonPerStep: "3" }),
] as unknown as (FrequencyOracle & { readonly identity: string })[];

test.each(oracles.map((oracle) => [oracle.identity, oracle] as const))(
  "%s: every answer of a long batch stands at its person's place",
  (_, oracle) => {
    const values = lengths.flatMap((length, i) =>
      Array<number>(length).fill([4, 0, 5][i] as number),
    );
    const part = stretch(oracle, oracle.randomizeBatch(values, seededRandom("long")));
    const estimate = (from: number, to: number): Float64Array => {
      const tally = oracle.aggregator();
      tally.addBatch(part(from, to));
      expect(tally.n).toBe(to - from);
      const { frequencies, variances } = tally.estimate();
      // An answer at a wrong place would move shares by its part; noise moves them by a few standard errors.
      const truth = new Float64Array(6);
      for (let i = from; i < to; i++) truth[values[i] as number]! += 1 / (to - from);
      for (const [v, f] of frequencies.entries()) {
        const slack = 5 * Math.sqrt((variances[v] as number) + 1 / (to - from) ** 2);
        expect(Math.abs(f - (truth[v] as number))).toBeLessThan(slack);
      }
      return frequencies;
    };
    for (const i of [0, 1, 2]) estimate(starts[i] as number, starts[i + 1] as number);
    estimate(...block);
  },
);

const numeric = [
  duchi({ range: [-5, 5], epsilon: "5" }),
  windowMechanism({ range: [-5, 5], epsilon: "5" }),
  windowMixture({ range: [-5, 5], epsilon: "2" }),
] as unknown as NumericMechanism[];

test.each(numeric.map((mechanism) => [mechanism.identity, mechanism] as const))(
  "%s: every answer of a long batch stands at its person's place",
  (_, mechanism) => {
    const values = lengths.flatMap((length, i) =>
      Array<number>(length).fill([3.3, -5, 0][i] as number),
    );
    const part = stretch(mechanism, mechanism.randomizeBatch(values, seededRandom("long")));
    for (const [from, to] of [...[0, 1, 2].map((i) => [starts[i], starts[i + 1]]), block]) {
      const tally = mechanism.aggregator();
      tally.addBatch(part(from as number, to as number));
      const { n, mean, variance } = tally.estimate();
      const own = values.slice(from, to);
      expect(n).toBe(own.length);
      const truth = own.reduce((a, b) => a + b, 0) / own.length;
      expect(Math.abs(mean - truth)).toBeLessThan(5 * Math.sqrt(variance));
    }
  },
);

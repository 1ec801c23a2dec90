// Hadamard response: one index into the columns of a Hadamard matrix, whose signs say which categories it supports.
import { object } from "@emrx/internal/shape";
import { check } from "../../errors/check.js";
import { rational } from "../../exact/rational.js";
import { chooseBits, preferredThreshold, probabilityOf } from "../../exact/thresholds.js";
import { platformRandom } from "../../random/platform.js";
import { checkValue, checkValues } from "../common/domain.js";
import { oracleShapes } from "../common/options.js";
import type { FrequencyOracle } from "../common/oracle.js";
import { pureOracle } from "../common/pure.js";
import { type SymbolColumn, symbolColumn, symbolReports } from "../common/symbol.js";
import { forEachBlock, twoPart, twoPartRatio } from "../common/two-part.js";
import { signAt, signedColumn, walshHadamard } from "./walsh.js";

/** Parameters of {@link hadamardResponse}. */
export interface HadamardOptions {
  /** Number of categories d, 2..2^20. */
  readonly categories: number;
  /** Privacy budget: decimal string or number in (0, 32]. */
  readonly epsilon: string | number;
  /** Random bits behind the threshold, 1..64; chosen by itself unless given. */
  readonly bits?: number;
}

/** Hadamard response; a report is a column index below K, and the aggregator counts columns. */
export type HadamardResponse = FrequencyOracle<number, SymbolColumn> & {
  readonly name: "hr";
  /** Order K of the matrix, a power of two above d. */
  readonly order: number;
};

/**
 * Hadamard response (Acharya, Sun and Zhang, AISTATS 2019), in its form for high privacy: one block.
 *
 * **Mechanism.** H is Sylvester's matrix of order K, the smallest power of two above d: entry (r, y) is +1 if r AND y has an
 * even number of ones, else -1. Category v owns row v + 1, half of whose entries are +1. Report a uniform column where the
 * true category's row is +1 with probability T / 2^b, otherwise a uniform column where it is -1:
 * T = floor(2^b e^epsilon / (e^epsilon + 1)).
 *
 * **Proof of privacy.** Every column has probability T / (2^b K/2) under an input whose row is +1 there and
 * (2^b - T) / (2^b K/2) under the others; the ratio T / (2^b - T) is at most e^epsilon.
 *
 * **Estimator.** Two different rows agree in exactly half of the columns, so q = 1/2. All d counts come out of one fast
 * Walsh-Hadamard transform of the column counts, K log K additions.
 *
 * **Use.** Reports of log2 K bits and a fast aggregator, for epsilon up to about 1 and many categories. For larger epsilon,
 * `blockHadamardResponse`.
 *
 * @param options - domain size and budget
 * @returns the mechanism
 * @throws EMRX_BAD_DOMAIN, EMRX_BAD_EPSILON, EMRX_BAD_PARAMETER, EMRX_DEGENERATE_MECHANISM
 * @example
 * ```ts
 * import { hadamardResponse } from "@emrx/ldp-core/mechanisms";
 *
 * const code = hadamardResponse({ categories: 1000, epsilon: "0.5" });
 * code.order; // => 1024
 * code.reportBytes; // => 2
 * ```
 */
export function hadamardResponse(options: HadamardOptions): HadamardResponse {
  const { categories: d, epsilon, bits } = check(object(oracleShapes()), options, "options");
  const K = 2 ** Math.ceil(Math.log2(d + 1));
  const half = K / 2;
  const threshold = chooseBits(
    epsilon,
    bits,
    (expEpsilon, bits) => preferredThreshold(half, half, expEpsilon, bits),
    (chosen) => twoPartRatio(chosen, half, half),
  );
  const codes = twoPart(threshold, half, half);
  const support = { p: probabilityOf(threshold), q: rational(1, 2) };

  const { isPossible, ...reports } = symbolReports(K);
  const oracle = pureOracle("hr", {
    categories: d,
    epsilon,
    bits: threshold.bits,
    support,
    worstRatio: twoPartRatio(threshold, half, half),
    cells: K,
    isPossible,
    supportOf(counts) {
      const transformed = Float64Array.from(counts);
      walshHadamard(transformed, 0, K);
      const n = transformed[0] as number; // row 0 is +1 everywhere
      return Float64Array.from({ length: d }, (_, v) => (n + (transformed[v + 1] as number)) / 2);
    },
    outputs: K,
    probability: (output, input) =>
      signAt(input + 1, output) === 1 ? codes.insideCell : codes.outsideCell,
    randomize(value, random = platformRandom()) {
      checkValue(value, d);
      return signedColumn(value + 1, codes.draw(random), K);
    },
    randomizeBatch(values, random = platformRandom()) {
      checkValues(values, d);
      const column = symbolColumn(values.length, K);
      forEachBlock(values.length, (block, from) => {
        codes.fill(block, random);
        for (let i = 0; i < block.length; i++) {
          const row = (values[from + i] as number) + 1;
          column[from + i] = signedColumn(row, block[i] as number, K);
        }
      });
      return column;
    },
    ...reports,
  });
  return { ...oracle, order: K };
}

// Hadamard response with blocks: the report says in which block of categories the value lies, and little more within it.
import { integer, object, optional } from "@emrx/internal/shape";
import type { Channel } from "../../audit/channel.js";
import { check } from "../../errors/check.js";
import { LdpError } from "../../errors/ldp-error.js";
import {
  add,
  multiply,
  type Rational,
  rational,
  subtract,
  toNumber,
} from "../../exact/rational.js";
import { chooseBits, exactLoss, preferredThreshold } from "../../exact/thresholds.js";
import { platformRandom } from "../../random/platform.js";
import { checkValue, checkValues } from "../common/domain.js";
import { oracleShapes } from "../common/options.js";
import type { FrequencyEstimate, FrequencyOracle } from "../common/oracle.js";
import { checkCounts, enumerable } from "../common/pure.js";
import { type SymbolColumn, symbolColumn, symbolReports } from "../common/symbol.js";
import { tallies } from "../common/tally.js";
import { forEachBlock, twoPart, twoPartRatio } from "../common/two-part.js";
import { signAt, signedColumn, walshHadamard } from "./walsh.js";

/** Parameters of {@link blockHadamardResponse}. */
export interface BlockHadamardOptions {
  /** Number of categories d, 2..2^20. */
  readonly categories: number;
  /** Privacy budget: decimal string or number in (0, 32]. */
  readonly epsilon: string | number;
  /** Number of blocks B, a power of two up to d; the one of least variance unless given. */
  readonly blocks?: number;
  /** Random bits behind the threshold, 1..64; chosen by itself unless given. */
  readonly bits?: number;
}

/**
 * Hadamard response with blocks. Members are as in `FrequencyOracle`, but it is not pure: its variance depends on the frequency of
 * a category's block as well. A report is a column index below `blocks * blockSize`, and the aggregator counts columns.
 */
export interface BlockHadamardResponse
  extends Omit<FrequencyOracle<number, SymbolColumn>, "name" | "support" | "variance"> {
  readonly name: "hr-blocks";
  /** Number of blocks B. */
  readonly blocks: number;
  /** Columns of a block, b: a power of two; a block has up to b - 1 categories. */
  readonly blockSize: number;
  /** The block of a category: category mod B. */
  blockOf(category: number): number;
  /** Variance of an estimate from n reports where the category has frequency f and its whole block `blockFrequency`. */
  variance(n: number, f: number, blockFrequency: number): number;
}

/**
 * Hadamard response (Acharya, Sun and Zhang, AISTATS 2019) in its general form, for any epsilon.
 *
 * **Mechanism.** Category v belongs to block v mod B and owns, in it, row floor(v / B) + 1 of Sylvester's matrix of order b. Of the
 * B b columns it prefers the b/2 of its own block where its row is +1: a uniform one of them with probability T / 2^b',
 * otherwise a uniform one of all others, T = floor(2^b' (b/2) e^epsilon / ((b/2) e^epsilon + B b - b/2)) with b' random bits.
 *
 * **Proof of privacy.** A column has probability P = T / (2^b' b/2) under the categories that prefer it and
 * c = (2^b' - T) / (2^b' (B b - b/2)) under the others; P / c is at most e^epsilon, as T is rounded down.
 *
 * **Estimator.** Score a report for v by t = +1 where v prefers it, -1 elsewhere in v's block, 0 in other blocks. Rows of the
 * matrix are orthogonal, so t has mean g = (P - c) b/2 if v is the value and 0 otherwise: the mean of t / g is unbiased. And t^2
 * has mean (P + c) b/2 for a value in v's block and c b for one outside, so with the block's frequency F
 *
 * $`n \operatorname{Var}(\hat f_v) = \frac{F (P + c) b/2 + (1 - F) \, c \, b}{g^2} - f_v
 *   = \frac{E + 2B - 1}{(E - 1)^2} \left( (E + 1) F + 2 (1 - F) \right) - f_v`$ with $`E = P / c`$.
 *
 * **Blocks.** At F = 1/B the first term is ((E - 1)^2 / B + 4 (E - 1) + 4 B) / (E - 1)^2: the best B is near (E - 1) / 2. The
 * power of two of least variance is taken; the rule of the paper, about e^epsilon, is worse at epsilon 1 (5.54 instead
 * of 4.68 with one block).
 *
 * @param options - domain size and budget
 * @returns the mechanism
 * @throws EMRX_BAD_DOMAIN, EMRX_BAD_EPSILON, EMRX_BAD_PARAMETER, EMRX_DEGENERATE_MECHANISM
 * @example
 * ```ts
 * import { blockHadamardResponse } from "@emrx/ldp-core/mechanisms";
 *
 * const code = blockHadamardResponse({ categories: 1000, epsilon: "2" });
 * [code.blocks, code.blockSize]; // => [4, 256]
 * code.reportBytes; // => 2
 * ```
 */
export function blockHadamardResponse(options: BlockHadamardOptions): BlockHadamardResponse {
  const {
    categories: d,
    epsilon,
    bits,
    blocks,
  } = check(object({ ...oracleShapes(), blocks: optional(integer(1)) }), options, "options");
  const B = checkBlocks(blocks ?? bestBlocks(d, Number(epsilon)), d);
  const b = 2 ** Math.ceil(Math.log2(Math.ceil(d / B) + 1));
  const [half, K] = [b / 2, B * b];
  const threshold = chooseBits(
    epsilon,
    bits,
    (expEpsilon, bits) => preferredThreshold(half, K - half, expEpsilon, bits),
    (chosen) => twoPartRatio(chosen, half, K - half),
  );
  const worstRatio = twoPartRatio(threshold, half, K - half);
  const codes = twoPart(threshold, half, K - half);
  const { insideCell: P, outsideCell: c } = codes;
  const gain = toNumber(multiply(subtract(P, c), rational(half)));
  const squareInBlock = toNumber(multiply(add(P, c), rational(half))) / gain ** 2;
  const squareOutside = toNumber(multiply(c, rational(b))) / gain ** 2;

  const blockOf = (category: number): number => category % B;
  const rowOf = (category: number): number => Math.floor(category / B) + 1;
  /** Codes below b number the columns of the value's block, preferred ones first; the others go on round the circle. */
  function columnOf(value: number, code: number): number {
    const start = blockOf(value) * b;
    return code < b ? start + signedColumn(rowOf(value), code, b) : (start + code) & (K - 1);
  }
  const probability = (output: number, input: number): Rational => {
    const isPreferred =
      Math.floor(output / b) === blockOf(input) && signAt(rowOf(input), output & (b - 1)) === 1;
    return isPreferred ? P : c;
  };

  function estimate(counts: ArrayLike<number>, n: number): FrequencyEstimate {
    checkCounts(counts, n, K);
    const sums = Float64Array.from(counts);
    for (let start = 0; start < K; start += b) walshHadamard(sums, start, b);
    const frequencies = new Float64Array(d);
    const variances = new Float64Array(d);
    for (let v = 0; v < d; v++) {
      const start = blockOf(v) * b;
      const f = (sums[start + rowOf(v)] as number) / n / gain;
      const inBlock = (sums[start] as number) / n; // row 0 is +1 everywhere: the share of reports in the block, mean of t^2
      frequencies[v] = f;
      variances[v] = Math.max(0, inBlock / gain ** 2 - Math.min(1, Math.max(0, f))) / n;
    }
    return { n, frequencies, variances };
  }

  const identity = `hr-blocks categories=${d} epsilon=${epsilon} bits=${threshold.bits} blocks=${B}`;
  const { addReport, addColumn, isPossible, ...codec } = symbolReports(K);
  const rules = { identity, cells: K, addReport, addColumn, isPossible, estimate };
  return {
    name: "hr-blocks",
    identity,
    categories: d,
    epsilon,
    bits: threshold.bits,
    blocks: B,
    blockSize: b,
    worstRatio,
    blockOf,
    variance: (n, f, blockFrequency) =>
      (blockFrequency * squareInBlock + (1 - blockFrequency) * squareOutside - f) / n,
    randomize(value, random = platformRandom()) {
      checkValue(value, d);
      return columnOf(value, codes.draw(random));
    },
    randomizeBatch(values, random = platformRandom()) {
      checkValues(values, d);
      const column = symbolColumn(values.length, K);
      forEachBlock(values.length, (block, from) => {
        codes.fill(block, random);
        for (let i = 0; i < block.length; i++) {
          column[from + i] = columnOf(values[from + i] as number, block[i] as number);
        }
      });
      return column;
    },
    ...tallies(rules),
    estimate,
    exactEpsilon: () => exactLoss(worstRatio, epsilon),
    channel: (): Channel => enumerable({ inputs: d, outputs: K, probability }, identity),
    ...codec,
  };
}

/** The power of two up to d with the least variance at f = 0 for blocks of equal frequency; it decides utility only. */
function bestBlocks(d: number, epsilon: number): number {
  const E = Math.exp(epsilon);
  const cost = (B: number): number => (E - 1) ** 2 / B + 4 * B;
  let best = 1;
  for (let B = 2; B <= d; B *= 2) if (cost(B) < cost(best)) best = B;
  return best;
}

function checkBlocks(blocks: number, d: number): number {
  if (Number.isInteger(blocks) && blocks >= 1 && blocks <= d && (blocks & (blocks - 1)) === 0) {
    return blocks;
  }
  throw new LdpError(
    "EMRX_BAD_PARAMETER",
    `blocks is ${blocks}; expected a power of two in 1..${d}`,
  );
}

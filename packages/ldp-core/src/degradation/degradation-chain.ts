import { arrayOf, methods, object, type Shape } from "@emrx/internal/shape";
import { check } from "../errors/check.js";
import { compareBudgets, epsilonShape, LARGEST_EPSILON } from "../exact/decimal.js";
import { bitsShape } from "../mechanisms/common/options.js";
import type { FrequencyOracle } from "../mechanisms/common/oracle.js";
import type { SymbolColumn } from "../mechanisms/common/symbol.js";
import type { BlockHadamardResponse } from "../mechanisms/hadamard/block-hadamard.js";
import { MERSENNE_31 } from "../mechanisms/local-hashing/affine-hash.js";
import type { MinIdUnary } from "../mechanisms/per-value/min-id.js";
import type { PrivSet } from "../mechanisms/sets/privset.js";
import type { UtilityRappor } from "../mechanisms/utility-optimized/utility-rappor.js";
import type { UtilityRR } from "../mechanisms/utility-optimized/utility-rr.js";
import type { WindowMixture } from "../mechanisms/window/mixture.js";
import type { WindowMechanism } from "../mechanisms/window/window.js";
import { blockChain } from "./block-chain.js";
import { checkLevels, type DegradationChain } from "./chain.js";
import { type StandardMechanism, standardChain } from "./standard-chain.js";
import { utilityChain } from "./utility-chain.js";
import { minIdChain, rapporChain } from "./value-chain.js";

/** Parameters of {@link degradationChain}. */
export interface DegradationChainOptions<Mechanism> {
  /**
   * The mechanism of the highest level: `grr`, `hadamardResponse`, `blockHadamardResponse`, `projectiveGeometryResponse`,
   * `subsetSelection`, `olh` or `blh`; `oue`, `sue` or `unaryEncoding`; `windowMechanism`, `duchi` or `windowMixture`; `privset`;
   * `utilityRandomizedResponse`, `utilityRappor` or `minIdUnary`.
   */
  readonly highest: Mechanism;
  /** Budgets of the lower levels, from the highest to the lowest. */
  readonly lower: readonly (string | number)[];
  /** Random bits behind each degradation, 1..64; chosen by itself unless given. */
  readonly bits?: number;
}

/**
 * Randomizes once at the highest epsilon and derives the reports of all lower levels from that one.
 *
 * **Mechanism.** The report of a lower level is the report above it, made less certain in the way that leaves the mechanism what it is.
 *
 * - *Unary encodings:* each bit is flipped with exact probability R / 2^b. `oue` stays an optimized unary encoding (a fair coin flipped
 *   is a fair coin), and `sue` a symmetric one: no level loses accuracy for being derived.
 * - *Two-valued channels,* whose reports are either preferred (probability a each) or not (c each): with probability k = T / 2^b the report is kept, else
 *   it is redrawn uniformly from all m possible reports; a' = k a + (1 - k) / m, c' = k c + (1 - k) / m. In local hashing
 *   the hash function stays and the bucket is redrawn, in a mixture of windows the coin stays and the cell is redrawn.
 * - *Protection of some values only:* in uRR what is not kept becomes a uniform sensitive category. In uRAP sensitive bits are flipped
 *   and the others cleared. What reveals a non-sensitive value at the highest level still does, less often.
 * - *An epsilon for each value (MinID):* bits are flipped, each class of categories by what it needs so that every epsilon is capped by
 *   the level's.
 *
 * `truncatedGeometric` and `sampledNumerics` have no chain: redrawing a scale uniformly would spoil what makes near values hard and far ones
 * easy to tell apart, so a level would be worse than the mechanism itself at that epsilon; of several numbers, chain each one's window.
 *
 * R is the least and T the largest integer for which the level's own ratio is at most e^epsilon of that level.
 *
 * **Proof of privacy.** Every lower report depends on the value only through the report above it. Hence
 * P(y0, y1, ... | x) = P(y0 | x) D(y1 | y0) ..., the D cancel in the ratio of two inputs, and everything together costs
 * what level 0 costs: the maximum of the levels, not their sum. `exactAudit(chain.channel())` shows it. By the same cancellation,
 * buyers who pool what they hold learn what the highest level among them allows, provided that all reports come from one run: see
 * {@link DegradationChain.degrade}.
 *
 * @param options - the highest mechanism and the lower levels
 * @returns the chain
 * @throws EMRX_BAD_PARAMETER for a mechanism that has no degradation of its kind; EMRX_BAD_EPSILON, EMRX_DEGENERATE_MECHANISM
 * @example
 * ```ts
 * import { seededRandom } from "@emrx/ldp-core";
 * import { degradationChain } from "@emrx/ldp-core/degradation";
 * import { oue } from "@emrx/ldp-core/mechanisms";
 *
 * const chain = degradationChain({ highest: oue({ categories: 40, epsilon: "4" }), lower: ["2", "1"] });
 * const random = seededRandom("example"); // leave it out to publish
 * const best = chain.randomize(7, random); // for whoever may have epsilon 4
 * const middle = chain.degrade(best, 0, 1, random); // keep it
 * const weakest = chain.degrade(middle, 1, 2, random);
 * weakest.length; // => 5
 * chain.levels[2].exactEpsilon() <= 1; // => true
 * ```
 */
export function degradationChain(
  options: DegradationChainOptions<WindowMechanism>,
): DegradationChain<WindowMechanism, number, SymbolColumn>;
export function degradationChain(
  options: DegradationChainOptions<WindowMixture>,
): DegradationChain<WindowMixture, number, SymbolColumn>;
export function degradationChain(
  options: DegradationChainOptions<PrivSet>,
): DegradationChain<PrivSet, Uint16Array, Uint16Array, ArrayLike<number>>;
export function degradationChain(
  options: DegradationChainOptions<BlockHadamardResponse>,
): DegradationChain<BlockHadamardResponse, number, SymbolColumn>;
export function degradationChain(
  options: DegradationChainOptions<UtilityRR>,
): DegradationChain<UtilityRR, number, SymbolColumn>;
export function degradationChain(
  options: DegradationChainOptions<UtilityRappor>,
): DegradationChain<UtilityRappor, Uint8Array<ArrayBuffer>, Uint32Array>;
export function degradationChain(
  options: DegradationChainOptions<MinIdUnary>,
): DegradationChain<MinIdUnary, Uint8Array<ArrayBuffer>, Uint32Array>;
export function degradationChain<Report, Column>(
  options: DegradationChainOptions<FrequencyOracle<Report, Column>>,
): DegradationChain<FrequencyOracle<Report, Column>, Report, Column>;
export function degradationChain(options: DegradationChainOptions<unknown>): unknown {
  return degradationChainOver(MERSENNE_31, options);
}

/** {@link degradationChain} for local hashing over any prime field; the tests enumerate small ones. */
export function degradationChainOver(
  prime: number,
  options: DegradationChainOptions<unknown>,
): unknown {
  const { highest, lower, bits } = check(
    object({ highest: mechanismShape(), lower: arrayOf(epsilonShape), bits: bitsShape() }),
    options,
    "options",
  );
  const epsilons = checkLevels(largestEpsilon(highest), lower);
  switch (highest.name) {
    case "min-id":
      return minIdChain(highest, epsilons, bits);
    case "hr-blocks":
      return blockChain(highest, epsilons, bits);
    case "urr":
      return utilityChain(highest, epsilons, bits);
    case "urap":
      return rapporChain(highest, epsilons, bits);
    default:
      return standardChain(highest, epsilons, bits, prime);
  }
}

/** The epsilon of a mechanism; of one with an epsilon for each category, the largest. */
function largestEpsilon(highest: Highest): string {
  if (highest.name !== "min-id") return highest.epsilon ?? String(LARGEST_EPSILON);
  return [...highest.epsilons].sort(compareBudgets).at(-1) as string;
}

/** A mechanism; which of them have a chain is decided by name. */
const mechanismShape = (): Shape<Highest> =>
  methods<Highest>("a mechanism", "randomize", "channel", "aggregator");

/** Every mechanism that has a chain. */
type Highest = StandardMechanism | BlockHadamardResponse | UtilityRR | UtilityRappor | MinIdUnary;

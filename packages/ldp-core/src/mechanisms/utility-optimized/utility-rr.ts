// Utility-optimized randomized response: only the sensitive values of a domain are protected, for far less noise.

import { arrayOf, integer, object, type Shape, satisfying } from "@emrx/internal/shape";
import { check } from "../../errors/check.js";
import { LdpError } from "../../errors/ldp-error.js";
import { lnRoundedUp } from "../../exact/logarithm.js";
import {
  ceilDivide,
  compare,
  divide,
  multiply,
  type Rational,
  rational,
  subtract,
} from "../../exact/rational.js";
import {
  chooseBits,
  nonDegenerate,
  preferredThreshold,
  probabilityOf,
  type Threshold,
  tooFewBits,
} from "../../exact/thresholds.js";
import { platformRandom } from "../../random/platform.js";
import type { RandomSource } from "../../random/source.js";
import { checkValue, checkValues } from "../common/domain.js";
import { type LinearOracle, linearParts } from "../common/linear.js";
import { oracleShapes } from "../common/options.js";
import { symbolColumn } from "../common/symbol.js";
import { twoPart } from "../common/two-part.js";

/** Parameters of {@link utilityRandomizedResponse}. */
export interface UtilityRROptions {
  /** Number of categories d, 2..1024. */
  readonly categories: number;
  /** The categories that are protected: different indices, at least one and not all. */
  readonly sensitive: readonly number[];
  /** Privacy budget of the sensitive categories: decimal string or number in (0, 32]. */
  readonly epsilon: string | number;
  /** Random bits behind the thresholds, 1..64; chosen by itself unless given. */
  readonly bits?: number;
}

/** Utility-optimized randomized response. **A report that names a non-sensitive category reveals it with certainty.** */
export interface UtilityRR extends LinearOracle {
  readonly name: "urr";
  /** The requested epsilon of the sensitive categories, canonical decimal. */
  readonly epsilon: string;
  /** The protected categories, ascending. */
  readonly sensitive: readonly number[];
  /** Exact worst ratio over all reports that name a sensitive category: at most e^epsilon. */
  readonly sensitiveRatio: Rational;
  /** ln of `sensitiveRatio`, rounded up. */
  exactEpsilon(): number;
}

/**
 * Utility-optimized randomized response, uRR (Murakami and Kawamoto, USENIX Security 2019), which gives utility-optimized LDP.
 *
 * **What it discloses.** A non-sensitive value is reported as itself with probability 1 - R / 2^b, and no other value is ever
 * reported as it: such a report reveals the value with certainty, and that it is not a sensitive one. Consent must say so.
 * `exactAudit` of this channel is infinite, and rightly so. What holds is that a report which names a *sensitive* category is at
 * most e^epsilon times likelier under one value than under any other, sensitive or not.
 *
 * **Mechanism.** With s sensitive categories: a sensitive value goes through GRR over these s. A non-sensitive one is reported
 * as a uniform sensitive category with probability R / 2^b, R = ceil(2^b s / (s + e^epsilon - 1)), otherwise as itself.
 *
 * **Proof.** Let c1 be GRR's probability of the truth, c2 of each lie, c3 = R / (2^b s). A report of a sensitive category has
 * one of these three probabilities. c1 / c2 <= e^epsilon as for GRR; c1 is rounded down and c3 up from their ideal values in the
 * ratio e^epsilon, so c1 / c3 <= e^epsilon; c2 and c3 are both within a rounding of the same ideal value. The constructor
 * checks all three ratios exactly.
 *
 * @param options - domain, sensitive part and budget
 * @returns the mechanism
 * @throws EMRX_BAD_DOMAIN, EMRX_BAD_EPSILON, EMRX_BAD_PARAMETER, EMRX_DEGENERATE_MECHANISM
 * @example
 * ```ts
 * import { utilityRandomizedResponse } from "@emrx/ldp-core/mechanisms";
 *
 * const smoking = utilityRandomizedResponse({ categories: 4, sensitive: [0, 3], epsilon: "1" });
 * smoking.exactEpsilon() <= 1; // => true
 * ```
 */
export function utilityRandomizedResponse(options: UtilityRROptions): UtilityRR {
  const given = check(
    object({ ...oracleShapes(1024), sensitive: sensitiveShape() }),
    options,
    "options",
  );
  const { categories: d, epsilon, bits } = given;
  const sensitive = checkSensitive(given.sensitive, d);
  const s = sensitive.length;
  const rank = new Map(sensitive.map((category, i) => [category, i]));

  const built = chooseBits(
    epsilon,
    bits,
    (expEpsilon, bits) => {
      const { numerator, denominator } = expEpsilon;
      const size = 1n << BigInt(bits);
      const weight = BigInt(s) * denominator;
      const cover = nonDegenerate({
        T: ceilDivide(size * weight, weight + numerator - denominator),
        bits,
      });
      // A single sensitive value has no other to hide among; it hides among the covers of the rest.
      const truth = s === 1 ? { T: size, bits } : preferredThreshold(1, s - 1, expEpsilon, bits);
      return { truth, cover };
    },
    (chosen) => largestRatio(chosen, s),
  );
  const c1 = probabilityOf(built.truth);
  const c2 = s === 1 ? rational(0) : divide(subtract(rational(1), c1), rational(s - 1));
  if (compare(c1, c2) <= 0) throw tooFewBits(built.cover.bits);
  const c3 = divide(probabilityOf(built.cover), rational(s));
  const itself = subtract(rational(1), probabilityOf(built.cover));
  const ratio = largestRatio(built, s);

  const truths = s === 1 ? undefined : twoPart(built.truth, 1, s - 1);
  const covers = twoPart(built.cover, s, 1);

  function draw(value: number, random: RandomSource): number {
    // Both draws are made whatever the value is.
    const code = truths === undefined ? 0 : truths.draw(random);
    const cover = covers.draw(random);
    const own = rank.get(value);
    if (own !== undefined) return sensitive[(own + code) % s] as number;
    return cover < s ? (sensitive[cover] as number) : value;
  }

  return {
    ...utilityParts({
      identity: `urr categories=${d} sensitive=${sensitive.join(",")} epsilon=${epsilon} bits=${built.cover.bits}`,
      categories: d,
      sensitive,
      bits: built.cover.bits,
      cells: { truth: c1, lie: c2, cover: c3, itself },
    }),
    name: "urr",
    epsilon,
    sensitive,
    sensitiveRatio: ratio,
    exactEpsilon: () => Math.min(lnRoundedUp(ratio), Number(epsilon)),
    randomize(value, random = platformRandom()) {
      checkValue(value, d);
      return draw(value, random);
    },
    randomizeBatch(values, random = platformRandom()) {
      checkValues(values, d);
      const reports = symbolColumn(values.length, d);
      for (let i = 0; i < values.length; i++) reports[i] = draw(values[i] as number, random);
      return reports;
    },
  };
}

/** Channel and estimator of a uRR, whatever its four probabilities; its degradations to lower levels are of the same kind. */
export function utilityParts(options: {
  readonly identity: string;
  readonly categories: number;
  readonly sensitive: readonly number[];
  readonly bits: number;
  /** A sensitive value's report is the truth, or one other sensitive category; a non-sensitive value's is one sensitive category, or itself. */
  readonly cells: Readonly<Record<"truth" | "lie" | "cover" | "itself", Rational>>;
}): ReturnType<typeof linearParts> {
  const { identity, categories, bits } = options;
  const { truth, lie, cover, itself } = options.cells;
  const sensitive = new Set(options.sensitive);
  const probability = (y: number, x: number): Rational => {
    if (!sensitive.has(y)) return x === y ? itself : rational(0);
    if (!sensitive.has(x)) return cover;
    return x === y ? truth : lie;
  };
  // E[count of v / n] = truth f_v + lie (f_S - f_v) + cover f_N for a sensitive v, with f_S = 1 - f_N, and f_N = (reports outside
  // S) / (n itself); solved for f_v. A non-sensitive category is only ever reported by itself.
  const gap = subtract(truth, lie);
  const correction = divide(subtract(cover, lie), itself);
  const score = (y: number, v: number): Rational => {
    if (!sensitive.has(v)) return y === v ? divide(rational(1), itself) : rational(0);
    const seen = subtract(rational(y === v ? 1 : 0), lie);
    return divide(sensitive.has(y) ? seen : subtract(seen, correction), gap);
  };
  const channel = { inputs: categories, outputs: categories, probability };
  return linearParts({ identity, categories, bits, channel, score });
}

/** The largest of the ratios between the probabilities that a sensitive report can have. */
function largestRatio(
  { truth, cover }: { readonly truth: Threshold; readonly cover: Threshold },
  s: number,
): Rational {
  const c1 = probabilityOf(truth);
  const c3 = divide(probabilityOf(cover), rational(s));
  const present = s === 1 ? [c1, c3] : [c1, divide(subtract(rational(1), c1), rational(s - 1)), c3];
  const largest = present.reduce((a, b) => (compare(a, b) < 0 ? b : a));
  const smallest = present.reduce((a, b) => (compare(a, b) < 0 ? a : b));
  return multiply(largest, divide(rational(1), smallest));
}

/** The shape of the sensitive part of a domain: categories, each once. */
export const sensitiveShape = (): Shape<readonly number[]> =>
  satisfying(
    arrayOf(integer(0), { least: 1 }),
    (sensitive) => new Set(sensitive).size === sensitive.length,
    "categories, each once",
  );

/** The sensitive part of a domain of d categories, sorted. */
export function checkSensitive(sensitive: readonly number[], d: number): number[] {
  if (sensitive.length >= d) {
    throw new LdpError(
      "EMRX_BAD_PARAMETER",
      `options.sensitive lists all of the ${d} categories; to protect all, use grr`,
    );
  }
  check(arrayOf(integer(0, d - 1)), sensitive, "options.sensitive");
  return [...sensitive].sort((a, b) => a - b);
}

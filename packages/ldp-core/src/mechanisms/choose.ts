// Which mechanism an attribute gets unless its schema says otherwise.
import { decimalToRational, parseEpsilon } from "../exact/decimal.js";
import { expLowerBound } from "../exact/exp.js";
import { compare, multiply, rational } from "../exact/rational.js";
import { checkCategories } from "./domain.js";
import { grr } from "./grr.js";
import { olh } from "./local-hashing.js";
import type { NumericMechanism } from "./numeric.js";
import type { FrequencyOracle } from "./oracle.js";
import { oue } from "./oue.js";
import { subsetSelection } from "./subset-selection.js";
import { windowMechanism } from "./window.js";

/** An attribute with finitely many values. */
export interface CategoricalDomain {
  readonly type: "categorical" | "ordinal";
  /** Number of categories, 2..2^20; a value for "missing" counts as one. */
  readonly categories: number;
}

/** An attribute that is a number. */
export interface NumericDomain {
  readonly type: "numeric";
  /** The public range [low, high]. */
  readonly range: readonly [low: number, high: number];
  /** Whether a missing value (NaN) belongs to the domain. */
  readonly missing?: boolean;
}

/**
 * What a categorical mechanism should be good at.
 *
 * - `"simple"`: grr or oue, the two with the plainest proofs and fast aggregators.
 * - `"accuracy"`: the least summed variance: subset selection up to 512 categories, otherwise as `"small reports"`.
 * - `"small reports"`: grr or olh, at most 10 bytes a report.
 */
export type MechanismGoal = "simple" | "accuracy" | "small reports";

/**
 * The mechanism for an attribute.
 *
 * Categories: `grr` for d = 2 or d < 3 e^epsilon + 2, where its variance at f = 0 is below that of `oue`
 * ((d - 2 + e^epsilon) / (e^epsilon - 1)^2 against 4 e^epsilon / (e^epsilon - 1)^2); otherwise `oue`, or as the goal says. Decided
 * in exact fractions.
 * Numbers: the window mechanism with the least worst-case variance, which is `duchi` for small epsilon.
 *
 * @param domain - the attribute's public domain
 * @param epsilon - decimal string or number in (0, 32]
 * @param goal - what a categorical mechanism should be good at; `"simple"` unless given
 * @returns the mechanism
 * @throws EMRX_BAD_DOMAIN, EMRX_BAD_RANGE, EMRX_BAD_EPSILON
 * @example
 * ```ts
 * import { mechanismFor } from "@emrx/ldp-core";
 *
 * mechanismFor({ type: "categorical", categories: 10 }, "1").name; // => "grr"
 * mechanismFor({ type: "categorical", categories: 11 }, "1").name; // => "oue"
 * mechanismFor({ type: "categorical", categories: 11 }, "1", "accuracy").name; // => "ss"
 * ```
 */
export function mechanismFor(
  domain: CategoricalDomain,
  epsilon: string | number,
  goal?: MechanismGoal,
): FrequencyOracle;
export function mechanismFor(domain: NumericDomain, epsilon: string | number): NumericMechanism;
export function mechanismFor(
  domain: CategoricalDomain | NumericDomain,
  epsilon: string | number,
  goal?: MechanismGoal,
): FrequencyOracle | NumericMechanism;
export function mechanismFor(
  domain: CategoricalDomain | NumericDomain,
  epsilon: string | number,
  goal: MechanismGoal = "simple",
): FrequencyOracle | NumericMechanism {
  const budget = parseEpsilon(epsilon);
  if (domain.type === "numeric") {
    return windowMechanism({
      range: domain.range,
      epsilon: budget,
      missing: domain.missing ?? false,
    });
  }
  const options = { categories: checkCategories(domain.categories), epsilon: budget };
  if (goal === "accuracy" && options.categories <= 512) {
    const subsets = subsetSelection(options);
    return subsets.size === 1 ? grr(options) : subsets; // subsets of one category are grr
  }
  const limit = multiply(rational(3), expLowerBound(decimalToRational(budget)));
  const isSmall = options.categories === 2 || compare(rational(options.categories - 2), limit) < 0;
  if (isSmall) return grr(options);
  return goal === "simple" ? oue(options) : olh(options);
}

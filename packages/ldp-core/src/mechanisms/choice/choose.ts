// Which mechanism an attribute gets unless its schema says otherwise.
import { boolean, literal, object, oneOf, optional, variant } from "@emrx/internal/shape";
import { check } from "../../errors/check.js";
import { decimalToRational, epsilonShape } from "../../exact/decimal.js";
import type { NumericMechanism } from "../common/numeric.js";
import { categoriesShape, rangeShape } from "../common/options.js";
import type { FrequencyOracle } from "../common/oracle.js";
import { grr } from "../grr/grr.js";
import { olh } from "../local-hashing/local-hashing.js";
import { subsetSelection } from "../subset-selection/subset-selection.js";
import { oue } from "../unary/oue.js";
import { windowMechanism } from "../window/window.js";
import { chosenOracle, type MechanismGoal } from "./rule.js";

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
 * The mechanism for an attribute, by a fixed rule decided in exact fractions.
 *
 * Categories: `subsetSelection` up to 512 categories, which has the least summed variance of all pure mechanisms (Ye and Barg, IEEE
 * Transactions on Information Theory 2018); where its best subsets have one category, as for d = 2, it is `grr` and called so.
 * Beyond 512, and for the other goals, `grr` for d < 3 e^epsilon + 2, where its variance at f = 0,
 * (d - 2 + e^epsilon) / (e^epsilon - 1)^2, is below 4 e^epsilon / (e^epsilon - 1)^2, that of `oue`; else `olh`, or `oue` for `"simple"`.
 *
 * Numbers: the window mechanism with the least worst-case variance, which is `duchi` for small epsilon.
 *
 * @param domain - the attribute's public domain
 * @param epsilon - decimal string or number in (0, 32]
 * @param goal - what a categorical mechanism should be good at; `"accuracy"` unless given
 * @returns the mechanism
 * @throws EMRX_BAD_DOMAIN, EMRX_BAD_RANGE, EMRX_BAD_EPSILON
 * @example
 * ```ts
 * import { mechanismFor } from "@emrx/ldp-core/mechanisms";
 *
 * const ward = { type: "categorical", categories: 11 } as const;
 * mechanismFor({ ...ward, categories: 4 }, "1").name; // => "grr"
 * mechanismFor(ward, "1").name; // => "ss"
 * mechanismFor(ward, "1", "simple").name; // => "oue"
 * mechanismFor(ward, "1", "small reports").name; // => "olh"
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
  goal: MechanismGoal = "accuracy",
): FrequencyOracle | NumericMechanism {
  const budget = check(epsilonShape, epsilon, "epsilon");
  check(
    variant("type", {
      categorical: object({ type: literal("categorical"), categories: categoriesShape() }),
      ordinal: object({ type: literal("ordinal"), categories: categoriesShape() }),
      numeric: object({
        type: literal("numeric"),
        range: rangeShape(),
        missing: optional(boolean()),
      }),
    }),
    domain,
    "domain",
  );
  check(oneOf(["accuracy", "small reports", "simple"]), goal, "goal");
  if (domain.type === "numeric") {
    return windowMechanism({
      range: domain.range,
      epsilon: budget,
      missing: domain.missing ?? false,
    });
  }
  const options = { categories: domain.categories, epsilon: budget };
  const name = chosenOracle(options.categories, decimalToRational(budget), goal);
  return oracles[name](options);
}

const oracles = { grr, ss: subsetSelection, oue, olh } as const;

// The rule by which a categorical attribute gets its mechanism, decided in exact fractions.
import { expLowerBound } from "../../exact/exp.js";
import { compare, multiply, type Rational, rational } from "../../exact/rational.js";
import { bestSubsetSize } from "../subset-selection/subset-selection.js";

/**
 * What a categorical mechanism should be good at.
 *
 * - `"accuracy"`: the least summed variance while a bitmap is small enough to send, subset selection up to 512 categories; beyond
 *   as `"small reports"`.
 * - `"small reports"`: grr or olh, at most 10 bytes a report.
 * - `"simple"`: grr or oue, the two with the plainest proofs and the fastest aggregators; up to half as much summed variance again.
 */
export type MechanismGoal = "accuracy" | "small reports" | "simple";

/** Beyond so many categories a bitmap is too long a report. */
const LONGEST_BITMAP = 512;

/** The name of the mechanism for d categories at an epsilon, which is positive. */
export function chosenOracle(
  categories: number,
  epsilon: Rational,
  goal: MechanismGoal,
): "grr" | "ss" | "oue" | "olh" {
  if (goal === "accuracy" && categories <= LONGEST_BITMAP) {
    return bestSubsetSize(categories, epsilon) === 1 ? "grr" : "ss"; // subsets of one category are grr
  }
  const limit = multiply(rational(3), expLowerBound(epsilon));
  if (compare(rational(categories - 2), limit) < 0) return "grr";
  return goal === "simple" ? "oue" : "olh";
}

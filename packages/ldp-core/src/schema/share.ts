// The composition rule "one budget for the whole record": what share of it each attribute gets.
import { equalItems } from "@emrx/internal/bytes";
import {
  duchiCurve,
  type ErrorCurve,
  grrCurve,
  oueCurve,
  privsetCurve,
  subsetCurve,
  sueCurve,
} from "../allocation/error-curve.js";
import { splitBudget } from "../allocation/split.js";
import { parseBudget } from "../exact/decimal.js";
import { fromDouble } from "../exact/rational.js";
import { chosenOracle } from "../mechanisms/choice/rule.js";
import { bestSubsetSize } from "../mechanisms/subset-selection/subset-selection.js";
import type { AttributeSpec, Level } from "./schema.js";

/** Shares are rounded down to this many digits, far above what any floating-point unit may differ in. */
const digits = 6;

/**
 * The share of each attribute, as canonical decimals rounded down ("0" for public ones): they sum to at most the budget.
 * `undefined` where a share is too small to be written.
 */
export function budgetShares(
  budget: string,
  weights: readonly number[],
  attributes: readonly AttributeSpec[],
  levels: readonly Level[],
): readonly string[] | undefined {
  const claimants = attributes.filter(({ type }) => type !== "public");
  const caps = claimants.map(({ level }) => Number(levels[level]?.epsilon));
  const solve = (curves: readonly ErrorCurve[]): readonly number[] =>
    splitBudget(
      Number(budget),
      claimants.map(({ index }, i) => ({
        curve: curves[i] as ErrorCurve,
        weight: weights[index] as number,
        cap: caps[i] as number,
      })),
    );
  // Which curve holds depends on the share that it leads to; a few rounds settle it. What comes out is a valid split in
  // any case, and the best one for the mechanisms of the last round.
  let shares: readonly number[] = caps;
  for (let round = 0, settled = false; round < 8 && !settled; round++) {
    const next = solve(claimants.map((attribute, i) => curveOf(attribute, shares[i] as number)));
    settled = equalItems(next, shares);
    shares = next;
  }
  const written = claimants.map((_, i) =>
    shares[i] === caps[i]
      ? (levels[(claimants[i] as AttributeSpec).level]?.epsilon as string)
      : roundedDown(shares[i] as number),
  );
  if (written.includes("0")) return undefined;
  return attributes.map((attribute) => written[claimants.indexOf(attribute)] ?? "0");
}

/**
 * The curve at frequency 0 of the mechanism that the schema names, else of the one that the rule of `mechanismFor` chooses at this
 * epsilon. Local hashing with the best number of buckets and projective geometry response are as good as OUE; a half-half split is as Duchi's.
 */
function curveOf(attribute: AttributeSpec, epsilon: number): ErrorCurve {
  if (attribute.type === "numeric" || attribute.type === "public") return duchiCurve();
  const d = attribute.categories;
  if (attribute.type === "set") return privsetCurve(d, attribute.atMost, epsilon);
  const exact = fromDouble(epsilon);
  switch (attribute.mechanism ?? chosenOracle(d, exact, "accuracy")) {
    case "grr":
      return grrCurve({ categories: d });
    case "ss":
      return subsetCurve(d, bestSubsetSize(d, exact));
    case "oue":
    case "olh":
    case "pgr":
      return oueCurve();
    case "sue":
      return sueCurve();
    case "hr":
    case "blh":
      return duchiCurve();
  }
}

function roundedDown(share: number): string {
  const units = Math.floor(share * 10 ** digits);
  if (units < 1) return "0";
  const text = String(units).padStart(digits + 1, "0");
  return parseBudget(`${text.slice(0, -digits)}.${text.slice(-digits)}`);
}

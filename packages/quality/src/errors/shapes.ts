// What arguments of this package look like: the shapes that its functions share, and the check that names what is wrong.
import { column } from "@emrx/internal/columns";
import {
  type Check,
  checker,
  coded,
  guard,
  integer,
  type Members,
  number,
  type ObjectOf,
  type OptionalShape,
  object,
  oneOf,
  optional,
  type Shape,
} from "@emrx/internal/shape";
import { QualityError, type QualityErrorCode } from "./quality-error.js";

/** Checks an argument against its shape, and returns what was checked. */
export const check: Check<QualityErrorCode> = /* @__PURE__ */ checker<QualityErrorCode>(
  (code, message, context) => new QualityError(code, message, context),
  "EMRX_QUALITY_ARGUMENT",
);

/** More than the people who have ever lived. */
export const mostCounted = 1e12;

/** Any number that an estimate may be: its square over a variance does not overflow. */
export const finite: Shape<number> = /* @__PURE__ */ number({ from: -1e100, to: 1e100 });
/** A score of one record: fourth powers of scores are summed. */
export const score: Shape<number> = /* @__PURE__ */ number({ from: -1e70, to: 1e70 });
/** A score of a category: squares of sums of its products with counts do not overflow. */
export const ordinalScore: Shape<number> = /* @__PURE__ */ number({ from: -1e30, to: 1e30 });
/** A positive number by which squares can be divided. */
export const positive: Shape<number> = /* @__PURE__ */ number({ from: 1e-100, to: 1e100 });
export const nonNegative: Shape<number> = /* @__PURE__ */ number({ from: 0, to: 1e100 });
/** How many: need not be whole, so that expected counts pass. */
export const count: Shape<number> = /* @__PURE__ */ number({ from: 0, to: mostCounted });
/** A number of reports, of which there is at least something. */
export const reports: Shape<number> = /* @__PURE__ */ number({ from: 1e-9, to: mostCounted });
export const categories: Shape<number> = /* @__PURE__ */ integer(2, 0x8000_0000);
/** A probability or relative frequency, ends included. */
export const share: Shape<number> = /* @__PURE__ */ number({ from: 0, to: 1 });
/** A confidence or another probability that may be neither 0 nor 1. */
export const inside: Shape<number> = /* @__PURE__ */ number({ above: 0, below: 1 });
export const confidence: OptionalShape<number> = /* @__PURE__ */ optional(inside);
export const target: Shape<"cohort" | "population"> = /* @__PURE__ */ oneOf([
  "cohort",
  "population",
]);

/** Members p and q; that q is below p is for `checkChannel`. */
export const channelMembers: { readonly p: Shape<number>; readonly q: Shape<number> } = {
  p: /* @__PURE__ */ coded("EMRX_QUALITY_CHANNEL", /* @__PURE__ */ number({ above: 0, to: 1 })),
  q: /* @__PURE__ */ coded("EMRX_QUALITY_CHANNEL", /* @__PURE__ */ number({ from: 0, below: 1 })),
};

/** An object with the members of all parts: a call and no spread, so that a bundler can leave it out. */
export function joined<
  A extends Members,
  B extends Members = Record<never, never>,
  C extends Members = Record<never, never>,
>(first: A, second?: B, third?: C): Shape<ObjectOf<A & B & C>> {
  return object({ ...first, ...second, ...third } as A & B & C);
}

/** Numbers of one shape: an array, a typed array, a dictionary column or a vector, of a length where one is given. */
export function numbers(
  item: Shape<number>,
  { least = 0, length }: { readonly least?: number; readonly length?: number } = {},
): Shape<ArrayLike<number>> {
  const values = column(item);
  const fits = coded(
    "EMRX_QUALITY_MISMATCH",
    guard(
      (given): given is unknown => {
        const entries = (given as { readonly length?: number }).length ?? least;
        return length === undefined ? entries >= least : entries === length;
      },
      length === undefined ? `at least ${least} entries` : `${length} entries`,
    ),
  );
  return (value, visit) => {
    const found = values(value, visit);
    fits(value, visit);
    return (
      found.numbers ??
      Float64Array.from({ length: found.length }, (_, row) => found.at(row) as number)
    );
  };
}

/** @throws EMRX_QUALITY_MISMATCH unless both have the same length */
export function checkSameLength(
  first: string,
  a: ArrayLike<unknown>,
  second: string,
  b: ArrayLike<unknown>,
): void {
  if (a.length !== b.length) {
    throw new QualityError(
      "EMRX_QUALITY_MISMATCH",
      `${first} has ${a.length} entries and ${second} ${b.length}; expected the same number`,
    );
  }
}

/** Weights: non-negative, not all zero. */
export const weights: Shape<ArrayLike<number>> = /* @__PURE__ */ coded(
  "EMRX_QUALITY_WEIGHTS",
  /* @__PURE__ */ numbers(/* @__PURE__ */ number({ from: 0, to: 1e100 })),
);

/** The sum of weights. @throws EMRX_QUALITY_WEIGHTS unless it is positive */
export function sumOfWeights(argument: string, given: ArrayLike<number>): number {
  const sum = Array.from(given).reduce((total, weight) => total + weight, 0);
  if (!(sum > 0))
    throw new QualityError(
      "EMRX_QUALITY_WEIGHTS",
      `${argument} sum to ${sum}; expected a positive sum`,
    );
  return sum;
}

/** The sum of counts. @throws EMRX_QUALITY_ARGUMENT unless it is positive and exact */
export function sumOfCounts(argument: string, given: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < given.length; i++) sum += given[i] as number;
  return check(reports, sum, `sum of ${argument}`);
}

// The shapes of what most mechanisms are told.
import {
  coded,
  decimal,
  integer,
  number,
  type OptionalShape,
  optional,
  type Shape,
  satisfying,
  tuple,
} from "@emrx/internal/shape";
import { epsilonShape } from "../../exact/decimal.js";
import { LARGEST_DOMAIN } from "./domain.js";

/** The members that the options of every mechanism for one category have. */
export type OracleShapes = {
  readonly categories: Shape<number>;
  /** Canonical decimals. */
  readonly epsilon: Shape<string>;
  readonly bits: OptionalShape<number>;
};

/** The shapes of a number of categories (at most `most`), an epsilon, and random bits. */
export const oracleShapes = (most: number = LARGEST_DOMAIN): OracleShapes => ({
  categories: categoriesShape(most),
  epsilon: epsilonShape,
  bits: bitsShape(),
});

/** A number of categories. */
export const categoriesShape = (most: number = LARGEST_DOMAIN): Shape<number> =>
  coded("EMRX_BAD_DOMAIN", integer(2, most));

/** Random bits behind each threshold. */
export const bitsShape = (): OptionalShape<number> => optional(integer(1, 64));

/** A public range of numbers. */
export const rangeShape = (): Shape<readonly [low: number, high: number]> =>
  coded(
    "EMRX_BAD_RANGE",
    satisfying(
      tuple(number(), number()),
      ([low, high]) => low < high && Number.isFinite(high - low),
      "[low, high] with low < high and a finite width",
    ),
  );

/** A probability, neither 0 nor 1, as a decimal; the result is canonical. */
export const probabilityShape = (): Shape<string> =>
  decimal({ above: "0", below: "1", places: 18 });

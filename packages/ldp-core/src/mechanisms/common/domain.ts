// Checks of a domain, categorical or numeric, and of the values in it.
import { LdpError } from "../../errors/ldp-error.js";

/** The largest domain: 2^20 categories. */
export const LARGEST_DOMAIN: number = 1 << 20;

/** Checks a number of categories. */
export function checkCategories(categories: number, largest: number = LARGEST_DOMAIN): number {
  if (!Number.isInteger(categories) || categories < 2 || categories > largest) {
    throw new LdpError(
      "EMRX_BAD_DOMAIN",
      `categories is ${categories}; expected an integer in 2..${largest}`,
    );
  }
  return categories;
}

/** Checks one value. */
export function checkValue(value: number, categories: number, place = "value"): void {
  if (!Number.isInteger(value) || value < 0 || value >= categories) {
    throw new LdpError(
      "EMRX_VALUE_OUTSIDE_DOMAIN",
      `${place} is ${String(value)}; expected a category index in 0..${categories - 1}`,
    );
  }
}

/** Checks all values before anything is drawn, so that a bad one changes nothing. */
export function checkValues(values: ArrayLike<number>, categories: number): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (!(value >= 0 && value < categories && Math.floor(value) === value)) {
      checkValue(value, categories, `values[${i}]`);
    }
  }
}

/** Checks a public range. */
export function checkRange(range: readonly [number, number]): readonly [number, number] {
  const [low, high] = Array.isArray(range) ? range : [Number.NaN, Number.NaN];
  if (!Number.isFinite(low) || !Number.isFinite(high) || !(low < high)) {
    throw new LdpError(
      "EMRX_BAD_RANGE",
      `range is ${String(range)}; expected [low, high] with low < high`,
    );
  }
  if (!Number.isFinite(high - low)) {
    throw new LdpError("EMRX_BAD_RANGE", `range is ${String(range)}; its width overflows a double`);
  }
  return [low, high];
}

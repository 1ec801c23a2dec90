// The size of categorical domains, and checks of the values in one. No message shows a value: it is a person's.
import { integer, number, secret } from "@emrx/internal/shape";
import { check } from "../../errors/check.js";

/** The largest domain: 2^20 categories. */
export const LARGEST_DOMAIN: number = 1 << 20;

/** Checks one value. */
export function checkValue(value: number, categories: number, place = "value"): void {
  check(secret(integer(0, categories - 1)), value, place, "EMRX_VALUE_OUTSIDE_DOMAIN");
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

/** Checks that a value is a finite number. */
export function checkNumber(value: unknown, place: string): void {
  if (!Number.isFinite(value)) check(secret(number()), value, place, "EMRX_VALUE_OUTSIDE_DOMAIN");
}

// Sums of budgets against decimal.js, which knows nothing of trillionths.
import { fc, property } from "@emrx/testkit";
import { Decimal } from "decimal.js";
import { expect, test } from "vitest";
import { subtractBudgets, sumBudgets } from "../../src/accounting.js";
import { expectError } from "../expect-error.js";

const Exact = Decimal.clone({ precision: 60, toExpPos: 40, toExpNeg: -40 });

/** Budgets from 10^-12 to 9999, in canonical form. */
const budget = fc
  .tuple(fc.integer({ min: 0, max: 9998 }), fc.bigInt({ min: 1n, max: 999_999_999_999n }))
  .map(([whole, part]) => new Exact(`${whole}.${String(part).padStart(12, "0")}`).toString());

property("sums and differences are those of decimal.js", [fc.array(budget), budget], (all, one) => {
  const sum = all.reduce((total, each) => total.plus(each), new Exact(0));
  expect(sumBudgets(all)).toBe(sum.toString());
  expect(subtractBudgets(sumBudgets(all), one)).toBe(sum.minus(one).toString());
  expect(subtractBudgets(one, sumBudgets(all))).toBe(new Exact(one).minus(sum).toString());
});

test("what is no decimal is refused", () => {
  for (const wrong of ["1e3", "", "0.1234567890123", "NaN", "1,5", " 1", 0.5, null, undefined, {}])
    expectError(() => sumBudgets(["1", wrong as string]), "EMRX_BAD_EPSILON", "budgets");
  for (const wrong of [undefined, null, 7, {}])
    expectError(() => sumBudgets(wrong as never), "EMRX_BAD_PARAMETER", "budgets");
  expectError(() => subtractBudgets("1", 1 as never), "EMRX_BAD_EPSILON", "b is 1");
});

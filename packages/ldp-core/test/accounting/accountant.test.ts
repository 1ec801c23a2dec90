import { fc, property, rational } from "@emrx/testkit";
import { expect, test } from "vitest";
import { createAccountant } from "../../src/accounting.js";
import { memoryStore } from "../../src/index.js";
import { expectError, expectRejection } from "../expect-error.js";

const accountant = (lifetimeBudget: string | number) =>
  createAccountant({ memory: memoryStore(), lifetimeBudget });

test("0.1 + 0.2 spends 0.3, and ten times 0.1 spends all of 1", async () => {
  const three = accountant("0.3");
  await three.spend("a", 0.1, "x");
  await three.spend("a", "0.2", "y");
  expect([await three.spent("a"), await three.remaining("a")]).toEqual(["0.3", "0"]);
  const one = accountant(1);
  for (let i = 0; i < 10; i++) await one.spend("a", 0.1, "tenth");
  expect(await one.remaining("a")).toBe("0");
  await expectRejection(
    () => one.spend("a", "0.000000000001", "more"),
    "EMRX_BUDGET_EXHAUSTED",
    "spends[0]",
    "0 left of a lifetime budget of 1",
  );
});

test("a spend that cannot be paid debits nothing and says what is left", async () => {
  const budget = accountant("1");
  await budget.spend("a", "0.7", "first");
  await expectRejection(
    () => budget.spend("a", "0.31", "second"),
    "EMRX_BUDGET_EXHAUSTED",
    "0.31 asked, 0.3 left",
  );
  expect(await budget.statement("a")).toEqual([{ amount: "0.7", note: "first" }]);
});

test("a batch of spends is all or nothing, also where one subject appears twice", async () => {
  const budget = accountant("1");
  const twice = [
    { subject: "a", amount: "0.6", note: "1" },
    { subject: "b", amount: "0.6", note: "2" },
    { subject: "a", amount: "0.6", note: "3" },
  ];
  await expectRejection(
    () => budget.spendAll(twice),
    "EMRX_BUDGET_EXHAUSTED",
    "spends[2]",
    "0.4 left",
  );
  expect([await budget.spent("a"), await budget.spent("b")]).toEqual(["0", "0"]);
  await budget.spendAll(twice.slice(0, 2));
  expect([await budget.spent("a"), await budget.spent("b")]).toEqual(["0.6", "0.6"]);
});

test("budgets and amounts that are no positive decimals are refused, and nothing changes", async () => {
  for (const bad of ["0", "-1", "NaN", "Infinity", "1e400", "", "1,5", -0, Number.NaN, 1e9])
    expectError(() => accountant(bad), "EMRX_BAD_EPSILON", "lifetimeBudget");
  const budget = accountant("1");
  for (const bad of ["0", "-0.1", "much", Number.POSITIVE_INFINITY])
    await expectRejection(() => budget.spend("a", bad, "bad"), "EMRX_BAD_EPSILON", "amount");
  expect(await budget.spent("a")).toBe("0");
  await expectRejection(() => budget.spend("", "1", "nobody"), "EMRX_BAD_PARAMETER", "subject");
});

test("subjects do not share a budget, accountants over one store do", async () => {
  const memory = memoryStore();
  const [first, second] = [1, 2].map((n) => createAccountant({ memory, lifetimeBudget: n }));
  await first?.spend("a", 1, "x");
  expect([
    await first?.remaining("b"),
    await first?.remaining("a"),
    await second?.remaining("a"),
  ]).toEqual(["1", "0", "1"]);
  // A budget that was lowered below what is spent leaves nothing, not less than nothing.
  const lowered = createAccountant({ memory, lifetimeBudget: "0.5" });
  expect(await lowered.remaining("a")).toBe("0");
  await expectRejection(() => lowered.spend("a", "0.1", "y"), "EMRX_BUDGET_EXHAUSTED", "0 left");
});

property(
  "whatever the order of spends, the sum is exact and the lifetime budget is never passed",
  [fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 30 })],
  async (thousandths) => {
    const budget = accountant("1.5");
    let spent = rational.q(0);
    for (const n of thousandths) {
      const fits = !rational.less(rational.q(3, 2), rational.add(spent, rational.q(n, 1000)));
      const pay = () => budget.spend("a", `0.${String(n).padStart(3, "0")}`, "part");
      if (fits) {
        await pay();
        spent = rational.add(spent, rational.q(n, 1000));
      } else await expectRejection(pay, "EMRX_BUDGET_EXHAUSTED");
      expect(rational.equal(rational.decimal(await budget.spent("a")), spent)).toBe(true);
    }
  },
);

// Keeps, for every subject, what was spent; never lets a spend pass the lifetime budget.
import { arrayOf, object, text } from "@emrx/internal/shape";
import { check } from "../errors/check.js";
import { budgetShape } from "../exact/decimal.js";
import { storeShape } from "../stores/checked.js";
import type { Store } from "../stores/store.js";
import { type AccountLine, accountLines } from "./account.js";
import { subjectShape } from "./shapes.js";
import { AccountTransaction, accountKey, remainingOf, spentOn, transact } from "./transaction.js";

/** One line of a subject's statement. */
export interface StatementLine {
  /** What it cost, a canonical decimal. */
  readonly amount: string;
  /** What it was for. */
  readonly note: string;
}

/** One spend of a batch. */
export interface Spend {
  readonly subject: string;
  /** A decimal. */
  readonly amount: string | number;
  readonly note: string;
}

/** Keeps the budgets of all subjects in one store. Made by {@link createAccountant}. */
export interface Accountant {
  /** The budget that each subject has for life, a canonical decimal. */
  readonly lifetimeBudget: string;
  /** What the subject has spent: the exact sum, `"0"` for nothing. */
  spent(subject: string): Promise<string>;
  /** What is left: never negative; `"0"` also where the lifetime budget was lowered below what is spent. */
  remaining(subject: string): Promise<string>;
  /** Everything spent on the subject, oldest first. */
  statement(subject: string): Promise<readonly StatementLine[]>;
  /** Debits one subject, or rejects and debits nothing. */
  spend(subject: string, amount: string | number, note: string): Promise<void>;
  /** Debits all or none; a subject may appear several times. */
  spendAll(spends: readonly Spend[]): Promise<void>;
}

/**
 * Keeps the privacy budgets of subjects. Sums are exact decimals: ten times 0.1 is 1. A spend is durable when its promise
 * resolves; when it rejects, nothing was spent, or, where the store itself failed, at most what was asked. Two processes that
 * debit one subject at once cannot both succeed where the budget allows one.
 *
 * Sequential composition: what one person sends adds up, whatever the mechanisms and however they were chosen. Budgets of
 * different people do not add up.
 *
 * @param options `memory`, the store; `lifetimeBudget`, a decimal, the same for every subject
 * @returns the accountant; several may share a store
 * @throws `EMRX_BAD_EPSILON` for a budget that is no positive decimal, `EMRX_BAD_PARAMETER` for what is no store; the methods reject with
 *   `EMRX_BUDGET_EXHAUSTED`, `EMRX_BAD_EPSILON`, `EMRX_BAD_PARAMETER`, `EMRX_STORE_DAMAGED`, `EMRX_STORE_FAILED`, `EMRX_STORE_BUSY`
 * @example
 * ```ts
 * import { memoryStore } from "@emrx/ldp-core";
 * import { createAccountant } from "@emrx/ldp-core/accounting";
 *
 * const accountant = createAccountant({ memory: memoryStore(), lifetimeBudget: "0.3" });
 * await accountant.spend("patient 7", "0.1", "survey");
 * await accountant.spend("patient 7", 0.2, "study");
 * await accountant.spent("patient 7"); // => "0.3"
 * (await accountant.statement("patient 7"))[0]; // => { amount: "0.1", note: "survey" }
 * await accountant.spend("patient 7", "0.000000000001", "one more"); // throws EMRX_BUDGET_EXHAUSTED
 * ```
 */
export function createAccountant(options: {
  readonly memory: Store;
  readonly lifetimeBudget: string | number;
}): Accountant {
  const { memory, lifetimeBudget } = check(accountantOptions, options, "options");
  const linesOf = async (subject: unknown): Promise<readonly AccountLine[]> => {
    const name = check(subjectShape, subject, "subject");
    const transaction = await AccountTransaction.begin({
      memory,
      lifetimeBudget,
      subjects: [],
      keys: [accountKey(name)],
    });
    return accountLines(transaction.entry(accountKey(name)));
  };
  const spendAll = async (given: readonly Spend[]): Promise<void> => {
    const spends = check(spendsShape, given, "spends");
    const subjects = spends.map(({ subject }) => subject);
    await transact({ memory, lifetimeBudget, subjects }, (transaction) => {
      for (const [i, { subject, amount, note }] of spends.entries()) {
        const account = transaction.account(subject);
        transaction.debit(account, amount, `spends[${i}]`);
        transaction.record(account, { amount, note, fingerprint: none, answer: none });
      }
    });
  };
  return {
    lifetimeBudget,
    spent: async (subject) => spentOn(await linesOf(subject)),
    remaining: async (subject) => remainingOf(lifetimeBudget, spentOn(await linesOf(subject))),
    statement: async (subject) =>
      (await linesOf(subject)).map(({ amount, note }) => ({ amount, note })),
    spend: (subject, amount, note) => spendAll([{ subject, amount, note }]),
    spendAll,
  };
}

const none = /* @__PURE__ */ new Uint8Array(0);
const spendsShape = /* @__PURE__ */ arrayOf(
  /* @__PURE__ */ object({
    subject: subjectShape,
    amount: budgetShape,
    note: /* @__PURE__ */ text({ most: 60 }),
  }),
);
const accountantOptions = /* @__PURE__ */ object({
  memory: storeShape,
  lifetimeBudget: budgetShape,
});

// Keeps, for every subject, what was spent; never lets a spend pass the lifetime budget.
import { parseBudget } from "../exact/decimal.js";
import type { Store } from "../stores/store.js";
import { type AccountLine, accountLines } from "./account.js";
import { AccountTransaction, accountKey, remainingOf, spentOn } from "./transaction.js";

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
  spent(subject: string): string;
  /** What is left: never negative; `"0"` also where the lifetime budget was lowered below what is spent. */
  remaining(subject: string): string;
  /** Everything spent on the subject, oldest first. */
  statement(subject: string): readonly StatementLine[];
  /** Debits one subject, or throws and debits nothing. */
  spend(subject: string, amount: string | number, note: string): void;
  /** Debits all or none; a subject may appear several times. */
  spendAll(spends: readonly Spend[]): void;
}

/**
 * Keeps the privacy budgets of subjects. Sums are exact decimals: ten times 0.1 is 1. A spend is durable when the call
 * returns; when it throws, nothing was spent, or, where the store itself failed, at most what was asked.
 *
 * Sequential composition: what one person sends adds up, whatever the mechanisms and however they were chosen. Budgets of
 * different people do not add up.
 *
 * @param options `memory`, the store; `lifetimeBudget`, a decimal, the same for every subject
 * @returns the accountant; several may share a store
 * @throws `EMRX_BAD_EPSILON` for a budget that is no positive decimal; the methods throw `EMRX_BUDGET_EXHAUSTED`,
 *   `EMRX_BAD_EPSILON`, `EMRX_STORE_DAMAGED` and what the store throws
 * @example
 * ```ts
 * import { memoryStore } from "@emrx/ldp-core";
 * import { createAccountant } from "@emrx/ldp-core/accounting";
 *
 * const accountant = createAccountant({ memory: memoryStore(), lifetimeBudget: "0.3" });
 * accountant.spend("patient 7", "0.1", "survey");
 * accountant.spend("patient 7", 0.2, "study");
 * accountant.spent("patient 7"); // => "0.3"
 * accountant.statement("patient 7")[0]; // => { amount: "0.1", note: "survey" }
 * accountant.spend("patient 7", "0.000000000001", "one more"); // throws EMRX_BUDGET_EXHAUSTED
 * ```
 */
export function createAccountant(options: {
  readonly memory: Store;
  readonly lifetimeBudget: string | number;
}): Accountant {
  const { memory } = options;
  const lifetimeBudget = parseBudget(options.lifetimeBudget, "lifetimeBudget");
  const linesOf = (subject: string): readonly AccountLine[] =>
    accountLines(memory.get(accountKey(subject)));
  const spendAll = (spends: readonly Spend[]): void => {
    const transaction = new AccountTransaction(memory, lifetimeBudget);
    for (const { subject, amount, note } of spends) {
      const debit = parseBudget(amount, "amount");
      const account = transaction.open(subject);
      transaction.debit(account, debit);
      transaction.record(account, { amount: debit, note, fingerprint: none, answer: none });
    }
    transaction.commit();
  };
  return {
    lifetimeBudget,
    spent: (subject) => spentOn(linesOf(subject)),
    remaining: (subject) => remainingOf(lifetimeBudget, spentOn(linesOf(subject))),
    statement: (subject) => linesOf(subject).map(({ amount, note }) => ({ amount, note })),
    spend: (subject, amount, note) => spendAll([{ subject, amount, note }]),
    spendAll,
  };
}

const none = new Uint8Array(0);

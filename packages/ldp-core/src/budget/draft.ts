// Purchases that are not paid yet: checked one by one against what is stored and what is drafted, written together.
import { LdpError } from "../errors.js";
import { compareBudgets, subtractBudgets, sumBudgets } from "../exact/decimal.js";
import { type AccountLine, accountLines, appendLine } from "./account.js";
import type { Store } from "./store.js";

/** The largest chunk that lines are written to. */
const chunkBytes = 1 << 20;

/** The key of a subject's account in a store. */
export const accountKey = (subject: string): string => `account/${subject}`;

/** The exact sum of what the lines cost. */
export function spentOn(lines: readonly AccountLine[]): string {
  return sumBudgets(lines.map(({ amount }) => amount));
}

/** What is left of a lifetime budget: never negative, even where it was lowered below what is spent. */
export function remainingOf(lifetimeBudget: string, spent: string): string {
  const left = subtractBudgets(lifetimeBudget, spent);
  return compareBudgets(left, "0") < 0 ? "0" : left;
}

/** One subject's account in a draft. */
export interface DraftAccount {
  /** 0 for the first account opened in the draft, then 1, ... */
  readonly index: number;
  readonly subject: string;
  readonly key: string;
  /** The stored bytes with what the draft added. */
  bytes: Uint8Array | undefined;
  /** What is spent, debits of the draft included. */
  spent: string;
  changed: boolean;
}

/** Nothing is visible before `commit`, and `commit` is one atomic write. */
export class AccountDraft {
  readonly #memory: Store;
  readonly #lifetimeBudget: string;
  readonly #accounts = new Map<string, DraftAccount>();
  readonly #others: [string, Uint8Array][] = [];
  #chunk = new Uint8Array(0);
  #used = 0;
  /** Few distinct sums occur; comparing each of them once keeps decimals out of the inner loop. */
  readonly #affordable = new Map<string, boolean>();

  constructor(memory: Store, lifetimeBudget: string) {
    this.#memory = memory;
    this.#lifetimeBudget = lifetimeBudget;
  }

  /** The account of a subject: read from the store once, then kept. */
  open(subject: string): DraftAccount {
    const known = this.#accounts.get(subject);
    if (known !== undefined) return known;
    if (typeof subject !== "string" || subject === "")
      throw new LdpError(
        "EMRX_BAD_PARAMETER",
        "subject is no text; expected the person's name at the site",
      );
    const key = accountKey(subject);
    const bytes = this.#memory.get(key);
    const spent = bytes === undefined ? "0" : spentOn(accountLines(bytes));
    const account = { index: this.#accounts.size, subject, key, bytes, spent, changed: false };
    this.#accounts.set(subject, account);
    return account;
  }

  /** Sets `amount` aside, or throws and changes nothing. */
  debit(account: DraftAccount, amount: string): void {
    const { spent, subject } = account;
    const total = spent === "0" ? amount : sumBudgets([spent, amount]);
    let affordable = this.#affordable.get(total);
    if (affordable === undefined) {
      affordable = compareBudgets(total, this.#lifetimeBudget) <= 0;
      this.#affordable.set(total, affordable);
    }
    if (!affordable)
      throw new LdpError(
        "EMRX_BUDGET_EXHAUSTED",
        `subject ${JSON.stringify(subject)}: ${amount} asked, ${remainingOf(this.#lifetimeBudget, spent)} left of a lifetime budget of ${this.#lifetimeBudget}; nothing was spent`,
      );
    account.spent = total;
  }

  /** Adds the line of a debit. */
  record(account: DraftAccount, line: AccountLine): void {
    account.bytes = appendLine(account.bytes, line, this.#allocate);
    account.changed = true;
  }

  readonly #allocate = (size: number): Uint8Array => {
    if (this.#used + size > this.#chunk.length) {
      // Doubling: a draft of one line takes just its size, a large one takes large chunks.
      this.#chunk = new Uint8Array(Math.max(size, Math.min(chunkBytes, 2 * this.#chunk.length)));
      this.#used = 0;
    }
    this.#used += size;
    return this.#chunk.subarray(this.#used - size, this.#used);
  };

  /** Adds another entry of the store to the same atomic write. */
  alsoWrite(key: string, bytes: Uint8Array): void {
    this.#others.push([key, bytes]);
  }

  /** Writes everything recorded in one atomic write. */
  commit(): void {
    const entries = [...this.#others];
    for (const { key, bytes, changed } of this.#accounts.values())
      if (changed && bytes !== undefined) entries.push([key, bytes]);
    if (entries.length > 0) this.#memory.set(entries);
  }
}

/** The memoized answer under a mark, or undefined. */
export function memoizedAnswer({ bytes }: DraftAccount, mark: Uint8Array): Uint8Array | undefined {
  if (bytes === undefined) return undefined;
  return accountLines(bytes).find((line) => sameBytes(line.mark, mark))?.answer;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

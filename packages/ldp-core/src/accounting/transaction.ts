// Purchases that are not paid yet: checked one by one against what was read and what the transaction holds, written together if
// what was read still stands.
import { equalBytes } from "@emrx/internal/bytes";
import { LdpError } from "../errors/ldp-error.js";
import { compareBudgets } from "../exact/decimal.js";
import { checkedStore } from "../stores/checked.js";
import type { Store, StoreWrite } from "../stores/store.js";
import { type AccountLine, accountLines, appendLines, checkLine } from "./account.js";
import { subtractBudgets, sumBudgets } from "./budget.js";

/** The key of a subject's account in a store. */
export const accountKey = (subject: string): string => `account/${subject}`;

/** The exact sum of what the lines cost. */
export function spentOn(lines: readonly AccountLine[]): string {
  const [only] = lines;
  if (only !== undefined && lines.length === 1) return only.amount;
  return sumBudgets(lines.map(({ amount }) => amount));
}

/** What is left of a lifetime budget: never negative, even where it was lowered below what is spent. */
export function remainingOf(lifetimeBudget: string, spent: string): string {
  const left = subtractBudgets(lifetimeBudget, spent);
  return compareBudgets(left, "0") < 0 ? "0" : left;
}

/** Keys of one read: enough to make few round trips of a batch, few enough for any database. */
const keysPerRead = 8192;

/** How often a piece of work begins again because another process wrote first. */
const mostAttempts = 64;

/** What a transaction begins with. */
export interface TransactionStart {
  /** The store, as its owner gave it. */
  readonly memory: Store;
  /** A canonical decimal. */
  readonly lifetimeBudget: string;
  /** Whose accounts are read; one may come several times. */
  readonly subjects: Iterable<string>;
  /** Other entries that are read. */
  readonly keys?: readonly string[];
}

/**
 * Debits of a few atomic writes. Nothing is visible before `commit`. An account is a number: 0 for the first subject, then 1, ...;
 * a batch opens hundreds of thousands, and an object for each would be most of its memory.
 */
export class AccountTransaction {
  readonly #memory: Store;
  readonly #lifetimeBudget: string;
  readonly #numbers: Map<string, number>;
  readonly #subjects: readonly string[];
  /** What is spent on each account, debits of the transaction included. */
  readonly #spent: string[] = [];
  /** Stored bytes, of the accounts that have any. */
  readonly #stored = new Map<number, Uint8Array<ArrayBuffer>>();
  readonly #lines = new Map<number, AccountLine[]>();
  readonly #others = new Map<string, Uint8Array<ArrayBuffer> | undefined>();
  readonly #changed = new Map<string, Uint8Array<ArrayBuffer>>();
  /** Few distinct sums occur; working each of them out once keeps decimals out of the inner loop. */
  readonly #totals = new Map<string, Map<string, string | undefined>>();

  private constructor(memory: Store, lifetimeBudget: string, numbers: Map<string, number>) {
    this.#memory = memory;
    this.#lifetimeBudget = lifetimeBudget;
    this.#numbers = numbers;
    this.#subjects = [...numbers.keys()];
  }

  /** Reads the accounts of the subjects, and the other entries. */
  static async begin(start: TransactionStart): Promise<AccountTransaction> {
    const numbers = new Map<string, number>();
    for (const subject of start.subjects)
      if (!numbers.has(subject)) numbers.set(subject, numbers.size);
    const memory = checkedStore(start.memory);
    const transaction = new AccountTransaction(memory, start.lifetimeBudget, numbers);
    const subjects = transaction.#subjects;
    for (let first = 0; first < subjects.length; first += keysPerRead) {
      const found = await memory.read(subjects.slice(first, first + keysPerRead).map(accountKey));
      for (const [i, bytes] of found.entries()) transaction.#take(first + i, bytes);
    }
    const keys = start.keys ?? [];
    const found = keys.length === 0 ? [] : await memory.read(keys);
    for (const [i, key] of keys.entries()) transaction.#others.set(key, found[i]);
    return transaction;
  }

  /** The account of a subject that the transaction began with. */
  account(subject: string): number {
    return this.#numbers.get(subject) as number;
  }

  /** The memoized answers under a fingerprint, oldest first. Those of the transaction itself do not count. */
  answers(account: number, fingerprint: Uint8Array): readonly Uint8Array<ArrayBuffer>[] {
    const stored = this.#stored.get(account);
    if (stored === undefined) return [];
    return accountLines(stored)
      .filter((line) => equalBytes(line.fingerprint, fingerprint))
      .map(({ answer }) => answer);
  }

  /** The memoized answer under a fingerprint, or undefined. */
  memoized(account: number, fingerprint: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
    return this.answers(account, fingerprint)[0];
  }

  /** What stands under another key that the transaction began with. */
  entry(key: string): Uint8Array<ArrayBuffer> | undefined {
    return this.#others.get(key);
  }

  /** Sets `amount` aside and returns true; or returns false, where it is more than is left, and changes nothing. */
  tryDebit(account: number, amount: string): boolean {
    const spent = this.#spent[account] as string;
    let totals = this.#totals.get(amount);
    if (totals === undefined) {
      totals = new Map();
      this.#totals.set(amount, totals);
    }
    let total = totals.get(spent);
    if (total === undefined && !totals.has(spent)) {
      const sum = sumBudgets([spent, amount]);
      total = compareBudgets(sum, this.#lifetimeBudget) > 0 ? undefined : sum;
      totals.set(spent, total);
    }
    if (total === undefined) return false;
    this.#spent[account] = total;
    return true;
  }

  /** Sets `amount` aside, or throws and changes nothing. `whose` says whose account it is, without a name. */
  debit(account: number, amount: string, whose: string): void {
    if (this.tryDebit(account, amount)) return;
    const left = remainingOf(this.#lifetimeBudget, this.#spent[account] as string);
    throw new LdpError(
      "EMRX_BUDGET_EXHAUSTED",
      `${whose}: ${amount} asked, ${left} left of a lifetime budget of ${this.#lifetimeBudget}; nothing was spent for it`,
    );
  }

  /** Adds the line of a debit. */
  record(account: number, line: AccountLine): void {
    checkLine(line);
    const lines = this.#lines.get(account);
    if (lines === undefined) this.#lines.set(account, [line]);
    else lines.push(line);
  }

  /** Changes another entry that the transaction began with. */
  change(key: string, bytes: Uint8Array<ArrayBuffer>): void {
    this.#changed.set(key, bytes);
  }

  /**
   * Writes the recorded lines and the changes in one atomic write.
   *
   * @returns true once they are durable, or if there are none; false if another process wrote to one of the entries, and
   *   nothing was written: then the work is to be done again from the beginning
   */
  async commit(): Promise<boolean> {
    const writes: StoreWrite[] = [];
    for (const [key, bytes] of this.#changed)
      writes.push({ key, expected: this.#others.get(key), bytes });
    const allocate = cutter();
    const written = new Map<number, Uint8Array<ArrayBuffer>>();
    for (const [account, lines] of this.#lines) {
      const expected = this.#stored.get(account);
      const bytes = appendLines(expected, lines, allocate);
      written.set(account, bytes);
      writes.push({ key: accountKey(this.#subjects[account] as string), expected, bytes });
    }
    if (writes.length > 0 && !(await this.#memory.write(writes))) return false;
    for (const [account, bytes] of written) this.#stored.set(account, bytes);
    for (const [key, bytes] of this.#changed) this.#others.set(key, bytes);
    this.#lines.clear();
    this.#changed.clear();
    return true;
  }

  #take(account: number, bytes: Uint8Array<ArrayBuffer> | undefined): void {
    this.#spent.push(bytes === undefined ? "0" : spentOn(accountLines(bytes)));
    if (bytes !== undefined) this.#stored.set(account, bytes);
  }
}

/**
 * Does a piece of work on what the store holds and commits it; again from the beginning, with what it holds then, where another
 * process wrote first. `work` must not hand anything out before this resolves.
 */
export async function transact<T>(
  start: TransactionStart,
  work: (transaction: AccountTransaction) => T,
): Promise<T> {
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    const transaction = await AccountTransaction.begin(start);
    const result = work(transaction);
    if (await transaction.commit()) return result;
  }
  throw busy();
}

/** The error for work that other processes keep from being done. */
export function busy(): LdpError {
  return new LdpError(
    "EMRX_STORE_BUSY",
    `memory: others wrote to the same entries first, ${mostAttempts} times in a row; nothing was spent, try again later`,
  );
}

/** Counts attempts in a row; throws `EMRX_STORE_BUSY` after too many. */
export function attemptCounter(): { failed(): void; succeeded(): void } {
  let failures = 0;
  return {
    failed() {
      failures++;
      if (failures >= mostAttempts) throw busy();
    },
    succeeded() {
      failures = 0;
    },
  };
}

/** Cuts pieces from arrays that double up to 64 KiB: one account takes just its size. */
function cutter(): (size: number) => Uint8Array<ArrayBuffer> {
  let slab = new Uint8Array(0);
  let used = 0;
  return (size) => {
    if (used + size > slab.length) {
      slab = new Uint8Array(Math.max(size, Math.min(1 << 16, 2 * slab.length)));
      used = 0;
    }
    used += size;
    return slab.subarray(used - size, used);
  };
}

// Purchases that are not paid yet: checked one by one against what is stored and what is drafted, written together.
import { LdpError } from "../errors/ldp-error.js";
import { compareBudgets, subtractBudgets, sumBudgets } from "../exact/decimal.js";
import type { Store } from "../stores/store.js";
import { type AccountLine, accountLines, appendLines, checkLine } from "./account.js";

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

/** What one account buys. */
type Lines = readonly AccountLine[];

/**
 * Debits of one atomic write. Nothing is visible before `commit`. An account is the number that `open` gives: 0 for the first
 * one, then 1, ...; a batch opens hundreds of thousands, and an object for each would be most of its memory.
 */
export class AccountTransaction {
  readonly #memory: Store;
  readonly #lifetimeBudget: string;
  readonly #numbers = new Map<string, number>();
  /** What is spent on each account, debits of the transaction included. */
  readonly #spent: string[] = [];
  /** Stored bytes, of the accounts that have any. */
  readonly #stored = new Map<number, Uint8Array>();
  readonly #lines = new Map<number, AccountLine[]>();
  readonly #others: [string, Uint8Array][] = [];
  #debited = false;
  /** Few distinct sums occur; working each of them out once keeps decimals out of the inner loop. */
  readonly #totals = new Map<string, Map<string, string>>();

  constructor(memory: Store, lifetimeBudget: string) {
    this.#memory = memory;
    this.#lifetimeBudget = lifetimeBudget;
  }

  /** The account of a subject: read from the store once. */
  open(subject: string): number {
    const known = this.#numbers.get(subject);
    if (known !== undefined) return known;
    if (typeof subject !== "string" || subject === "")
      throw new LdpError(
        "EMRX_BAD_PARAMETER",
        "subject is no text; expected the person's name at the site",
      );
    const number = this.#spent.length;
    const bytes = this.#memory.get(accountKey(subject));
    this.#spent.push(bytes === undefined ? "0" : spentOn(accountLines(bytes)));
    if (bytes !== undefined) this.#stored.set(number, bytes);
    this.#numbers.set(subject, number);
    return number;
  }

  /** The memoized answers under a fingerprint, oldest first. Those of the transaction itself do not count. */
  answers(account: number, fingerprint: Uint8Array): readonly Uint8Array[] {
    return accountLines(this.#stored.get(account))
      .filter((line) => sameBytes(line.fingerprint, fingerprint))
      .map(({ answer }) => answer);
  }

  /** The memoized answer under a fingerprint, or undefined. */
  memoized(account: number, fingerprint: Uint8Array): Uint8Array | undefined {
    return this.answers(account, fingerprint)[0];
  }

  /** Sets `amount` aside, or throws and changes nothing. */
  debit(account: number, amount: string): void {
    const spent = this.#spent[account] as string;
    const total = this.#totals.get(amount)?.get(spent) ?? this.#affordable(account, spent, amount);
    this.#spent[account] = total;
    this.#debited = true;
  }

  /** Adds the line of a debit. */
  record(account: number, line: AccountLine): void {
    checkLine(line);
    const lines = this.#lines.get(account);
    if (lines === undefined) this.#lines.set(account, [line]);
    else lines.push(line);
  }

  /** Adds another entry of the store to the same atomic write. */
  alsoWrite(key: string, bytes: Uint8Array): void {
    this.#others.push([key, bytes]);
  }

  /**
   * Writes everything in one atomic write, one account after the other.
   *
   * @param linesOf the lines of an account's debits, where they were not recorded; asked for once, when the account is written
   */
  commit(linesOf: (account: number) => Lines = (account) => this.#lines.get(account) ?? []): void {
    if (this.#debited || this.#others.length > 0) this.#memory.set(this.#entries(linesOf));
  }

  *#entries(
    linesOf: (account: number) => Lines,
  ): Generator<readonly [string, Uint8Array], void, undefined> {
    yield* this.#others;
    const allocate = cutter();
    for (const [subject, account] of this.#numbers) {
      const lines = linesOf(account);
      if (lines.length > 0)
        yield [accountKey(subject), appendLines(this.#stored.get(account), lines, allocate)];
    }
  }

  /** What is spent with `amount` more, or an error where that is too much. */
  #affordable(account: number, spent: string, amount: string): string {
    const total = sumBudgets([spent, amount]);
    if (compareBudgets(total, this.#lifetimeBudget) > 0)
      throw new LdpError(
        "EMRX_BUDGET_EXHAUSTED",
        `subject ${JSON.stringify(this.#subjectOf(account))}: ${amount} asked, ${remainingOf(this.#lifetimeBudget, spent)} left of a lifetime budget of ${this.#lifetimeBudget}; nothing was spent`,
      );
    let totals = this.#totals.get(amount);
    if (totals === undefined) {
      totals = new Map();
      this.#totals.set(amount, totals);
    }
    totals.set(spent, total);
    return total;
  }

  #subjectOf(account: number): string | undefined {
    for (const [subject, number] of this.#numbers) if (number === account) return subject;
    return undefined;
  }
}

/** Cuts pieces from arrays that double up to 64 KiB: one account takes just its size. */
function cutter(): (size: number) => Uint8Array {
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

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

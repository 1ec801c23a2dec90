// Calls that this ledger appended: recognized when they are read back, so that they are not verified again, and compared
// with what the log said of them. Only a call of which both are known is told to whoever waits for it.
import { equalBytes } from "@emrx/internal/bytes";
import type { CallId } from "../codec/signed-call.js";
import type { CheckedCall } from "./check-call.js";
import type { VerifiedCall } from "./entry.js";
import type { LogEntry } from "./port.js";

/** A call on its way into the log. */
interface OwnCall extends CheckedCall {
  /** Where it was read. */
  readonly seen: Set<number>;
  /** Where the log said that it put it. */
  index?: number;
}

/** A call of which both are known: where the log said that it put it, and whether it is there. */
export interface ComparedCall {
  readonly id: CallId;
  readonly index: number;
  readonly there: boolean;
}

/** The end of a record, which has its signature and so is hardly ever another's; whoever has the same is compared in full. */
const nameOf = (bytes: Uint8Array): string => String.fromCharCode(...bytes.subarray(-256));

/** The own calls on their way. */
export class OwnCalls {
  readonly #calls = new Map<CallId, OwnCall>();
  readonly #ids = new Map<string, CallId>();

  /** Notes a call before it is appended. */
  add(call: CheckedCall): void {
    const { id } = call.verified;
    this.#calls.set(id, { ...call, seen: new Set() });
    this.#ids.set(nameOf(call.bytes), id);
  }

  has(id: CallId): boolean {
    return this.#calls.has(id);
  }

  /** Notes where the log said that it put a call. */
  acknowledged(id: CallId, index: number): void {
    const call = this.#calls.get(id);
    if (call !== undefined) call.index = index;
  }

  /** Forgets a call that is compared, or that the log did not take as far as is known. */
  forget(id: CallId): void {
    const call = this.#calls.get(id);
    if (call !== undefined) this.#ids.delete(nameOf(call.bytes));
    this.#calls.delete(id);
  }

  /** The call in an entry, if it is one of these. */
  recognize({ index, bytes }: LogEntry): VerifiedCall | undefined {
    if (this.#calls.size === 0) return undefined;
    const call = this.#calls.get(this.#ids.get(nameOf(bytes)) ?? "");
    if (call === undefined || !equalBytes(call.bytes, bytes)) return undefined;
    call.seen.add(index);
    return call.verified;
  }

  /**
   * The acknowledged calls of which it is known by now whether they are there, and forgets them.
   *
   * @param size entries that were read
   * @param all whether that was all of the log after the last acknowledgement
   */
  compare(size: number, all: boolean): ComparedCall[] {
    const compared: ComparedCall[] = [];
    for (const [id, { index, seen }] of this.#calls) {
      if (index === undefined) continue;
      const there = index < size && seen.has(index);
      if (!there && !all) continue;
      compared.push({ id, index, there });
      this.forget(id);
    }
    return compared;
  }
}

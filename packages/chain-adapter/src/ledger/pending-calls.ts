// Calls on their way into the log, and who waits for what becomes of them.
import type { Hex32 } from "../codec/fields.js";
import type { CallId } from "../codec/signed-call.js";
import { LedgerError } from "../errors.js";
import type { Outcome } from "./port.js";

/** A call on its way. */
export interface PendingCall {
  readonly bodyHash: Hex32;
  /** Resolves with what became of it. */
  readonly outcome: Promise<Outcome>;
}

/** The calls on their way, by id. */
export class PendingCalls {
  readonly #calls = new Map<
    CallId,
    PendingCall & { readonly settle: (outcome: Outcome) => void }
  >();

  get(id: CallId): PendingCall | undefined {
    return this.#calls.get(id);
  }

  /** Notes a call; resolves with what became of it. */
  add(id: CallId, bodyHash: Hex32): Promise<Outcome> {
    let settle: (outcome: Outcome) => void = () => {};
    const outcome = new Promise<Outcome>((resolve) => {
      settle = resolve;
    });
    this.#calls.set(id, { bodyHash, outcome, settle });
    return outcome;
  }

  /** Tells whoever waits for a call, if anybody does. */
  settle(id: CallId, outcome: Outcome): void {
    this.#calls.get(id)?.settle(outcome);
    this.#calls.delete(id);
  }

  /** Tells whoever waits for these calls, all of them by default, that it cannot be known what becomes of them. */
  fail(cause: unknown, ids: Iterable<CallId> = [...this.#calls.keys()]): void {
    const error =
      cause instanceof LedgerError
        ? cause
        : new LedgerError(
            "EMRX_STORAGE",
            "the log could not append; ask status(id) what became of the call",
            { cause },
          );
    for (const id of ids) this.settle(id, { accepted: false, error });
  }

  /** Resolves when all that are on their way now have come to an end. */
  async idle(): Promise<void> {
    await Promise.allSettled([...this.#calls.values()].map(({ outcome }) => outcome));
  }
}

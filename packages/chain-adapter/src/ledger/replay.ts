// The fold that turns a log into a state: everybody who folds the same entries comes to the same state and outcomes.

import { toHex } from "@emrx/internal/bytes";
import type { LedgerEvent } from "../codec/events.js";
import type { Hex32, LedgerTime } from "../codec/fields.js";
import { decodeGenesis, type Genesis, ledgerId } from "../codec/genesis.js";
import type { CallId, VerifySignature } from "../codec/signed-call.js";
import { applySignedCall } from "../contracts/apply.js";
import { emptyMap, mapGet, mapSet, type PersistentMap } from "../contracts/persistent-map.js";
import { type ContractState, initialState } from "../contracts/state.js";
import { LedgerError, type LedgerErrorCode, type Rejection } from "../errors.js";
import { verifySignature } from "../identity/scheme.js";
import { MerkleTree } from "../merkle/tree.js";
import { entryLeafHash, type VerifiedEntry, verifyEntry } from "./entry.js";
import type { Checkpoint, LogEntry } from "./port.js";

/** What is remembered of a call. */
export interface CallRecord {
  readonly index: number;
  readonly time: LedgerTime;
  readonly bodyHash: Hex32;
  /** Why it was refused; absent if it was accepted. */
  readonly rejection?: Rejection;
}

/** The contracts, and which calls have been seen. */
export interface LedgerState {
  readonly contracts: ContractState;
  /** Calls seen; those before a snapshot are asked of `earlier`. */
  readonly calls: PersistentMap<CallRecord>;
  readonly earlier?: (id: CallId) => CallRecord | undefined;
}

/** The record of a call, or undefined if none of this id was seen. */
export function findCall({ calls, earlier }: LedgerState, id: CallId): CallRecord | undefined {
  return mapGet(calls, id) ?? earlier?.(id);
}

/** What became of one entry. */
export type EntryOutcome =
  | { readonly kind: "genesis" }
  | {
      readonly kind: "accepted";
      readonly id: CallId;
      readonly events: readonly LedgerEvent[];
    }
  | { readonly kind: "rejected"; readonly id: CallId; readonly rejection: Rejection }
  /** A call that stands in the log already; no effect. */
  | { readonly kind: "repeated"; readonly id: CallId }
  /** Not a call of this ledger, a wrong signature, or another call under a used id; no effect. */
  | { readonly kind: "invalid"; readonly code: LedgerErrorCode };

/** The state before any call. */
export const emptyLedgerState = (): LedgerState => ({
  contracts: initialState(),
  calls: emptyMap(),
});

/** Applies one verified entry. */
export function applyEntry(
  state: LedgerState,
  verified: VerifiedEntry,
  entry: Pick<LogEntry, "index" | "time">,
  ledger: Hex32,
  genesis: Genesis,
): { readonly state: LedgerState; readonly outcome: EntryOutcome } {
  if (!verified.valid) return { state, outcome: { kind: "invalid", code: verified.code } };
  const { id, bodyHash, signed, signer } = verified;
  const { index, time } = entry;
  const earlier = findCall(state, id);
  if (earlier !== undefined) {
    const outcome: EntryOutcome =
      earlier.bodyHash === bodyHash
        ? { kind: "repeated", id }
        : { kind: "invalid", code: "EMRX_CALL_CONFLICT" };
    return { state, outcome };
  }
  const context = { ledger, genesis, signer, time };
  const result = applySignedCall(state.contracts, signed, context);
  const refused = "rejection" in result;
  const record: CallRecord = {
    index,
    time,
    bodyHash,
    ...(refused ? { rejection: result.rejection } : {}),
  };
  const calls = mapSet(state.calls, id, record);
  return refused
    ? {
        state: { ...state, calls },
        outcome: { kind: "rejected", id, rejection: result.rejection },
      }
    : {
        state: { ...state, contracts: result.state, calls },
        outcome: { kind: "accepted", id, events: result.events },
      };
}

/** The result of replaying a log. */
export interface Replay {
  readonly genesis: Genesis;
  readonly checkpoint: Checkpoint;
  /** The state of the contracts after the last entry. */
  readonly state: ContractState;
  /** What became of each entry; the first is the genesis. */
  readonly outcomes: readonly EntryOutcome[];
  readonly tree: MerkleTree;
}

/** Entries whose signatures are verified at the same time. */
const BATCH = 256;

/**
 * Replays a log from its genesis: verifies every signature, runs every call through the contracts and rebuilds the tree.
 * Trusts nothing but the entries.
 *
 * @param entries all entries from index 0 on, in order
 * @param options `verify`: another signature check than `verifySignature`
 * @returns state, checkpoint and the outcome of every entry
 * @throws LedgerError `EMRX_GENESIS` if the first entry is not a genesis, `EMRX_DAMAGED` if indices do not follow on or
 * time goes back
 * @example
 * ```ts
 * import { createGenesis, memoryLedger } from "@emrx/chain-adapter";
 * import { replayEntries } from "@emrx/chain-adapter/ledger";
 *
 * const ledger = await memoryLedger({ genesis: createGenesis({ name: "trial" }) });
 * (await replayEntries(ledger.entries())).outcomes; // => [{ kind: "genesis" }]
 * ```
 */
export async function replayEntries(
  entries: AsyncIterable<LogEntry> | Iterable<LogEntry>,
  options: { readonly verify?: VerifySignature } = {},
): Promise<Replay> {
  const verify = options.verify ?? verifySignature;
  const tree = new MerkleTree();
  const outcomes: EntryOutcome[] = [];
  let state: LedgerState | undefined;
  let founded: { readonly genesis: Genesis; readonly id: Hex32 } | undefined;
  let time = 0;
  let waiting: LogEntry[] = [];
  const apply = async (): Promise<void> => {
    const batch = waiting;
    waiting = [];
    if (founded === undefined || state === undefined) return;
    const { genesis, id } = founded;
    const calls = await Promise.all(batch.map(({ bytes }) => verifyEntry(bytes, id, verify)));
    for (const [i, entry] of batch.entries()) {
      const applied = applyEntry(state, calls[i] as VerifiedEntry, entry, id, genesis);
      state = applied.state;
      outcomes.push(applied.outcome);
    }
  };
  for await (const entry of entries) {
    if (entry.index !== tree.size || entry.time < time) {
      throw new LedgerError(
        "EMRX_DAMAGED",
        `entry ${tree.size} expected at ${time} or later; got entry ${entry.index} of ${entry.time}.`,
        { details: { index: tree.size } },
      );
    }
    time = entry.time;
    tree.append(entryLeafHash(entry));
    if (founded === undefined) {
      const genesis = decodeGenesis(entry.bytes);
      founded = { genesis, id: ledgerId(genesis) };
      state = emptyLedgerState();
      outcomes.push({ kind: "genesis" });
    } else {
      waiting.push(entry);
      if (waiting.length === BATCH) await apply();
    }
  }
  await apply();
  if (founded === undefined || state === undefined) {
    throw new LedgerError("EMRX_GENESIS", "the log has no entries");
  }
  const checkpoint = { ledger: founded.id, size: tree.size, root: toHex(tree.root()), time };
  return { genesis: founded.genesis, checkpoint, state: state.contracts, outcomes, tree };
}

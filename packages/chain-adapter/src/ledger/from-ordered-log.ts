// A complete ledger over any log that keeps records in one order: it submits signed calls as records, reads the
// records back in their order and runs them through the contracts. What the log orders decides, not who was first here.
import type { Hex32 } from "../codec/fields.js";
import { encodeGenesis, type Genesis, ledgerId } from "../codec/genesis.js";
import type { Answer, Query } from "../codec/queries.js";
import {
  type CallId,
  encodeSignedCall,
  type SignedCall,
  type VerifySignature,
} from "../codec/signed-call.js";
import { answer } from "../contracts/view.js";
import { LedgerError } from "../errors.js";
import { verifySignature } from "../identity/ed25519.js";
import { withSignal } from "./abort.js";
import { checkCall, MAX_CALL_BYTES } from "./check-call.js";
import { fingerprint, type VerifiedEntry, verifyEntry } from "./entry.js";
import { streamEvents } from "./event-stream.js";
import { Follower } from "./follower.js";
import type { OrderedLog } from "./ordered-log.js";
import { PendingCalls } from "./pending-calls.js";
import type {
  ChainAdapter,
  Checkpoint,
  ConsistencyProof,
  Cursor,
  EventBatch,
  InclusionProof,
  LogEntry,
  Manifest,
  Outcome,
  Receipt,
  Status,
  WaitOptions,
} from "./port.js";
import type { EntryOutcome } from "./replay.js";
import { type Past, Replica } from "./replica.js";

/** Settings of `fromOrderedLog`. */
export interface OrderedLogOptions {
  /** Founds the ledger if the log is empty; otherwise the log's own genesis must equal it. */
  readonly genesis?: Genesis;
  /** Another signature check than Ed25519. */
  readonly verify?: VerifySignature;
}

const MAX_BATCH = 10_000;

/**
 * Makes a complete ledger over a log: the four contracts, idempotent submission, events, proofs.
 *
 * @param log any log that keeps records in one order; the ledger closes it when it is closed
 * @param options `genesis` for an empty log
 * @returns the ledger, with everything in the log replayed
 * @throws LedgerError `EMRX_GENESIS` if the log is empty and no genesis is given, or its genesis is another
 * @example
 * ```ts
 * import { createGenesis, fromOrderedLog } from "@emrx/chain-adapter";
 * import { memoryLog } from "@emrx/chain-adapter/ledger";
 *
 * const ledger = await fromOrderedLog(memoryLog(), { genesis: createGenesis({ name: "trial" }) });
 * (await ledger.checkpoint()).size; // => 1
 * ```
 */
export function fromOrderedLog(
  log: OrderedLog,
  options: OrderedLogOptions = {},
): Promise<ChainAdapter> {
  return resumeLedger(log, options);
}

/** How a ledger goes on from a snapshot, and who is told of what it has read. */
export interface Resumption {
  /** The entries before the snapshot, which are not read again. */
  readonly past?: Past;
  /** Called after entries were taken in. */
  readonly onRead?: (replica: Replica) => void;
}

/** `fromOrderedLog`, for logs that keep snapshots. */
export async function resumeLedger(
  log: OrderedLog,
  options: OrderedLogOptions,
  { past, onRead }: Resumption = {},
): Promise<ChainAdapter> {
  if ((await log.size()) === 0) {
    if (options.genesis === undefined) {
      throw new LedgerError(
        "EMRX_GENESIS",
        "the log is empty: give options.genesis to found a ledger",
      );
    }
    await log.append([encodeGenesis(options.genesis)]);
  }
  let first: LogEntry | undefined;
  for await (const entry of log.read(0, 1)) first = entry;
  if (first === undefined) throw new LedgerError("EMRX_GENESIS", "the log has no first entry");
  const replica = new Replica(first, log.finalityDepth, past);
  if (options.genesis !== undefined && ledgerId(options.genesis) !== replica.id) {
    throw new LedgerError(
      "EMRX_GENESIS",
      `the log belongs to ledger ${replica.id} ("${replica.genesis.name}"), not to ${ledgerId(options.genesis)}.`,
    );
  }
  const ledger = new OrderedLogLedger(log, replica, options.verify ?? verifySignature, onRead);
  await ledger.start();
  return ledger;
}

class OrderedLogLedger implements ChainAdapter {
  readonly manifest: Manifest;
  readonly genesis: Genesis;
  readonly id: Hex32;
  readonly #log: OrderedLog;
  readonly #replica: Replica;
  readonly #verify: VerifySignature;
  readonly #follower: Follower;
  readonly #pending = new PendingCalls();
  /** Calls that were included and then taken back. */
  readonly #dropped = new Set<CallId>();
  /** Own records on their way, whose signatures need no second check. */
  readonly #own = new Map<string, VerifiedEntry>();
  readonly #listeners = new Set<() => void>();
  #closed = false;

  constructor(
    log: OrderedLog,
    replica: Replica,
    verify: VerifySignature,
    onRead?: (replica: Replica) => void,
  ) {
    if (onRead !== undefined) this.#listeners.add(() => onRead(replica));
    this.#log = log;
    this.#replica = replica;
    this.#verify = verify;
    this.#follower = new Follower(log, replica, {
      verify: (bytes) => this.#verifyEntry(bytes),
      added: (call, outcome) => this.#onAdded(call, outcome),
      removed: (outcome) => this.#onRemoved(outcome),
      failed: (error) => this.#pending.fail(error),
      changed: () => this.#notify(),
    });
    this.genesis = replica.genesis;
    this.id = replica.id;
    const depth = log.finalityDepth;
    this.manifest = {
      name: log.name,
      finality: depth === 0 ? { kind: "immediate" } : { kind: "depth", depth },
      batch: "per-item",
      limits: { maxCallBytes: MAX_CALL_BYTES, maxBatch: MAX_BATCH },
      supports: { entries: true, proofs: true, reorgs: depth > 0, durable: log.durable },
    };
  }

  start(): Promise<void> {
    return this.#follower.start();
  }

  async submit(call: SignedCall, options: WaitOptions = {}): Promise<Receipt> {
    const [outcome] = await this.submitBatch([call], options);
    if (outcome?.accepted !== true) throw outcome?.error;
    return outcome.receipt;
  }

  async submitBatch(
    calls: readonly SignedCall[],
    options: WaitOptions = {},
  ): Promise<readonly Outcome[]> {
    this.#requireOpen();
    if (calls.length > MAX_BATCH) {
      throw new LedgerError(
        "EMRX_ENTRY_TOO_LARGE",
        `a batch has at most ${MAX_BATCH} calls, not ${calls.length}`,
      );
    }
    const checked = await Promise.all(
      calls.map((call) =>
        checkCall(call, this.id, this.#replica.state.contracts.rules, this.#verify),
      ),
    );
    this.#requireOpen();
    const records: Uint8Array[] = [];
    const added: CallId[] = [];
    const names: string[] = [];
    const outcomes = checked.map((item): Promise<Outcome> | Outcome => {
      if (item instanceof LedgerError) return { accepted: false, error: item };
      const { id, bodyHash } = item;
      const earlier = this.#known(id, bodyHash);
      if (earlier !== undefined) return earlier;
      const bytes = encodeSignedCall(item.signed);
      const name = fingerprint(bytes);
      names.push(name);
      this.#own.set(name, item);
      records.push(bytes);
      added.push(id);
      return this.#pending.add(id, bodyHash);
    });
    if (records.length > 0) {
      this.#log.append(records).then(
        () => this.#follower.poll(),
        (cause) => {
          for (const name of names) this.#own.delete(name);
          this.#pending.fail(cause, added);
        },
      );
    }
    return withSignal(Promise.all(outcomes), options.signal);
  }

  async status(id: CallId): Promise<Status> {
    const record = this.#replica.call(id);
    if (record === undefined) {
      if (this.#pending.get(id) !== undefined) return { state: "pending" };
      return { state: this.#dropped.has(id) ? "dropped" : "unknown" };
    }
    if (record.rejection !== undefined) {
      return { state: "rejected", index: record.index, rejection: record.rejection };
    }
    const final = record.index + this.#log.finalityDepth < this.#replica.size;
    return { state: final ? "final" : "included", receipt: this.#receipt(id, record.index) };
  }

  async view<Q extends Query>(query: Q): Promise<Answer<Q>> {
    this.#requireOpen();
    return answer(this.#replica.state.contracts, query, this.#replica.time);
  }

  events(from?: Cursor, options: WaitOptions = {}): AsyncIterable<EventBatch> {
    return streamEvents(
      {
        replica: this.#replica,
        depth: this.#log.finalityDepth,
        closed: () => this.#closed,
        failure: () => this.#follower.damage,
        onChange: (listener) => {
          this.#listeners.add(listener);
          return () => this.#listeners.delete(listener);
        },
      },
      from,
      options.signal,
    );
  }

  async checkpoint(): Promise<Checkpoint> {
    this.#requireOpen();
    return this.#replica.checkpoint();
  }

  entries(from = 0, to: number = this.#replica.size): AsyncIterable<LogEntry> {
    this.#requireOpen();
    return this.#log.read(from, Math.min(to, this.#replica.size));
  }

  async prove(id: CallId, size?: number): Promise<InclusionProof> {
    const record = this.#replica.call(id);
    if (record === undefined) {
      throw new LedgerError("EMRX_UNKNOWN_CALL", `no call with id ${id} is in the log`);
    }
    return this.proveEntry(record.index, size);
  }

  async proveEntry(index: number, size: number = this.#replica.size): Promise<InclusionProof> {
    this.#requireOpen();
    const checkpoint = this.#replica.checkpoint(size);
    if (!Number.isSafeInteger(index) || index < 0 || index >= size) {
      throw new LedgerError("EMRX_LOG_RANGE", `index must be from 0 to ${size - 1}; got ${index}.`);
    }
    const path = this.#replica.tree.inclusionProof(index, size);
    for await (const entry of this.#log.read(index, index + 1)) return { entry, checkpoint, path };
    throw new LedgerError("EMRX_LOG_RANGE", `the log has no entry ${index}`);
  }

  async proveConsistency(
    first: number,
    second: number = this.#replica.size,
  ): Promise<ConsistencyProof> {
    this.#requireOpen();
    const [earlier, later] = [this.#replica.checkpoint(first), this.#replica.checkpoint(second)];
    if (first > second) {
      throw new LedgerError("EMRX_LOG_RANGE", `first is ${first}, above second, ${second}.`);
    }
    return {
      first: earlier,
      second: later,
      path: this.#replica.tree.consistencyProof(first, second),
    };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    // What was submitted is still carried out; only then is the log closed.
    await this.#pending.idle();
    await this.#follower.stop();
    await this.#log.close();
    this.#notify();
  }

  #requireOpen(): void {
    if (this.#follower.damage !== undefined) throw this.#follower.damage;
    if (this.#closed) throw new LedgerError("EMRX_CLOSED", "the ledger is closed");
  }

  /** The outcome of a call that is in the log or on its way already. */
  #known(id: CallId, bodyHash: Hex32): Promise<Outcome> | Outcome | undefined {
    const record = this.#replica.call(id);
    const pending = this.#pending.get(id);
    if (record === undefined && pending === undefined) return undefined;
    if ((record ?? pending)?.bodyHash !== bodyHash) return conflict(id);
    return record === undefined ? pending?.outcome : this.#outcome(id, record.index);
  }

  #receipt(id: CallId, index: number): Receipt {
    const outcome = this.#replica.outcome(index);
    const events = outcome?.kind === "accepted" ? outcome.events : [];
    return { id, index, time: this.#replica.timeOf(index), events };
  }

  #outcome(id: CallId, index: number): Outcome {
    const outcome = this.#replica.outcome(index);
    if (outcome?.kind !== "rejected") return { accepted: true, receipt: this.#receipt(id, index) };
    const { code, message, details } = outcome.rejection;
    return {
      accepted: false,
      error: new LedgerError(code, message, { details: { ...details, index } }),
    };
  }

  #verifyEntry(bytes: Uint8Array): VerifiedEntry | Promise<VerifiedEntry> {
    const name = this.#own.size === 0 ? "" : fingerprint(bytes);
    const own = this.#own.get(name);
    this.#own.delete(name);
    return own ?? verifyEntry(bytes, this.id, this.#verify);
  }

  /** Tells whoever waits for a call what the log made of it. */
  #onAdded(call: VerifiedEntry, outcome: EntryOutcome): void {
    if (!call.valid) return;
    const { id } = call;
    this.#dropped.delete(id);
    const [record, pending] = [this.#replica.call(id), this.#pending.get(id)];
    if (record !== undefined && pending !== undefined) {
      const mine = record.bodyHash === pending.bodyHash;
      this.#pending.settle(id, mine ? this.#outcome(id, record.index) : conflict(id));
    }
    // A reorganization may have taken back the rules under which it was submitted.
    if (outcome.kind === "invalid") {
      this.#pending.fail(new LedgerError(outcome.code, "the call is none under these rules"), [id]);
    }
  }

  #onRemoved(outcome: EntryOutcome): void {
    if (outcome.kind === "accepted" || outcome.kind === "rejected") this.#dropped.add(outcome.id);
  }

  #notify(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

function conflict(id: CallId): Outcome {
  const message = `another call has the id ${id}: give every new call a key of its own`;
  return { accepted: false, error: new LedgerError("EMRX_CALL_CONFLICT", message) };
}

// A ledger over a checked log: what is submitted goes into the log, and what the log holds is answered from a replica of it.
import { equalBytes } from "@emrx/internal/bytes";
import { integer } from "@emrx/internal/shape";
import type { Hex32 } from "../codec/fields.js";
import type { Genesis } from "../codec/genesis.js";
import type { Answer, Query } from "../codec/queries.js";
import type { CallId, SignedCall, VerifySignature } from "../codec/signed-call.js";
import { answer } from "../contracts/view.js";
import { check } from "../errors/check.js";
import { LedgerError } from "../errors.js";
import { withSignal } from "./abort.js";
import { requireCallId, requireList, requireWait } from "./arguments.js";
import { type CheckedCall, checkCall } from "./check-call.js";
import { type CheckedLog, logFault } from "./checked-log.js";
import { entryLeafHash, MAX_CALL_BYTES, type VerifiedEntry, verifyEntry } from "./entry.js";
import { streamEvents } from "./event-stream.js";
import { Follower } from "./follower.js";
import type { LogLimits } from "./ordered-log.js";
import { OwnCalls } from "./own-calls.js";
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
import type { Past, Replica } from "./replica.js";
import { requireRange } from "./require.js";

/** Most calls of a batch. */
const MAX_BATCH = 10_000;

/** How a ledger was opened. */
export interface LedgerOpening {
  /** Entries whose outcome was taken from the snapshot; 0 if every call was verified and run again. */
  readonly fromSnapshot: number;
  /** Entries whose signatures were verified and which were run through the contracts. */
  readonly replayed: number;
  /** Why the snapshot that is there was not used. */
  readonly snapshotIgnored?: string;
}

/** A ledger over an ordered log. */
export interface OrderedLogLedger extends ChainAdapter {
  readonly opening: LedgerOpening;
}

/** How a ledger goes on from a snapshot, and who is told of what it has read. */
export interface Resumption {
  /** The entries before the snapshot, which are not run again. */
  readonly past?: Past;
  /** Why the snapshot that is there is not used. */
  readonly ignored?: string;
  /** Called after entries were taken in. */
  readonly onRead?: (replica: Replica) => void;
  /** Resolves when nothing is being saved. */
  readonly idle?: () => Promise<void>;
}

/** The ledger. It answers nothing before `start` has read the log. */
export class LogLedger implements OrderedLogLedger {
  readonly manifest: Manifest;
  readonly genesis: Genesis;
  readonly id: Hex32;
  readonly #log: CheckedLog;
  readonly #replica: Replica;
  readonly #verify: VerifySignature;
  readonly #follower: Follower;
  readonly #pending = new PendingCalls();
  /** Calls that were included and then taken back. */
  readonly #dropped = new Set<CallId>();
  readonly #own = new OwnCalls();
  readonly #resumption: Resumption;
  #opening: LedgerOpening | undefined;
  readonly #listeners = new Set<() => void>();
  #closed = false;

  constructor(log: CheckedLog, replica: Replica, verify: VerifySignature, resumption: Resumption) {
    const { onRead } = resumption;
    if (onRead !== undefined) this.#listeners.add(() => onRead(replica));
    this.#resumption = resumption;
    this.#log = log;
    this.#replica = replica;
    this.#verify = verify;
    this.#follower = new Follower(log, replica, {
      verify: (entry) => this.#own.recognize(entry) ?? verifyEntry(entry.bytes, this.id, verify),
      added: (call) => this.#onAdded(call),
      removed: (outcome) => this.#onRemoved(outcome),
      failed: (error) => this.#pending.fail(error),
      changed: () => this.#notify(),
      caughtUp: () => this.#compareOwn(true),
    });
    this.genesis = replica.genesis;
    this.id = replica.id;
    const { name, durable, limits, clock, finality } = log;
    this.manifest = {
      name,
      finality: finality.kind === "immediate" ? finality : { kind: "delayed", rule: finality.rule },
      clock,
      batch: "per-item",
      limits: {
        maxCallBytes: Math.min(MAX_CALL_BYTES, limits.recordBytes),
        maxBatch: MAX_BATCH,
      },
      supports: { entries: true, proofs: true, reorgs: finality.kind === "delayed", durable },
    };
  }

  async start(): Promise<void> {
    await this.#follower.start();
    const { past, ignored } = this.#resumption;
    const fromSnapshot = past?.size ?? 0;
    this.#opening = {
      fromSnapshot,
      replayed: this.#replica.size - fromSnapshot,
      ...(ignored === undefined ? {} : { snapshotIgnored: ignored }),
    };
  }

  get opening(): LedgerOpening {
    return this.#opening as LedgerOpening;
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
    const { signal } = requireWait(options);
    requireList(calls);
    if (calls.length > MAX_BATCH) {
      throw new LedgerError(
        "EMRX_ENTRY_TOO_LARGE",
        `a batch has at most ${MAX_BATCH} calls, not ${calls.length}`,
      );
    }
    const terms = {
      ledger: this.id,
      longest: this.manifest.limits.maxCallBytes,
      verify: this.#verify,
    };
    const checked = await Promise.all(calls.map((call) => checkCall(call, terms)));
    this.#requireOpen();
    const added: CheckedCall[] = [];
    const outcomes = checked.map((item): Promise<Outcome> | Outcome => {
      if (item instanceof LedgerError) return { accepted: false, error: item };
      const { id, bodyHash } = item.verified;
      const earlier = this.#known(id, bodyHash);
      if (earlier !== undefined) return earlier;
      added.push(item);
      return this.#pending.add(id, bodyHash);
    });
    void this.#append(added);
    return withSignal(Promise.all(outcomes), signal);
  }

  /** Appends calls, as many at a time as the log takes. */
  async #append(calls: readonly CheckedCall[]): Promise<void> {
    for (const call of calls) this.#own.add(call);
    let from = 0;
    try {
      while (from < calls.length) {
        const part = calls.slice(from, partEnd(calls, from, this.#log.limits));
        const index = await this.#log.append(part.map(({ bytes }) => bytes));
        for (const [i, { verified }] of part.entries()) {
          this.#own.acknowledged(verified.id, index + i);
        }
        from += part.length;
        // What was read before it was acknowledged is known now; the rest is to be read.
        this.#compareOwn(false);
        if (part.some(({ verified }) => this.#own.has(verified.id))) this.#follower.poll();
      }
    } catch (error) {
      const failed = error as LedgerError;
      const rest = calls.slice(from).map(({ verified }) => verified.id);
      for (const id of rest) this.#own.forget(id);
      this.#pending.fail(failed, rest);
      if (failed.code === "EMRX_LOG_FAULT") this.#follower.fail(failed);
      // It may have been appended all the same.
      else this.#follower.poll();
    }
  }

  /** Compares where own calls stand with where the log said that it put them, and tells whoever waits for them. */
  #compareOwn(all: boolean): void {
    const { size } = this.#replica;
    for (const { id, index, there } of this.#own.compare(size, all)) {
      if (there) {
        this.#tellPending(id);
        continue;
      }
      const problem = `acknowledged a record as entry ${index}, and ${index < size ? "holds another there" : `has ${size} entries`}`;
      if (this.#log.finality.kind === "immediate") {
        const { message } = logFault(this.#log.name, problem, index);
        this.#follower.fail(new LedgerError("EMRX_ROLLED_BACK", message, { details: { index } }));
        return;
      }
      const message = `the log ${problem}: it was reorganized before the call could be read; submit it again`;
      this.#pending.fail(new LedgerError("EMRX_STORAGE", message, { details: { index } }), [id]);
    }
  }

  async status(id: CallId): Promise<Status> {
    this.#requireOpen();
    requireCallId(id);
    const record = this.#replica.call(id);
    if (record === undefined) {
      if (this.#pending.get(id) !== undefined) return { state: "pending" };
      return { state: this.#dropped.has(id) ? "dropped" : "unknown" };
    }
    if (record.rejection !== undefined) {
      return { state: "rejected", index: record.index, rejection: record.rejection };
    }
    const final = record.index < this.#replica.final;
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
        closed: () => this.#closed,
        failure: () => this.#follower.damage,
        onChange: (listener) => {
          this.#listeners.add(listener);
          return () => this.#listeners.delete(listener);
        },
      },
      from,
      options,
    );
  }

  async checkpoint(): Promise<Checkpoint> {
    this.#requireOpen();
    return this.#replica.checkpoint();
  }

  async *entries(
    from = 0,
    to: number = this.#replica.size,
  ): AsyncGenerator<LogEntry, void, undefined> {
    this.#requireOpen();
    check(integer(0), to, "to", "EMRX_LOG_RANGE");
    const end = Math.min(to, this.#replica.size);
    requireRange(from, end, this.#replica.size);
    for (let at = from; at < end; ) {
      const entries = await this.#log.read(at, Math.min(end, at + 512));
      for (const entry of entries) this.#requireKnown(entry);
      yield* entries;
      at += entries.length;
    }
  }

  async prove(id: CallId, size?: number): Promise<InclusionProof> {
    this.#requireOpen();
    requireCallId(id);
    const record = this.#replica.call(id);
    if (record === undefined) {
      throw new LedgerError("EMRX_UNKNOWN_CALL", `no call with id ${id} is in the log`);
    }
    return this.proveEntry(record.index, size);
  }

  async proveEntry(index: number, size: number = this.#replica.size): Promise<InclusionProof> {
    this.#requireOpen();
    const checkpoint = this.#replica.checkpoint(size);
    check(integer(0, size - 1), index, "index", "EMRX_LOG_RANGE");
    const path = this.#replica.tree.inclusionProof(index, size);
    const [entry] = (await this.#log.read(index, index + 1)) as [LogEntry];
    this.#requireKnown(entry);
    return { entry, checkpoint, path };
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
    await this.#resumption.idle?.();
    await this.#log.close();
    this.#notify();
  }

  /** Throws unless an entry is still the one that was taken in. */
  #requireKnown(entry: LogEntry): void {
    const { tree, size, final } = this.#replica;
    const { index } = entry;
    if (index < size && equalBytes(tree.leaf(index), entryLeafHash(entry))) return;
    if (index < final) {
      const problem = `has another entry ${index} now than it had when it was final`;
      const { message } = logFault(this.#log.name, problem, index);
      const error = new LedgerError("EMRX_ROLLED_BACK", message, { details: { index } });
      this.#follower.fail(error);
      throw error;
    }
    this.#follower.poll(index);
    const message = `entry ${index} was replaced by a reorganization while it was read; ask again`;
    throw new LedgerError("EMRX_LOG_RANGE", message, { details: { index } });
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

  #onAdded(call: VerifiedEntry): void {
    if (!call.valid) return;
    const { id } = call;
    this.#dropped.delete(id);
    if (!this.#own.has(id)) this.#tellPending(id);
  }

  /** Tells whoever waits for a call what the log made of it. */
  #tellPending(id: CallId): void {
    const [record, pending] = [this.#replica.call(id), this.#pending.get(id)];
    if (record === undefined || pending === undefined) return;
    const mine = record.bodyHash === pending.bodyHash;
    this.#pending.settle(id, mine ? this.#outcome(id, record.index) : conflict(id));
  }

  #onRemoved(outcome: EntryOutcome): void {
    if (outcome.kind === "accepted" || outcome.kind === "rejected") this.#dropped.add(outcome.id);
  }

  #notify(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

/** Where the part ends that begins at `from`: as much as the log takes in one append. */
function partEnd(calls: readonly CheckedCall[], from: number, limits: LogLimits): number {
  let bytes = 0;
  let end = from;
  while (end < calls.length && end - from < limits.appendRecords) {
    bytes += (calls[end] as CheckedCall).bytes.length;
    if (end > from && bytes > limits.appendBytes) break;
    end++;
  }
  return end;
}

function conflict(id: CallId): Outcome {
  const message = `another call has the id ${id}: give every new call a key of its own`;
  return { accepted: false, error: new LedgerError("EMRX_CALL_CONFLICT", message) };
}

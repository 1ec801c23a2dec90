// Follows a log: reads what was added, runs it through the contracts, and takes back what a fork replaced. Every reading
// begins with an entry that is known already: if it is another now, the log was replaced before it, told or not.
import { equalBytes } from "@emrx/internal/bytes";
import { LedgerError } from "../errors.js";
import { type CheckedLog, logFault } from "./checked-log.js";
import { entryLeafHash, type VerifiedEntry } from "./entry.js";
import type { LogEntry } from "./port.js";
import type { EntryOutcome } from "./replay.js";
import type { Replica } from "./replica.js";

/** Entries read at a time. */
const CHUNK = 512;

/** How often a log may turn out to be reorganized while it is read up to one size. */
const MOST_FORKS = 10;

/** Lets timers and whoever else waits have their turn. */
const breath = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

/** Errors after which nothing that the log says can be trusted any more. */
const lasting: ReadonlySet<string> = new Set([
  "EMRX_DAMAGED",
  "EMRX_LOG_FAULT",
  "EMRX_ROLLED_BACK",
]);

/** Who is told of what a follower finds. */
export interface Followed {
  /** What an entry is: a call that counts, or why not. */
  verify(entry: LogEntry): VerifiedEntry | Promise<VerifiedEntry>;
  /** An entry was added to the log. */
  added(call: VerifiedEntry, outcome: EntryOutcome): void;
  /** An entry was removed by a reorganization. */
  removed(outcome: EntryOutcome): void;
  /** The log could not be read. */
  failed(error: LedgerError): void;
  /** Something of this happened. */
  changed(): void;
  /** All was read that was there when the log was last asked. */
  caughtUp(): void;
}

/** Keeps a replica as its log is. */
export class Follower {
  readonly #log: CheckedLog;
  readonly #replica: Replica;
  readonly #tell: Followed;
  #unsubscribe: () => void = () => {};
  /** Whether the log changed since its size was last asked for. */
  #behind = false;
  /** Lowest index that was replaced in the log and not yet read again. */
  #stale = Number.POSITIVE_INFINITY;
  #reading: Promise<void> | undefined;
  #damage: LedgerError | undefined;
  /** Most entries that the log ever said are final. */
  #settled = 0;
  /** Why the log could not be read the last time. */
  #unread: LedgerError | undefined;

  constructor(log: CheckedLog, replica: Replica, tell: Followed) {
    this.#log = log;
    this.#replica = replica;
    this.#tell = tell;
  }

  /** Damage of the log: nothing that its replica says can be trusted any more. */
  get damage(): LedgerError | undefined {
    return this.#damage;
  }

  /** Reads all that is there; throws if that fails. */
  async start(): Promise<void> {
    this.#unsubscribe = this.#log.subscribe(
      (replacedFrom) => this.poll(replacedFrom),
      (error) => this.fail(error),
    );
    this.poll();
    await this.#reading;
    if (this.#unread !== undefined) throw this.#unread;
  }

  /** Reads to an end what is being read, and nothing after that. */
  async stop(): Promise<void> {
    this.#unsubscribe();
    await this.#reading;
  }

  /** Notes that the log changed, and sees to it that it is read. */
  poll(replacedFrom: number = Number.POSITIVE_INFINITY): void {
    if (this.#damage !== undefined) return;
    this.#behind = true;
    this.#stale = Math.min(this.#stale, replacedFrom);
    this.#reading ??= this.#catchUp();
  }

  /** Notes that the log did what no log may do. */
  fail(error: LedgerError): void {
    if (lasting.has(error.code)) this.#damage ??= error;
    this.#unread = error;
    this.#tell.failed(error);
    this.#tell.changed();
  }

  async #catchUp(): Promise<void> {
    await Promise.resolve(); // not before the promise of this is noted
    try {
      for (let round = 0; this.#behind && this.#damage === undefined; round++) {
        if (round > 0) await breath();
        await this.#read();
      }
      if (this.#damage === undefined) {
        this.#unread = undefined;
        this.#tell.caughtUp();
      }
    } catch (cause) {
      // Damage stays; a log that could not be reached is read again at the next change or submission.
      this.fail(asLedgerError(cause));
    }
    // In the same turn as the last look at what is behind, so that no change falls between the two.
    this.#reading = undefined;
    this.#tell.changed();
  }

  async #read(): Promise<void> {
    this.#behind = false;
    if (this.#stale < this.#replica.size) this.#takeBack(this.#stale);
    this.#stale = Number.POSITIVE_INFINITY;
    // In this order: what is final now is there when the size is asked.
    const final = await this.#log.finalized();
    const size = await this.#log.size();
    const settled = final ?? size;
    if (settled > size)
      throw logFault(this.#log.name, `says ${settled} of ${size} entries are final`);
    const known = Math.max(this.#settled, this.#replica.final);
    if (size < known) throw rolledBack(`the log has ${size} entries; ${known} were final`, size);
    if (settled < this.#settled) {
      const problem = `said that ${this.#settled} entries are final, and now says ${settled}`;
      throw logFault(this.#log.name, problem);
    }
    this.#settled = settled;
    if (size < this.#replica.size) await this.#takeBackTo(size);
    for (let chunk = 0, forks = 0; this.#replica.size < size && !this.#reorganized(); chunk++) {
      if (chunk > 0) await breath();
      const before = this.#replica.size;
      try {
        await this.#take(this.#replica.size, size, settled);
      } catch (error) {
        // The log may have become shorter under our hands; then it is read anew.
        if (!this.#reorganized()) throw error;
      }
      if (this.#replica.size < before && ++forks > MOST_FORKS) {
        throw logFault(
          this.#log.name,
          `gives other entries before ${before} each time it is read`,
          before,
        );
      }
    }
    this.#replica.finalize(settled);
  }

  #reorganized(): boolean {
    return this.#stale !== Number.POSITIVE_INFINITY;
  }

  /** Reads, verifies and applies a few entries. */
  async #take(from: number, size: number, settled: number): Promise<void> {
    const known = from - 1;
    const [overlap, ...entries] = await this.#log.read(known, Math.min(from + CHUNK, size));
    if (this.#reorganized()) return;
    if (!this.#isKnown(overlap as LogEntry)) return this.#takeBackTo(known);
    const calls = await Promise.all(entries.map((entry) => this.#tell.verify(entry)));
    if (this.#reorganized()) return;
    for (const [i, entry] of entries.entries()) {
      const call = calls[i] as VerifiedEntry;
      this.#tell.added(call, this.#replica.add(entry, call));
    }
    this.#replica.finalize(settled);
    this.#tell.changed();
    // A long entry may have come without the one after it.
    if (entries.length === 0) await this.#takeLong(from, settled);
  }

  /** Takes one entry that is too long to be read with the one before it, which was compared just now. */
  async #takeLong(index: number, settled: number): Promise<void> {
    const [entry] = (await this.#log.read(index, index + 1)) as [LogEntry];
    if (entry.time < this.#replica.time) {
      throw logFault(this.#log.name, `goes back in time with entry ${index}`, index);
    }
    const call = await this.#tell.verify(entry);
    if (this.#reorganized()) return;
    this.#tell.added(call, this.#replica.add(entry, call));
    this.#replica.finalize(settled);
    this.#tell.changed();
  }

  /** Whether an entry is the one that the replica took in at its place. */
  #isKnown(entry: LogEntry): boolean {
    return equalBytes(entryLeafHash(entry), this.#replica.tree.leaf(entry.index));
  }

  /** The log has other entries from somewhere below `limit` on: finds where, and takes ours back from there. */
  async #takeBackTo(limit: number): Promise<void> {
    const isKnown = async (size: number): Promise<boolean> => {
      const [entry] = await this.#log.read(size - 1, size);
      return this.#isKnown(entry as LogEntry);
    };
    // What is final must be as it was. Beyond it, entries agree up to the fork and differ after it.
    let [same, other] = [this.#replica.final, limit + 1];
    if (same > limit || !(await isKnown(same))) {
      const problem = `the log has other entries before entry ${same} than it had, and those were final`;
      throw rolledBack(problem, same);
    }
    while (other - same > 1) {
      const middle = Math.floor((same + other) / 2);
      if (await isKnown(middle)) same = middle;
      else other = middle;
    }
    this.#takeBack(same);
  }

  #takeBack(size: number): void {
    if (size < this.#replica.final) {
      const problem = `the log replaced its entries from ${size} on, and ${this.#replica.final} were final`;
      throw rolledBack(problem, size);
    }
    for (const outcome of this.#replica.rewind(size)) this.#tell.removed(outcome);
  }
}

function rolledBack(problem: string, index: number): LedgerError {
  const advice =
    "Something that was acknowledged is lost: an older copy was put in its place, or a failover lost its end. Compare with a checkpoint kept elsewhere";
  return new LedgerError("EMRX_ROLLED_BACK", `${problem}. ${advice}`, { details: { index } });
}

function asLedgerError(cause: unknown): LedgerError {
  if (cause instanceof LedgerError) return cause;
  const why = cause instanceof Error ? cause.message : String(cause);
  return new LedgerError("EMRX_STORAGE", `the log could not be read: ${why}`, { cause });
}

// Follows a log: reads what was added, runs it through the contracts, and takes back what a fork replaced.
import { LedgerError } from "../errors.js";
import type { VerifiedEntry } from "./entry.js";
import type { OrderedLog } from "./ordered-log.js";
import type { LogEntry } from "./port.js";
import type { EntryOutcome } from "./replay.js";
import type { Replica } from "./replica.js";

/** Entries read at a time. */
const CHUNK = 512;

/** Who is told of what a follower finds. */
export interface Followed {
  /** What an entry is: a call that counts, or why not. */
  verify(bytes: Uint8Array): VerifiedEntry | Promise<VerifiedEntry>;
  /** An entry was added to the log. */
  added(call: VerifiedEntry, outcome: EntryOutcome): void;
  /** An entry was removed by a reorganization. */
  removed(outcome: EntryOutcome): void;
  /** The log could not be read. */
  failed(error: unknown): void;
  /** Something of this happened. */
  changed(): void;
}

/** Keeps a replica as its log is. */
export class Follower {
  readonly #log: OrderedLog;
  readonly #replica: Replica;
  readonly #tell: Followed;
  #unsubscribe: () => void = () => {};
  /** Whether the log changed since its size was last asked for. */
  #behind = false;
  /** Lowest index that was replaced in the log and not yet read again. */
  #stale = Number.POSITIVE_INFINITY;
  #reading: Promise<void> | undefined;
  #damage: unknown;
  /** Why the log could not be read the last time. */
  #unread: unknown;

  constructor(log: OrderedLog, replica: Replica, tell: Followed) {
    this.#log = log;
    this.#replica = replica;
    this.#tell = tell;
  }

  /** Damage of the log: nothing that its replica says can be trusted any more. */
  get damage(): unknown {
    return this.#damage;
  }

  /** Reads all that is there; throws if that fails. */
  async start(): Promise<void> {
    this.#unsubscribe = this.#log.subscribe(({ replacedFrom }) => this.poll(replacedFrom));
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
    this.#behind = true;
    this.#stale = Math.min(this.#stale, replacedFrom);
    this.#reading ??= this.#catchUp();
  }

  async #catchUp(): Promise<void> {
    await Promise.resolve(); // not before the promise of this is noted
    try {
      while (this.#behind) await this.#read();
    } catch (error) {
      // Damage stays; a log that could not be reached is read again at the next change or submission.
      if (error instanceof LedgerError && error.code === "EMRX_DAMAGED") this.#damage = error;
      this.#unread = error;
      this.#tell.failed(error);
    }
    // In the same turn as the last look at what is behind, so that no change falls between the two.
    this.#reading = undefined;
    this.#tell.changed();
  }

  async #read(): Promise<void> {
    this.#behind = false;
    if (this.#stale < this.#replica.size) {
      for (const outcome of this.#replica.rewind(this.#stale)) this.#tell.removed(outcome);
    }
    this.#stale = Number.POSITIVE_INFINITY;
    const reorganized = (): boolean => this.#stale !== Number.POSITIVE_INFINITY;
    const size = await this.#log.size();
    while (this.#replica.size < size && !reorganized()) {
      const from = this.#replica.size;
      try {
        await this.#take(from, Math.min(from + CHUNK, size));
      } catch (error) {
        // The log may have become shorter under our hands; then it is read anew.
        if (!reorganized()) throw error;
      }
    }
  }

  /** Reads, verifies and applies a few entries. */
  async #take(from: number, to: number): Promise<void> {
    const entries: LogEntry[] = [];
    for await (const entry of this.#log.read(from, to)) entries.push(entry);
    const calls = await Promise.all(entries.map(({ bytes }) => this.#tell.verify(bytes)));
    if (this.#stale < to) return; // reorganized while reading
    for (const [i, entry] of entries.entries()) {
      const call = calls[i] as VerifiedEntry;
      this.#tell.added(call, this.#replica.add(entry, call));
    }
    this.#tell.changed();
  }
}

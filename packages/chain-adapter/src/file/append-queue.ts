// Group commit: appends that come while the disk is at work wait together and share one write and one sync.
import type { LedgerError } from "../errors.js";

/** Records to be appended. */
export interface Append {
  /** As `layCommit` gave it: the records, all but time, CRC and hashes. */
  readonly data: Buffer;
  readonly count: number;
}

/** Whom to tell what became of an append. */
interface Waiting extends Append {
  readonly resolve: (index: number) => void;
  readonly reject: (error: LedgerError) => void;
}

/** What is done with the appends that came together. */
export interface Committing {
  /** Brings them to the disk; resolves with the index of the first record. */
  commit(batch: readonly Append[]): Promise<number>;
  /** Called when those who appended have been told. */
  committed(): Promise<void> | void;
  /** Called when either has thrown; gives the error for them and for all who wait. */
  failed(cause: unknown): LedgerError;
}

/** Appends on their way to the disk, in the order in which they came. */
export class AppendQueue {
  readonly #steps: Committing;
  #waiting: Waiting[] = [];
  #running: Promise<void> | undefined;

  constructor(steps: Committing) {
    this.#steps = steps;
  }

  /** Resolves with the index of the append's first record, when it is on the disk. */
  add(append: Append): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...append, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await this.#running;
  }

  /** Commits what waits, and what comes meanwhile, until nothing is left. */
  async #run(): Promise<void> {
    await Promise.resolve(); // appends made in the same turn go together
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        let index = await this.#steps.commit(batch);
        for (const { count, resolve } of batch) {
          resolve(index);
          index += count;
        }
        await this.#steps.committed();
      } catch (cause) {
        const error = this.#steps.failed(cause);
        for (const { reject } of [...batch, ...this.#waiting]) reject(error);
        this.#waiting = [];
      }
    }
    // In the same turn as the last look at what waits, so that no append falls between the two.
    this.#running = undefined;
  }
}

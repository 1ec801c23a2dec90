// Group commit: appends that come while another commit is under way wait together and are then committed together.
import type { LedgerError } from "../errors.js";

/** Whom to tell what became of an append. */
interface Waiting<Append> {
  readonly append: Append;
  readonly resolve: (index: number) => void;
  readonly reject: (error: LedgerError) => void;
}

/** What is done with the appends that came together. */
export interface Committing<Append> {
  /** Makes them durable; resolves with the index of the first record. */
  commit(batch: readonly Append[]): Promise<number>;
  /** Called with the index after their last record when those who appended have been told. */
  committed(end: number): Promise<void> | void;
  /** Called when either has thrown; gives the error for those of the batch. */
  failed(cause: unknown): LedgerError;
}

/** Appends on their way to where they last, in the order in which they came. */
export class AppendQueue<Append extends { readonly count: number }> {
  readonly #steps: Committing<Append>;
  #waiting: Waiting<Append>[] = [];
  #running: Promise<void> | undefined;

  constructor(steps: Committing<Append>) {
    this.#steps = steps;
  }

  /** Resolves with the index of the append's first record, when it is committed. */
  add(append: Append): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ append, resolve, reject });
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
        let index = await this.#steps.commit(batch.map(({ append }) => append));
        for (const { append, resolve } of batch) {
          resolve(index);
          index += append.count;
        }
        await this.#steps.committed(index);
      } catch (cause) {
        const error = this.#steps.failed(cause);
        for (const { reject } of batch) reject(error);
      }
    }
    // In the same turn as the last look at what waits, so that no append falls between the two.
    this.#running = undefined;
  }
}

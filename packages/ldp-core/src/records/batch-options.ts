// What randomizing a table needs besides the schema and the table.
import type { RandomSource } from "../random/source.js";
import type { Policy } from "../schema/policy.js";
import type { Store } from "../stores/store.js";

/** What `randomizeBatch` needs besides the schema and the table. */
export interface BatchOptions {
  /** The policies that occur, see `policyFor`. */
  readonly policies: readonly Policy[];
  /** For each row the index of its policy; all rows have the first unless given. */
  readonly policyOf?: ArrayLike<number>;
  /** For each row the person, as the site knows them. Budgets are kept under these names. */
  readonly subjects: readonly string[];
  /**
   * Where the schema's lower levels are `"derived"`: the level at which the records are released, see `Randomizer.release`; every
   * attribute's own unless given.
   */
  readonly level?: string;
  /** What may be spent on each person for life, over all records and schemas: a decimal. */
  readonly lifetimeBudget: string | number;
  /** Keeps what was spent and what was answered. */
  readonly memory: Store;
  /** The platform's generator unless given. A seeded source is for tests only. */
  readonly random?: RandomSource;
  /** Called now and then with the work done so far; an error it throws stops the batch. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Stops the batch; looked at whenever progress is reported, so `onProgress` may raise it. */
  readonly signal?: AbortSignal;
}

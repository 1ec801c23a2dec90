// What a benchmark is: a plain object that states its work. Packages keep theirs in packages/NAME/bench/*.ts,
// each file with a default export `readonly BenchEntry[]`; bench/entries.ts lists the files.

/** The limits of this machine that a figure can be compared with; every run measures all of them. */
export type BaselineName =
  | "limit/mix32"
  | "limit/csprng"
  | "limit/memory-write"
  | "limit/file-append";

/** One benchmark. `State` is whatever `setup` makes and `run` needs; making it is never timed. */
export interface BenchEntry<State = unknown> {
  /** `package/subject/operation/parameters`, where parameters are `key=number` joined by commas. */
  readonly name: string;
  /** What is counted, in the plural ("reports"), so that results read "reports/s"; or "s" for seconds a run. */
  readonly unit: string;
  /** How many units one run does, also where the unit is "s": it is what the ratio and the growth table count. */
  readonly work: number;
  /** The limit that the ratio refers to. */
  readonly baseline: BaselineName;
  /** "cpu" (the default): CPU time of the process, steady on a busy machine. "wall": for work that waits for a disk. */
  readonly clock?: "cpu" | "wall";
  /** Whatever the entry cannot do without (a data set, a server) it asks for here, and throws what is missing: the run says so. */
  setup?(): State | Promise<State>;
  run(state: State): unknown;
  teardown?(state: State): void | Promise<void>;
}

/** Keeps the type of `State` between `setup` and `run`, and forgets it in the list. */
export function benchEntry<State>(entry: BenchEntry<State>): BenchEntry {
  return entry as BenchEntry;
}

// Logs that lie: each lie has a name, and begins when it is armed. Underneath is an honest log in memory.
import type { LogChange, LogEntry, MemoryLog, OrderedLog } from "../../src/ledger.js";

/** What a ledger makes of a submission to a log that lies so. */
export type Expected =
  | "EMRX_LOG_FAULT"
  | "EMRX_ROLLED_BACK"
  | "EMRX_STORAGE"
  /** The lie does no harm. */
  | "accepted";

/** A lie. */
export interface Lie {
  readonly name: string;
  readonly expected: Expected;
  /** The log that lies from when it is armed. */
  tell(log: MemoryLog, armed: () => boolean): OrderedLog;
}

type Answers = Partial<OrderedLog>;
/** Whatever a log may give where something else belongs. */
const any = <T>(value: unknown): T => value as T;
const forever = <T>(): Promise<T> => new Promise(() => {});

const lie = (
  name: string,
  expected: Expected,
  answers: (log: MemoryLog, armed: () => boolean) => Answers,
): Lie => ({
  name,
  expected,
  tell(log, armed) {
    const lying = answers(log, armed);
    return {
      ...log,
      append: (records) => (armed() && lying.append ? lying.append(records) : log.append(records)),
      read: (from, to) => (armed() && lying.read ? lying.read(from, to) : log.read(from, to)),
      size: () => (armed() && lying.size ? lying.size() : log.size()),
      subscribe: lying.subscribe ?? ((listener) => log.subscribe(listener)),
      close: () => (armed() && lying.close ? lying.close() : log.close()),
      ...(lying.finality === undefined ? {} : { finality: lying.finality }),
      ...(lying.limits === undefined ? {} : { limits: lying.limits }),
    };
  },
});

/** A log whose reads are altered, entry by entry. */
const reads = (
  name: string,
  expected: Expected,
  alter: (entry: LogEntry, place: { from: number; to: number; size: number }) => unknown,
): Lie =>
  lie(name, expected, (log) => ({
    async *read(from, to) {
      const size = await log.size();
      for await (const entry of log.read(from, to)) {
        yield any<LogEntry>(alter(entry, { from, to, size }));
      }
    },
  }));
const last = (name: string, expected: Expected, alter: (entry: LogEntry) => unknown): Lie =>
  reads(name, expected, (entry, { size }) => (entry.index === size - 1 ? alter(entry) : entry));

const sizes: readonly Lie[] = [
  ["a text", "5"],
  ["NaN", Number.NaN],
  ["negative", -1],
  ["a fraction", 2.5],
  ["nothing", undefined],
  ["an object", {}],
].map(([what, value]) =>
  lie(`the size is ${what}`, "EMRX_LOG_FAULT", () => ({ size: async () => any<number>(value) })),
);

const indices: readonly Lie[] = [
  ["a text", "5"],
  ["NaN", Number.NaN],
  ["negative", -1],
  ["nothing", undefined],
].map(([what, value]) =>
  lie(`append gives ${what} for an index`, "EMRX_LOG_FAULT", (log) => ({
    async append(records) {
      await log.append(records);
      return any<number>(value);
    },
  })),
);

const times: readonly Lie[] = [
  ["a text", "5"],
  ["NaN", Number.NaN],
  ["missing", undefined],
  ["negative", -1],
  ["a fraction", 0.5],
  ["beyond whole numbers", 2 ** 53],
].map(([what, time]) =>
  last(`the time of an entry is ${what}`, "EMRX_LOG_FAULT", (entry) => ({ ...entry, time })),
);

const bytes: readonly Lie[] = [
  ["an ArrayBuffer", (given: Uint8Array) => given.slice().buffer],
  ["an array", (given: Uint8Array) => [...given]],
  ["a text", (given: Uint8Array) => new TextDecoder().decode(given)],
  ["a DataView", (given: Uint8Array) => new DataView(given.slice().buffer)],
  ["wider words", () => new Uint16Array(8)],
  ["missing", () => undefined],
  ["null", () => null],
].map(([what, alter]) =>
  last(`the bytes of an entry are ${String(what)}`, "EMRX_LOG_FAULT", (entry) => ({
    ...entry,
    bytes: (alter as (given: Uint8Array) => unknown)(entry.bytes),
  })),
);

const entries: readonly Lie[] = [
  ["null", null],
  ["undefined", undefined],
  ["a text", "entry"],
  ["an empty object", {}],
].map(([what, value]) => last(`an entry is ${what}`, "EMRX_LOG_FAULT", () => value));

const notices: readonly Lie[] = [
  ["null", null],
  ["a text", "changed"],
  ["of a replacement from nowhere", { size: 1, replacedFrom: -1 }],
  ["of a replacement from a text", { size: 1, replacedFrom: "1" }],
].map(([what, value]) =>
  lie(`a notice is ${what}`, "EMRX_LOG_FAULT", (log, armed) => ({
    subscribe: (listener) =>
      log.subscribe((change) => listener(armed() ? any<LogChange>(value) : change)),
  })),
);

/** Every lie that a log can tell once a ledger is open. */
export const lies: readonly Lie[] = [
  ...sizes,
  lie("the size is one more than there is, and reading gives nothing", "EMRX_LOG_FAULT", (log) => ({
    size: async () => (await log.size()) + 1,
    async *read() {},
  })),
  lie("the size is one less: the end is lost", "EMRX_ROLLED_BACK", (log) => ({
    size: async () => (await log.size()) - 1,
  })),
  lie("the size is nothing: all is lost", "EMRX_ROLLED_BACK", () => ({ size: async () => 0 })),
  lie("asked for the size, it throws a text", "EMRX_STORAGE", () => ({
    size: () => Promise.reject("no"),
  })),
  lie("asked for the size, it throws at once", "EMRX_STORAGE", () => ({
    size() {
      throw new TypeError("no");
    },
  })),
  lie("asked for the size, it never answers", "EMRX_STORAGE", () => ({ size: forever })),
  ...indices,
  lie("append gives the index after the one", "EMRX_ROLLED_BACK", (log) => ({
    append: async (records) => (await log.append(records)) + 1,
  })),
  lie("append gives the index before the one", "EMRX_ROLLED_BACK", (log) => ({
    append: async (records) => (await log.append(records)) - 1,
  })),
  lie("append acknowledges and writes nothing", "EMRX_ROLLED_BACK", (log) => ({
    append: () => log.size(),
  })),
  lie("append acknowledges and writes something else", "EMRX_ROLLED_BACK", (log) => ({
    append: (records) => log.append(records.map((record) => record.map((byte) => byte ^ 1))),
  })),
  lie("append cuts records off", "EMRX_ROLLED_BACK", (log) => ({
    append: (records) => log.append(records.map((record) => record.subarray(0, 100))),
  })),
  lie("append leaves out the first record", "EMRX_ROLLED_BACK", (log) => ({
    append: (records) => log.append(records.slice(1)),
  })),
  lie("append writes everything twice", "accepted", (log) => ({
    async append(records) {
      const index = await log.append(records);
      await log.append(records);
      return index;
    },
  })),
  lie("append writes rubbish before the records, and says so", "accepted", (log) => ({
    append: async (records) => {
      await log.append([new TextEncoder().encode("[".repeat(20_000))]);
      return log.append(records);
    },
  })),
  lie("append throws nothing that is an error", "EMRX_STORAGE", () => ({
    append: () => Promise.reject(undefined),
  })),
  lie("append never answers", "EMRX_STORAGE", () => ({ append: forever })),
  lie("read gives nothing", "EMRX_LOG_FAULT", () => ({ async *read() {} })),
  lie("read stops before the end", "EMRX_LOG_FAULT", (log) => ({
    async *read(from, to) {
      yield* log.read(from, Math.max(from, to - 1));
    },
  })),
  lie("read gives more than was asked for", "EMRX_LOG_FAULT", (log) => ({
    async *read(from, to) {
      yield* log.read(from, to);
      yield { index: to, time: 2 ** 50, bytes: new Uint8Array() };
    },
  })),
  lie("read never ends", "EMRX_LOG_FAULT", (log) => ({
    async *read(from, to) {
      yield* log.read(from, to);
      for (let index = to; ; index++) yield { index, time: 2 ** 50, bytes: new Uint8Array() };
    },
  })),
  lie("read never answers", "EMRX_STORAGE", () => ({
    read: () => ({ [Symbol.asyncIterator]: () => ({ next: forever }) }),
  })),
  lie("read gives nothing to iterate over", "EMRX_STORAGE", () => ({
    read: () => any<AsyncIterable<LogEntry>>(null),
  })),
  lie("read breaks off with a text", "EMRX_STORAGE", (log) => ({
    async *read(from, to) {
      yield* log.read(from, Math.max(from, to - 1));
      throw "broken";
    },
  })),
  ...entries,
  last("the index of an entry is the next one's", "EMRX_LOG_FAULT", (entry) => ({
    ...entry,
    index: entry.index + 1,
  })),
  last("the index of an entry is a text", "EMRX_LOG_FAULT", (entry) => ({
    ...entry,
    index: String(entry.index),
  })),
  last("an entry throws when it is looked at", "EMRX_LOG_FAULT", (entry) => ({
    index: entry.index,
    get time() {
      throw new Error("no");
    },
    bytes: entry.bytes,
  })),
  ...times,
  last("time goes back", "EMRX_LOG_FAULT", (entry) => ({ ...entry, time: 1 })),
  ...bytes,
  lie("an entry is longer than the limit that it states", "EMRX_LOG_FAULT", (log) => ({
    limits: { recordBytes: 2000, appendRecords: 10, appendBytes: 5000 },
    async *read(from, to) {
      for await (const entry of log.read(from, to)) yield { ...entry, bytes: new Uint8Array(2001) };
    },
  })),
  last("the bytes of an entry are others than those appended", "EMRX_ROLLED_BACK", (entry) => ({
    ...entry,
    bytes: entry.bytes.map((byte) => byte ^ 1),
  })),
  reads("an earlier entry is another now", "EMRX_ROLLED_BACK", (entry, { size }) =>
    entry.index === size - 2 ? { ...entry, bytes: Uint8Array.of(1) } : entry,
  ),
  reads("an earlier entry has another time now", "EMRX_ROLLED_BACK", (entry, { size }) =>
    entry.index === size - 2 ? { ...entry, time: entry.time - 1 } : entry,
  ),
  ...notices,
  lie("a notice says that final entries were replaced", "EMRX_ROLLED_BACK", (log, armed) => ({
    subscribe: (listener) =>
      log.subscribe(({ size }) => listener(armed() ? { size, replacedFrom: 1 } : { size })),
  })),
  lie("notices never end", "accepted", (log) => {
    let tell: (change: LogChange) => void = () => {};
    let left = 300;
    return {
      subscribe(listener) {
        tell = listener;
        return log.subscribe(listener);
      },
      async size() {
        const size = await log.size();
        if (left-- > 0) tell({ size });
        return size;
      },
    };
  }),
  lie("close never answers", "accepted", () => ({ close: forever })),
  lie("close throws a text", "accepted", () => ({ close: () => Promise.reject("no") })),
];

const delayed = (finalized: (log: MemoryLog) => Promise<number>) => (log: MemoryLog) => ({
  finality: { kind: "delayed" as const, rule: "of its own", finalized: () => finalized(log) },
});

/** Lies about finality, from the beginning. */
export const finalityLies: readonly Lie[] = [
  lie(
    "more entries are final than there are",
    "EMRX_LOG_FAULT",
    delayed(async (log) => (await log.size()) + 1),
  ),
  lie(
    "what is final is a text",
    "EMRX_LOG_FAULT",
    delayed(async () => any<number>("1")),
  ),
  lie("what is final is never said", "EMRX_STORAGE", delayed(forever)),
];

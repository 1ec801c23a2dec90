// An ordered log of which nothing is believed: every answer is checked, once, where it enters. What breaks the port's rules
// throws `EMRX_LOG_FAULT`; whatever else the log throws becomes a `LedgerError`; an answer that does not come is given up.
import {
  boolean,
  described,
  guard,
  integer,
  kindOf,
  methods,
  object,
  oneOf,
  type Shape,
  text,
} from "@emrx/internal/shape";
import { check as checkAs } from "../errors/check.js";
import { LedgerError } from "../errors.js";
import type { LogChange, LogClock, LogFinality, LogLimits, OrderedLog } from "./ordered-log.js";
import type { LogEntry } from "./port.js";

/** Most bytes of entries that are held at a time; a single entry may be longer. */
const READ_BYTES = 16 << 20;

const check = <T>(shape: Shape<T>, value: unknown, name: string): T =>
  checkAs(shape, value, name, "EMRX_LOG_FAULT");
const positive = /* @__PURE__ */ integer(1);
const limitsShape: Shape<LogLimits> = /* @__PURE__ */ object({
  recordBytes: positive,
  appendRecords: positive,
  appendBytes: positive,
});
const clockShape: Shape<LogClock> = /* @__PURE__ */ object({
  whose: /* @__PURE__ */ text(),
  resolution: positive,
});
const count = /* @__PURE__ */ integer(0);
const anyObject = /* @__PURE__ */ guard(
  (value): value is object => typeof value === "object" && value !== null,
  "an object",
);

/** What a log did that no log may do. */
export function logFault(log: string, problem: string, index?: number): LedgerError {
  return new LedgerError(
    "EMRX_LOG_FAULT",
    `the log "${log}" ${problem}. Nothing that it says can be relied on: repair its adapter or the system behind it, then open the ledger again`,
    index === undefined ? {} : { details: { index } },
  );
}

/** An ordered log whose answers are what the port says, or errors. */
export class CheckedLog {
  readonly name: string;
  readonly durable: boolean;
  readonly limits: LogLimits;
  readonly clock: LogClock;
  readonly finality: LogFinality;
  readonly #log: OrderedLog;
  readonly #timeout: number;

  /** @param timeout milliseconds after which an answer is no longer waited for */
  constructor(log: OrderedLog, timeout: number) {
    const given = check(
      methods<OrderedLog>("an ordered log", "append", "read", "size", "subscribe", "close"),
      log,
      "log",
    );
    this.#log = given;
    this.#timeout = timeout;
    this.name = check(text(), given.name, "log.name");
    this.durable = check(boolean(), given.durable, "log.durable");
    this.limits = check(limitsShape, given.limits, "log.limits");
    this.clock = check(clockShape, given.clock, "log.clock");
    const finality = check(anyObject, given.finality, "log.finality") as LogFinality;
    const kind = check(oneOf(["immediate", "delayed"]), finality.kind, "log.finality.kind");
    if (kind === "immediate") this.finality = { kind };
    else {
      const { finalized } = check(
        methods<LogFinality & { kind: "delayed" }>("delayed finality", "finalized"),
        finality,
        "log.finality",
      );
      const rule = check(text(), (finality as { rule?: unknown }).rule, "log.finality.rule");
      this.finality = { kind, rule, finalized: () => finalized.call(finality) };
    }
    if (this.limits.appendBytes < this.limits.recordBytes) {
      throw logFault(this.name, "takes longer records than appends (limits.appendBytes)");
    }
  }

  async size(): Promise<number> {
    const size = await this.#ask("size", () => this.#log.size());
    return check(count, size, "the answer of log.size()");
  }

  /** How many entries are final; undefined if all are that are there. */
  async finalized(): Promise<number | undefined> {
    const { finality } = this;
    if (finality.kind === "immediate") return undefined;
    const final = await this.#ask("finality.finalized", () => finality.finalized());
    return check(count, final, "the answer of log.finality.finalized()");
  }

  /** Appends records that are within the limits; resolves with the index of the first. */
  async append(records: readonly Uint8Array<ArrayBuffer>[]): Promise<number> {
    const index = await this.#ask("append", () => this.#log.append(records));
    return check(count, index, "the answer of log.append()");
  }

  /** At least one of the entries from `from` on, at most those before `to`: as many as can well be held at a time. */
  async read(from: number, to: number): Promise<LogEntry[]> {
    const given = { up: false };
    try {
      return await this.#ask("read", () => this.#collect(from, to, given));
    } finally {
      given.up = true;
    }
  }

  async #collect(from: number, to: number, given: { readonly up: boolean }): Promise<LogEntry[]> {
    const entries: LogEntry[] = [];
    let bytes = 0;
    for await (const entry of this.#log.read(from, to)) {
      if (given.up) return entries;
      if (entries.length === to - from) {
        throw logFault(this.name, `gave more entries than those from ${from} to ${to}`, to);
      }
      const checked = this.#checked(entry, from + entries.length, entries.at(-1)?.time ?? 0);
      entries.push(checked);
      bytes += checked.bytes.length;
      if (bytes >= READ_BYTES) return entries;
    }
    if (entries.length === to - from) return entries;
    const short = `gave ${entries.length} of the entries from ${from} to ${to} and no error`;
    // A log that may be reorganized may have become shorter in between.
    if (this.finality.kind === "immediate") throw logFault(this.name, short, from);
    throw new LedgerError("EMRX_STORAGE", `the log "${this.name}" ${short}; it is read again`);
  }

  #checked(entry: LogEntry, index: number, latest: number): LogEntry {
    let read: { index: unknown; time: unknown; bytes: unknown };
    try {
      const { index: at, time, bytes } = entry;
      read = { index: at, time, bytes };
    } catch (cause) {
      throw logFault(
        this.name,
        `gave ${kindOf(entry)} for entry ${index}: ${String(cause)}`,
        index,
      );
    }
    if (read.index !== index) {
      throw logFault(this.name, `gave entry ${described(read.index)} for entry ${index}`, index);
    }
    const { time, bytes } = read;
    if (!Number.isSafeInteger(time) || (time as number) < 0) {
      const problem = `gives entry ${index} the time ${described(time)}, which is no whole number of milliseconds`;
      throw logFault(this.name, problem, index);
    }
    if ((time as number) < latest) {
      throw logFault(
        this.name,
        `goes back in time, from ${latest} to ${time}, with entry ${index}`,
        index,
      );
    }
    // Of whatever realm, and a Buffer too.
    if (Object.prototype.toString.call(bytes) !== "[object Uint8Array]") {
      throw logFault(this.name, `gives ${kindOf(bytes)} for the bytes of entry ${index}`, index);
    }
    const { length } = bytes as Uint8Array;
    if (length > this.limits.recordBytes) {
      const problem = `has ${length} bytes in entry ${index}, and states a limit of ${this.limits.recordBytes}`;
      throw logFault(this.name, problem, index);
    }
    // A copy: what was checked must stay as it is.
    return { index, time: time as number, bytes: new Uint8Array(bytes as Uint8Array) };
  }

  /** Tells of changes: from which entry on the log was replaced, or undefined. Returns what ends that. */
  subscribe(
    listener: (replacedFrom: number | undefined) => void,
    failed: (error: LedgerError) => void,
  ): () => void {
    const stop: unknown = this.#log.subscribe((change) => {
      try {
        const { replacedFrom } = check(anyObject, change, "change") as LogChange;
        listener(
          replacedFrom === undefined
            ? undefined
            : check(count, replacedFrom, "change.replacedFrom"),
        );
      } catch (cause) {
        failed(
          cause instanceof LedgerError
            ? cause
            : logFault(this.name, `told of ${kindOf(change)} as a change`),
        );
      }
    });
    if (typeof stop === "function") return () => stop();
    throw logFault(this.name, `gave ${kindOf(stop)} where subscribe gives what ends it`);
  }

  async close(): Promise<void> {
    await this.#ask("close", () => this.#log.close());
  }

  /** The answer of a call, an error of this package, or a refusal to wait longer. */
  async #ask<T>(call: string, work: () => Promise<T>): Promise<T> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const message = `the log "${this.name}" did not answer ${call} within ${this.#timeout} ms; ask status(id) what became of calls on their way`;
        reject(new LedgerError("EMRX_STORAGE", message));
      }, this.#timeout);
    });
    try {
      return await Promise.race([work(), late]);
    } catch (cause) {
      if (cause instanceof LedgerError) throw cause;
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new LedgerError("EMRX_STORAGE", `the log "${this.name}" failed in ${call}: ${why}`, {
        cause,
      });
    } finally {
      clearTimeout(timer);
    }
  }
}

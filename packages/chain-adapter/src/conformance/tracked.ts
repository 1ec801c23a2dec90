// A harness whose ledgers are watched: what was asked of them and not answered, and what is still open when a case ends.
import { LedgerError } from "../errors.js";
import type { OrderedLog } from "../ledger/ordered-log.js";
import type { ChainAdapter } from "../ledger/port.js";
import type { ConformanceHarness } from "./harness.js";

/** A harness during one case. */
export interface Tracked {
  readonly harness: ConformanceHarness;
  /** The promise, or a failure that names what was not answered. */
  within<T>(limit: number, promise: Promise<T>): Promise<T>;
  /** Closes what is open and cleans up. */
  finish(limit: number): Promise<void>;
}

/** What a call is, for people. */
function labelOf(name: string, parameters: readonly unknown[]): string {
  const [first] = parameters as readonly [{ readonly call?: { readonly type?: unknown } }?];
  try {
    const type = first?.call?.type;
    return typeof type === "string" ? `${name} of ${type}` : name;
  } catch {
    return name; // a hostile argument that cannot be read
  }
}

/**
 * Watches what a harness makes. A promise that a failed case no longer waits for may be rejected: that is seen here, so
 * that it does not end the process.
 */
export function trackHarness(given: ConformanceHarness): Tracked {
  const originals = new WeakMap<object, ChainAdapter>();
  const pending = new Map<Promise<unknown>, string>();
  const open = new Set<{ close(): Promise<void> }>();
  const founded = new Set<ChainAdapter>();

  function watched<T extends object>(target: T): T {
    open.add(target as T & { close(): Promise<void> });
    return new Proxy(target, {
      get(_, name) {
        const value: unknown = target[name as keyof T];
        if (typeof value !== "function") return value;
        return (...parameters: unknown[]): unknown => {
          const result: unknown = value.apply(target, parameters);
          if (!(result instanceof Promise)) return result;
          const done = (): void => {
            pending.delete(result);
            if (name === "close") open.delete(target as T & { close(): Promise<void> });
          };
          pending.set(result, labelOf(String(name), parameters));
          result.then(done, done);
          return result;
        };
      },
    });
  }

  const original = (ledger: ChainAdapter): ChainAdapter => originals.get(ledger) ?? ledger;

  async function ledgerOf(opening: Promise<ChainAdapter>): Promise<ChainAdapter> {
    const ledger = await opening;
    const proxy = watched(ledger);
    originals.set(proxy, ledger);
    return proxy;
  }

  const { reopen, another, openLog, failNext, failDisk, reorganize, damage } = given;
  const { restart, kill, partition, caughtUp, dispose, wait } = given;
  const harness: ConformanceHarness = {
    ...given,
    async create(genesis) {
      const ledger = await ledgerOf(given.create(genesis));
      founded.add(ledger);
      return ledger;
    },
    ...(reopen && { reopen: (ledger) => ledgerOf(reopen.call(given, original(ledger))) }),
    ...(another && { another: (ledger) => ledgerOf(another.call(given, original(ledger))) }),
    ...(openLog && {
      openLog: async (ledger): Promise<OrderedLog> =>
        watched(await openLog.call(given, original(ledger))),
    }),
    ...(wait && { wait: (ledger, time) => wait.call(given, original(ledger), time) }),
    ...(failNext && { failNext: (ledger, what) => failNext.call(given, original(ledger), what) }),
    ...(failDisk && { failDisk: (ledger, what) => failDisk.call(given, original(ledger), what) }),
    ...(damage && { damage: (ledger, what) => damage.call(given, original(ledger), what) }),
    ...(reorganize && {
      reorganize: (ledger, depth, keep) => reorganize.call(given, original(ledger), depth, keep),
    }),
    ...(restart && { restart: (ledger) => restart.call(given, original(ledger)) }),
    ...(kill && { kill: (ledger) => kill.call(given, original(ledger)) }),
    ...(partition && { partition: (ledger) => partition.call(given, original(ledger)) }),
    ...(caughtUp && { caughtUp: (ledger) => caughtUp.call(given, original(ledger)) }),
    async dispose(ledger) {
      if (founded.delete(ledger)) await dispose?.call(given, original(ledger));
    },
  };

  async function within<T>(limit: number, promise: Promise<T>): Promise<T> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const names = [...new Set(pending.values())].join(", ");
        const what = names === "" ? "" : ` to ${names}`;
        reject(new LedgerError("EMRX_NOT_CONFORMING", `no answer within ${limit} ms${what}`));
      }, limit);
    });
    try {
      return await Promise.race([promise, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  return {
    harness,
    within,
    async finish(limit) {
      const closing = Promise.all([...open].map((opened) => opened.close()));
      try {
        await within(limit, closing);
      } finally {
        for (const ledger of [...founded]) await harness.dispose?.(ledger);
      }
    },
  };
}

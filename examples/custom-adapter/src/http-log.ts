// The adapter: the service as an ordered log. These functions are all that an integrator writes.
import { LedgerError, type LogEntry, type OrderedLog } from "@emrx/chain-adapter";

/** Pause before the service is asked again after it failed to answer, milliseconds. */
const RETRY_AFTER = 200;

/** The service at a URL as an ordered log. */
export function httpLog(url: string): OrderedLog {
  const closing = new AbortController();
  const { signal } = closing;

  async function ask<T>(path: string, body?: unknown): Promise<T> {
    if (signal.aborted) throw new LedgerError("EMRX_CLOSED", "the log is closed");
    try {
      const response = await fetch(`${url}${path}`, {
        signal,
        ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
      });
      if (!response.ok) throw new Error(`status ${response.status}`);
      return (await response.json()) as T;
    } catch (cause) {
      throw new LedgerError("EMRX_STORAGE", `${url}${path} did not answer as expected`, { cause });
    }
  }

  return {
    name: "http",
    durable: false, // the service keeps its records in memory
    limits: { recordBytes: 1 << 20, appendRecords: 1000, appendBytes: 8 << 20 },
    clock: { whose: "the service", resolution: 1 },
    finality: { kind: "immediate" },

    async append(records) {
      const hex = records.map((bytes) => Buffer.from(bytes).toString("hex"));
      return (await ask<{ readonly from: number }>("/records", { records: hex })).from;
    },

    async *read(from, to) {
      if (!(Number.isSafeInteger(from) && Number.isSafeInteger(to) && from >= 0 && from <= to)) {
        throw new LedgerError("EMRX_LOG_RANGE", `no entries from ${from} to ${to}`);
      }
      type Found = {
        readonly entries: readonly (Omit<LogEntry, "bytes"> & { readonly bytes: string })[];
      };
      const { entries } = await ask<Found>(`/records?from=${from}&to=${to}`);
      if (entries.length !== to - from) {
        throw new LedgerError("EMRX_LOG_RANGE", `no entries from ${from} to ${to}`);
      }
      for (const { index, time, bytes } of entries) {
        yield { index, time, bytes: Uint8Array.from(Buffer.from(bytes, "hex")) };
      }
    },

    async size() {
      return (await ask<{ readonly size: number }>("/size")).size;
    },

    subscribe(listener) {
      let active = true;
      const follow = async (): Promise<void> => {
        let known = 0;
        while (active && !signal.aborted) {
          try {
            const { size } = await ask<{ readonly size: number }>(`/size?beyond=${known}`);
            if (active && size > known) listener({ size });
            known = size;
          } catch {
            // Not reachable for now; whatever was missed is caught up with afterwards.
            await new Promise((done) => setTimeout(done, RETRY_AFTER));
          }
        }
      };
      void follow();
      return () => {
        active = false;
      };
    },

    async close() {
      closing.abort();
    },
  };
}

// etcd as an ordered log, over its JSON gateway: one key an append. A transaction creates the key unless it is there; reads
// are linearizable, which is etcd's default.
import type { OrderedLog } from "@emrx/chain-adapter/ledger";
import { batchLog, type Stored } from "./batch-log.js";

/** How long a node may take to answer before the next one is asked, milliseconds. */
const ANSWER = 2000;
/** How long one watch lasts: then the next node is asked, in case this one is cut off and does not know it. */
const WATCH = 5000;
/** Values read at a time. */
const PAGE = 16;

const base64 = (data: string | Uint8Array): string => Buffer.from(data).toString("base64");

interface KeyValue {
  readonly key: string;
  readonly value: string;
}

/** A log under a name in a cluster, given the client URLs of its nodes. */
export function etcdLog(urls: readonly string[], name: string, clock?: () => number): OrderedLog {
  const closing = new AbortController();
  let turn = Math.floor(Math.random() * urls.length);
  const keyOf = (index: number): string => `emrx/${name}/${String(index).padStart(16, "0")}`;
  const stored = ({ key, value }: KeyValue): Stored => ({
    from: Number(Buffer.from(key, "base64").toString().slice(-16)),
    bytes: Uint8Array.from(Buffer.from(value, "base64")),
  });

  function post(path: string, body: unknown, patience: number): Promise<Response> {
    const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(patience)]);
    const url = `${urls[turn % urls.length]}/v3/${path}`;
    return fetch(url, { method: "POST", body: JSON.stringify(body), signal });
  }

  async function ask<T>(path: string, body: unknown): Promise<T> {
    try {
      const response = await post(path, body, ANSWER);
      if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
      return (await response.json()) as T;
    } catch (error) {
      turn++; // the log asks again, and then another node
      throw error;
    }
  }

  async function range(query: Record<string, unknown>): Promise<Stored[]> {
    const { kvs = [] } = await ask<{ readonly kvs?: KeyValue[] }>("kv/range", query);
    return kvs.map(stored);
  }

  /** The last value with a key below that of an index. */
  async function before(index: number): Promise<Stored | undefined> {
    const [key, range_end] = [base64(keyOf(0)), base64(keyOf(index))];
    return (
      await range({ key, range_end, limit: 1, sort_order: "DESCEND", sort_target: "KEY" })
    )[0];
  }

  return batchLog(
    {
      name: "etcd",
      valueBytes: 1_500_000, // a request has at most 1.5 MiB unless the cluster says otherwise

      async create({ from, bytes }) {
        const [key, value] = [base64(keyOf(from)), base64(bytes)];
        type Answer = {
          readonly succeeded?: boolean;
          readonly responses?: { readonly response_range?: { readonly kvs?: KeyValue[] } }[];
        };
        const { succeeded, responses } = await ask<Answer>("kv/txn", {
          compare: [{ key, target: "CREATE", result: "EQUAL", create_revision: "0" }],
          success: [{ request_put: { key, value } }],
          failure: [{ request_range: { key } }],
        });
        return succeeded === true || responses?.[0]?.response_range?.kvs?.[0]?.value === value;
      },

      last: () => before(Number.MAX_SAFE_INTEGER),

      async page(index, to) {
        const first = await before(index + 1);
        if (first === undefined) return [];
        const [key, range_end] = [base64(keyOf(first.from + 1)), base64(keyOf(to))];
        const more = first.from + 1 < to ? await range({ key, range_end, limit: PAGE }) : [];
        return [first, ...more];
      },

      watch(changed) {
        let active = true;
        const [key, range_end] = [base64(keyOf(0)), base64(keyOf(Number.MAX_SAFE_INTEGER))];
        void (async () => {
          while (active && !closing.signal.aborted) {
            try {
              const { body } = await post("watch", { create_request: { key, range_end } }, WATCH);
              for await (const _ of body as unknown as AsyncIterable<Uint8Array>)
                if (active) changed();
            } catch {
              turn++; // cut off, or its time is over: the next node, after a look at what was missed
            }
            changed();
            await new Promise((resolve) => setTimeout(resolve, 50));
          }
        })();
        return () => {
          active = false;
        };
      },

      async close() {
        closing.abort();
      },
    },
    clock,
  );
}

// A JetStream stream of NATS as an ordered log: one message an append, under the subject of its first index. The server
// refuses a message whose subject has one already. Reading "as of now" takes a mark: a message of no meaning, which comes
// to stand behind all that was acknowledged before, and is replaced by the next mark.

import type { OrderedLog } from "@emrx/chain-adapter/ledger";
import { JetStreamApiError, jetstream, jetstreamManager, type StoredMsg } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { batchLog, type Stored } from "./batch-log.js";

/** How long the cluster may take to answer, milliseconds. */
const ANSWER = 2000;
/** Pause between two looks at the stream, in case the word that something changed was lost. */
const LOOK = 2000;

/** Values read at a time. */
const PAGE = 16;

/** Whether a message was refused because its subject has one. */
const isTaken = (error: unknown): boolean =>
  error instanceof JetStreamApiError && error.code === 10071;

/** Connects to whichever node answers, and to another when it does not any more. */
export const natsConnection = (servers: string[]): Promise<NatsConnection> =>
  connect({
    ...{ servers, timeout: ANSWER, pingInterval: 500, maxPingOut: 2 },
    ...{ reconnectTimeWait: 100, maxReconnectAttempts: -1, waitOnFirstConnect: true },
  });

/** Makes the stream of a log, on `replicas` nodes. Done once. */
export async function createNatsLog(nc: NatsConnection, name: string, replicas = 3): Promise<void> {
  const manager = await jetstreamManager(nc, { timeout: ANSWER });
  await manager.streams.add({
    name,
    subjects: [`${name}.log.*`, `${name}.mark`],
    num_replicas: replicas,
    max_msgs_per_subject: 1, // every append has a subject of its own; of marks, the last is kept
    deny_delete: true,
    deny_purge: true,
  });
}

/** The log of a stream. Closing it drains the connection. */
export async function natsLog(
  nc: NatsConnection,
  name: string,
  clock?: () => number,
): Promise<OrderedLog> {
  const stream = jetstream(nc, { timeout: ANSWER });
  const manager = await jetstreamManager(nc, { timeout: ANSWER, checkAPI: false });
  /** Where the batches stand in the stream, as far as it was seen: first index and sequence number. */
  const seen: { readonly from: number; readonly sequence: number }[] = [];
  let known = 0;
  let moved = 0;

  async function ask<T>(asking: Promise<T>): Promise<T> {
    try {
      return await asking;
    } catch (error) {
      // The node may be cut off from the others: the log asks again, and then another node.
      if (!isTaken(error) && Date.now() - moved > ANSWER) {
        moved = Date.now();
        nc.reconnect().catch(() => undefined); // closed meanwhile
      }
      throw error;
    }
  }

  const stored = ({ subject, data }: StoredMsg): Stored => ({
    from: Number(subject.slice(name.length + 5)),
    bytes: data.slice(),
  });

  /** The message with a sequence number or the next one after it. */
  async function next(sequence: number): Promise<StoredMsg> {
    const query = { seq: sequence, next_by_subj: `${name}.>` };
    const message = await ask(manager.streams.getMessage(name, query));
    if (message === null) throw new Error(`no message ${sequence} yet`);
    return message;
  }

  /** Publishes a message; its sequence number when most nodes have it. */
  async function publish(
    subject: string,
    data: Uint8Array<ArrayBuffer>,
    once: boolean,
  ): Promise<number> {
    const expect = once ? { expect: { lastSubjectSequence: 0 } } : {};
    return (await ask(stream.publish(subject, data, { timeout: ANSWER, ...expect }))).seq;
  }

  const store = {
    name: "nats",
    valueBytes: 4_000_000,

    async create({ from, bytes }: Stored): Promise<boolean> {
      const subject = `${name}.log.${from}`;
      try {
        await publish(subject, bytes, true);
        nc.publish(`${name}.told`);
        return true;
      } catch (error) {
        if (!isTaken(error)) throw error;
        await store.last(); // so that the batch that is there is among those seen
        const place = seen.find((batch) => batch.from === from);
        if (place === undefined) throw error;
        return Buffer.from(stored(await next(place.sequence)).bytes).equals(bytes);
      }
    },

    async last(): Promise<Stored | undefined> {
      const mark = await publish(`${name}.mark`, new Uint8Array(0), false);
      // A node that is behind has a part of the stream, and nothing after it: whoever has seen the mark has seen all.
      while (known < mark) {
        const message = await next(known + 1);
        if (message.subject !== `${name}.mark` && message.seq > known) {
          seen.push({ from: stored(message).from, sequence: message.seq });
        }
        known = Math.max(known, message.seq);
      }
      const end = seen.at(-1);
      return end === undefined ? undefined : stored(await next(end.sequence));
    },

    async page(index: number, to: number): Promise<Stored[]> {
      // The batch that holds the index is the last that does not begin after it.
      const first = seen.filter(({ from }) => from <= index).length - 1;
      const places = seen.slice(Math.max(0, first)).filter(({ from }) => from < to);
      return Promise.all(
        places.slice(0, PAGE).map(async ({ sequence }) => stored(await next(sequence))),
      );
    },

    watch(changed: () => void): () => void {
      const told = nc.subscribe(`${name}.told`, { callback: changed });
      const timer = setInterval(changed, LOOK);
      return () => {
        clearInterval(timer);
        told.unsubscribe();
      };
    },

    close: () => nc.close(),
  };
  return batchLog(store, clock);
}

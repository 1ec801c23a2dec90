// A JetStream stream of NATS as an ordered log: one message an append, under the subject of its first index. The server
// refuses a message whose subject has one already. Reading "as of now" takes a mark: a message of no meaning, which comes
// to stand behind all that was acknowledged before, and is replaced by its client's next mark. Nothing is taken from where
// a message stands: after a node was killed it may number messages otherwise than the others do (seen with 2.9.10).

import { randomUUID } from "node:crypto";
import type { OrderedLog } from "@emrx/chain-adapter/ledger";
import { JetStreamApiError, jetstream, jetstreamManager, type StoredMsg } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { decodeBatch } from "./batch.js";
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
    subjects: [`${name}.log.*`, `${name}.mark.*`],
    num_replicas: replicas,
    max_msgs_per_subject: 1, // every append has a subject of its own; of a client's marks, the last is kept
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
  const mark = `${name}.mark.${randomUUID()}`;
  /** First indices of the batches, as far as the log was seen, and where the next one begins. */
  const seen: number[] = [];
  let end = 0;
  /** Number of the last message that was looked at. */
  let known = 0;
  let marks = 0;
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

  const indexOf = (subject: string): number => Number(subject.slice(name.length + 5));

  /** The message with a number, or the next one after it. */
  async function next(number: number): Promise<StoredMsg> {
    const query = { seq: number, next_by_subj: `${name}.>` };
    const message = await ask(manager.streams.getMessage(name, query));
    if (message === null) throw new Error(`no message ${number} yet`);
    return message;
  }

  /** The batch that begins with an index, if the node that answers has it. */
  async function batch(from: number): Promise<Stored | undefined> {
    const query = { last_by_subj: `${name}.log.${from}` };
    const message = await ask(manager.streams.getMessage(name, query));
    return message === null ? undefined : { from, bytes: message.data.slice() };
  }

  /** A batch that is known to be there. */
  async function present(from: number): Promise<Stored> {
    const found = await batch(from);
    if (found === undefined) throw new Error(`a node has no entry ${from} yet`);
    return found;
  }

  /** Takes batches in, one after the other, as long as there are any. */
  async function takeIn(): Promise<void> {
    for (;;) {
      const from = end;
      const found = await batch(from);
      if (from !== end) continue; // taken in meanwhile
      if (found === undefined) return;
      seen.push(from);
      end += decodeBatch(found.bytes).records.length;
    }
  }

  /** Publishes a message; its number when most nodes have it. */
  async function publish(subject: string, data: Uint8Array, once: boolean): Promise<number> {
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
        return Buffer.from((await present(from)).bytes).equals(bytes);
      }
    },

    async last(): Promise<Stored | undefined> {
      const count = ++marks;
      const number = await publish(mark, Buffer.from(String(count)), false);
      if (known >= number) known = 0; // numbered otherwise than it was
      // A node that is behind has a part of the stream, and nothing after it: whoever has seen the mark has seen all.
      let least = 0;
      for (let found = 0; found < count; ) {
        const message = await next(known + 1);
        known = Math.max(known, message.seq);
        if (message.subject === mark) found = Number(message.string());
        else if (message.subject.startsWith(`${name}.log.`)) least = indexOf(message.subject) + 1;
      }
      await takeIn();
      if (end < least) throw new Error(`a node has no entry ${end} yet`);
      const from = seen.at(-1);
      return from === undefined ? undefined : present(from);
    },

    page(index: number, to: number): Promise<Stored[]> {
      // The batch that holds the index is the last that does not begin after it.
      const first = seen.filter((from) => from <= index).length - 1;
      const places = seen.slice(Math.max(0, first)).filter((from) => from < to);
      return Promise.all(places.slice(0, PAGE).map(present));
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

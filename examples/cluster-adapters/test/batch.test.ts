// The log over a store, with a store in memory that forgets answers: what was appended is there once.
import { fc, property } from "@emrx/testkit";
import { expect, test } from "vitest";
import { decodeBatch, encodeBatch } from "../src/batch.js";
import { type BatchStore, batchLog, type Stored } from "../src/batch-log.js";

const bytes = fc.uint8Array({ maxLength: 40 });
property(
  "a batch is read as it was written, and no part of it is one",
  [fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.nat(), fc.array(bytes, { maxLength: 6 })],
  (id, time, records) => {
    const encoded = encodeBatch({ id, time, records });
    expect(decodeBatch(encoded)).toEqual({ id, time, records });
    for (let cut = 0; cut < encoded.length; cut++) {
      expect(() => decodeBatch(encoded.subarray(0, cut))).toThrow(RangeError);
    }
    expect(() => decodeBatch(Uint8Array.of(...encoded, 0))).toThrow(RangeError);
  },
);

/** A store in memory; before and after each call it may fail, as `fails` says. */
function memoryStore(fails: () => boolean): BatchStore {
  const all: Stored[] = [];
  const perhaps = (): void => {
    if (fails()) throw new Error("not reachable");
  };
  return {
    name: "memory",
    valueBytes: 1_500_000,
    async create(value) {
      perhaps();
      const there = all.find(({ from }) => from === value.from);
      if (there === undefined) all.push(value);
      perhaps();
      return Buffer.from((there ?? value).bytes).equals(value.bytes);
    },
    async last() {
      perhaps();
      return all.at(-1);
    },
    async page(index, to) {
      perhaps();
      const first = all.filter(({ from }) => from <= index).length - 1;
      return all.slice(first, first + 2).filter(({ from }) => from < to);
    },
    watch: () => () => {},
    close: async () => {},
  };
}

property(
  "whatever answers are lost, an append happens once, and stands where it says",
  [fc.array(fc.boolean(), { maxLength: 12 })],
  async (plan) => {
    const left = [...plan];
    const store = memoryStore(() => left.shift() ?? false);
    const [one, two] = [batchLog(store, () => 5), batchLog(store, () => 5)];
    const names = ["a", "b", "c", "d"];
    const places = await Promise.all(
      names.map((name, i) => (i % 2 === 0 ? one : two).append([new TextEncoder().encode(name)])),
    );
    const found: string[] = [];
    for await (const entry of one.read(0, await one.size()))
      found.push(new TextDecoder().decode(entry.bytes));
    expect(places.map((at) => found[at])).toEqual(names);
    expect(found.length).toBe(4);
  },
  { numRuns: 12 },
);

test("what a value cannot hold is refused, and nothing of it is kept", async () => {
  const log = batchLog(memoryStore(() => false));
  await expect(log.append([new Uint8Array(2_000_000)])).rejects.toMatchObject({
    code: "EMRX_ENTRY_TOO_LARGE",
  });
  expect(await log.size()).toBe(0);
});

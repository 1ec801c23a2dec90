import { fc, property } from "@emrx/testkit";
import { expect, test } from "vitest";
import { ByteMap } from "../../src/budget/byte-map.js";
import { memoryStore } from "../../src/index.js";

property(
  "a memory store gives back what was last set",
  [fc.array(fc.tuple(fc.string({ maxLength: 2 }), fc.uint8Array({ maxLength: 40 })))],
  (writes) => {
    const store = memoryStore();
    const model = new Map<string, Uint8Array>();
    for (const [key, value] of writes) {
      store.set([[key, value]]);
      model.set(key, value);
    }
    for (const [key, value] of model) expect(store.get(key)).toEqual(value);
    expect(store.get("no such key")).toBeUndefined();
  },
);

test("what is put in and what is given out are copies", () => {
  const store = memoryStore();
  const bytes = Uint8Array.of(1, 2);
  store.set([["key", bytes]]);
  bytes[0] = 9;
  const given = store.get("key") as Uint8Array;
  given[1] = 9;
  expect(store.get("key")).toEqual(Uint8Array.of(1, 2));
});

test("overwritten bytes are given free, and nothing is lost by that", () => {
  const map = new ByteMap();
  map.set("kept", Uint8Array.of(42));
  const big = new Uint8Array(300_000);
  for (let i = 0; i < 200; i++) map.set("changing", big.fill(i));
  expect(map.get("kept")).toEqual(Uint8Array.of(42));
  expect(map.get("changing")).toEqual(big);
  expect(map.liveBytes).toBe(300_000 + 4 + 1 + 4);
  expect(map.heldBytes).toBeLessThan(4_000_000);
});

test("a value larger than a chunk has one of its own", () => {
  const map = new ByteMap();
  const big = new Uint8Array(3_000_000).fill(7);
  map.set("small", Uint8Array.of(1));
  map.set("big", big);
  map.set("after", Uint8Array.of(2));
  expect(Buffer.compare(map.get("big") as Uint8Array, big)).toBe(0);
  expect([...map.entries()].map(([key]) => key)).toEqual(["small", "big", "after"]);
  expect(map.get("after")).toEqual(Uint8Array.of(2));
});

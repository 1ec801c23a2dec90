import { fc, property } from "@emrx/testkit";
import { expect, test } from "vitest";
import { ByteMap } from "../../src/stores/byte-map.js";

/** Any strings, halves of surrogate pairs included, short and long. */
const anyKey = fc.oneof(
  fc.string({ unit: "binary", maxLength: 3 }),
  fc.constantFrom("", "a", "\ud800", "\udfff", "\u07ff", "\u0800", "\uffff", "k".repeat(500)),
);

property(
  "any texts are different keys; a write that breaks off leaves all as it was",
  [
    fc.array(fc.tuple(fc.array(fc.tuple(anyKey, fc.uint8Array({ maxLength: 9 }))), fc.boolean()), {
      maxLength: 12,
    }),
  ],
  (writes) => {
    const map = new ByteMap();
    const model = new Map<string, Uint8Array>();
    for (const [entries, breaks] of writes) {
      function* given(): Generator<[string, Uint8Array]> {
        yield* entries;
        if (breaks) throw new Error("broken off");
      }
      if (breaks) expect(() => map.set(given())).toThrow("broken off");
      else {
        map.set(given());
        for (const [key, value] of entries) model.set(key, value);
      }
      for (const [key] of entries) expect(map.get(key)).toEqual(model.get(key));
    }
    for (const [key, value] of model) expect(map.get(key)).toEqual(value);
    // 8 bytes a record, and 1 to 3 for each code unit of its key.
    let size = 0;
    for (const [key, value] of model) {
      size += 8 + value.length;
      for (let i = 0; i < key.length; i++) {
        const unit = key.charCodeAt(i);
        size += unit < 0x80 ? 1 : unit < 0x800 ? 2 : 3;
      }
    }
    expect(map.liveBytes).toBe(size);
  },
);

test("a hundred thousand entries take little more than their bytes, and all are found", () => {
  const map = new ByteMap();
  const keys = Array.from({ length: 100_000 }, (_, i) => `account/patient ${i}`);
  map.set(keys.map((key, i) => [key, Uint8Array.of(i, i >>> 8, i >>> 16)]));
  for (const [i, key] of keys.entries()) {
    const value = map.get(key) as Uint8Array;
    if (value[0] !== (i & 255) || value[1] !== ((i >>> 8) & 255) || value[2] !== i >>> 16)
      throw new Error(`${key} holds ${value}`);
  }
  expect(map.get("account/patient 100000")).toBeUndefined();
  expect(map.liveBytes).toBe(keys.join("").length + 11 * keys.length);
  expect(map.heldBytes).toBeLessThan(map.liveBytes + 8 * 2 ** 18 + 2 ** 20 + 1);
});

test("overwritten bytes are given free, and nothing is lost by that", () => {
  const map = new ByteMap();
  map.set([["kept", Uint8Array.of(42)]]);
  const big = new Uint8Array(300_000);
  for (let i = 0; i < 200; i++) map.set([["changing", big.fill(i)]]);
  expect(map.get("kept")).toEqual(Uint8Array.of(42));
  expect(Buffer.compare(map.get("changing") as Uint8Array, big)).toBe(0);
  expect(map.liveBytes).toBe(8 + 4 + 1 + 8 + 8 + 300_000);
  expect(map.heldBytes).toBeLessThan(4_000_000);
});

test("a value larger than a chunk has one of its own", () => {
  const map = new ByteMap();
  const big = new Uint8Array(3_000_000).fill(7);
  map.set([
    ["small", Uint8Array.of(1)],
    ["big", big],
    ["after", Uint8Array.of(2)],
  ]);
  expect(Buffer.compare(map.get("big") as Uint8Array, big)).toBe(0);
  expect(map.get("after")).toEqual(Uint8Array.of(2));
  expect(map.get("small")).toEqual(Uint8Array.of(1));
});

test("keys that begin alike are different keys, also where they share a place in the table", () => {
  const map = new ByteMap();
  const keys = Array.from({ length: 300 }, (_, i) => "a".repeat(i));
  map.set(keys.filter((_, i) => i % 2 === 0).map((key) => [key, Uint8Array.of(key.length & 255)]));
  for (const [i, key] of keys.entries())
    expect(map.get(key)).toEqual(i % 2 === 0 ? Uint8Array.of(i & 255) : undefined);
});

test("values overwritten again and again take a few times their bytes, however large, and read back", () => {
  const sizes = { small: 9, large: 700_000, huge: 1_500_000, other: 700_000 };
  const map = new ByteMap();
  const empty = map.heldBytes;
  map.set([["small", new Uint8Array(9)]]);
  expect(map.heldBytes).toBe(empty + 2 ** 20); // begun in one piece
  for (let round = 1; round <= 12; round++) {
    map.set(
      Object.entries(sizes).map(([key, size]) => [key, new Uint8Array(size).fill(round)] as const),
    );
    for (const [key, size] of Object.entries(sizes)) {
      const value = map.get(key) as Uint8Array;
      expect(value.length).toBe(size);
      expect(value.every((byte) => byte === round)).toBe(true);
    }
    expect(map.heldBytes).toBeGreaterThanOrEqual(map.liveBytes);
    expect(map.heldBytes).toBeLessThan(5 * map.liveBytes);
  }
});

import { fc, property } from "@emrx/testkit";
import { expect, test } from "vitest";
import {
  emptyMap,
  mapEntries,
  mapGet,
  mapSet,
  type PersistentMap,
} from "../../src/contracts/persistent-map.js";

const key = fc.oneof(fc.string({ maxLength: 3 }), fc.constantFrom("__proto__", "constructor", ""));

property(
  "a persistent map is a Map, and every earlier version stays as it was",
  [fc.array(fc.tuple(key, fc.nat()), { maxLength: 200 })],
  (pairs) => {
    const versions: [PersistentMap<number>, Map<string, number>][] = [[emptyMap(), new Map()]];
    for (const [name, value] of pairs) {
      const [map, mirror] = versions.at(-1) as (typeof versions)[number];
      versions.push([mapSet(map, name, value), new Map([...mirror, [name, value]])]);
    }
    for (const [map, mirror] of versions) {
      expect(map.size).toBe(mirror.size);
      expect(new Map(mapEntries(map))).toEqual(mirror);
      for (const [name, value] of mirror) expect(mapGet(map, name)).toBe(value);
    }
    const names = mapEntries((versions.at(-1) as (typeof versions)[number])[0]).map(
      ([name]) => name,
    );
    expect(names).toEqual([...names].sort());
  },
);

test("keys whose hashes are equal live side by side", () => {
  // FNV-1a of 32 bits, searched once: these two meet.
  const hash = (text: string): number => {
    let h = 0x811c9dc5;
    for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
    return h >>> 0;
  };
  const seen = new Map<number, string>();
  let pair: [string, string] | undefined;
  for (let i = 0; pair === undefined; i++) {
    const name = `k${i}`;
    const other = seen.get(hash(name));
    if (other !== undefined) pair = [other, name];
    seen.set(hash(name), name);
  }
  const [a, b] = pair;
  const map = mapSet(mapSet(mapSet(emptyMap<number>(), a, 1), b, 2), a, 3);
  expect([mapGet(map, a), mapGet(map, b), map.size]).toEqual([3, 2, 2]);
});

import { fc, property } from "@emrx/testkit";
import { describe, expect, test } from "vitest";
import {
  type EdgeList,
  edgeList,
  edgesAfter,
  firstAfter,
  insertAt,
  keysAround,
  lengthOf,
  removeKey,
} from "../src/live/edge-list.js";

/** A list of 0 .. n - 1, and beside it a plain array; the key of an edge is ten times its place. */
function listOf(n: number): { list: EdgeList; plain: number[]; keys: Float64Array } {
  const plain = Array.from({ length: n }, (_, e) => e);
  return {
    list: edgeList([...plain]),
    plain,
    keys: Float64Array.from({ length: 2 * n + 10 }, (_, e) => 10 * (e + 1)),
  };
}
const wellFormed = (list: EdgeList): void => {
  for (const block of list) {
    expect(block.length).toBeGreaterThan(0);
    expect(block.length).toBeLessThanOrEqual(512);
  }
};

describe("a list in blocks is the same as a plain array", () => {
  property(
    "through any insertions and removals",
    [
      fc.constantFrom(0, 1, 511, 512, 513, 1024, 1025, 1500),
      fc.array(fc.record({ insert: fc.boolean(), at: fc.nat() }), { maxLength: 40 }),
    ],
    (n, changes) => {
      const { list, plain } = listOf(n);
      const keys = new Float64Array(n + changes.length);
      let next = n;
      for (const { insert, at } of changes) {
        plain.forEach((e, place) => {
          keys[e] = place;
        });
        if (insert) {
          const place = at % (plain.length + 1);
          plain.splice(place, 0, next);
          insertAt(list, place, next++);
        } else if (plain.length > 0) {
          const place = at % plain.length;
          plain.splice(place, 1);
          removeKey(list, place, keys);
        }
        expect(list.flat()).toEqual(plain);
        expect(lengthOf(list)).toBe(plain.length);
        wellFormed(list);
      }
    },
    { numRuns: 100 },
  );

  test("when it is cut: up to 512 edges are one block, and 513 are split in two", () => {
    expect(edgeList([])).toEqual([]);
    expect(listOf(512).list).toHaveLength(1);
    expect(listOf(513).list.map((block) => block.length)).toEqual([512, 1]);
    expect(listOf(1025).list.map((block) => block.length)).toEqual([512, 512, 1]);
    const { list } = listOf(512);
    insertAt(list, 512, 512);
    expect(list.map((block) => block.length)).toEqual([256, 257]);
    // A place between two blocks is the end of the earlier.
    insertAt(list, 256, 513);
    expect(list.map((block) => block.length)).toEqual([257, 257]);
    expect((list[0] as number[])[256]).toBe(513);
  });

  test("when it is emptied: no block is left, and it can be filled again", () => {
    const { list, keys } = listOf(2);
    removeKey(list, 10, keys);
    removeKey(list, 20, keys);
    expect(list).toEqual([]);
    expect([...edgesAfter(list, 0, keys)]).toEqual([]);
    insertAt(list, 0, 7);
    expect(list).toEqual([[7]]);
  });
});

describe("keys and places", () => {
  test("a place lies between its neighbours' keys, and two beyond the first and last at the ends", () => {
    for (const n of [1, 3, 512, 1500]) {
      const { list, keys } = listOf(n);
      expect(keysAround(list, 0, keys)).toEqual([8, 10]);
      expect(keysAround(list, n, keys)).toEqual([10 * n, 10 * n + 2]);
      for (const place of [1, 2, 511, 512, 513, 1024, n - 1])
        if (place > 0 && place < n)
          expect(keysAround(list, place, keys), `${n} ${place}`).toEqual([
            10 * place,
            10 * (place + 1),
          ]);
    }
    expect(keysAround([], 0, new Float64Array(0))).toEqual([0, 2]);
  });

  test("the edges after a key are those whose key is larger, wherever the blocks are cut", () => {
    const { list, plain, keys } = listOf(1500);
    for (const key of [Number.NEGATIVE_INFINITY, 5, 10, 15, 5110, 5115, 5120, 5130, 14_995, 15_000])
      expect([...edgesAfter(list, key, keys)], `${key}`).toEqual(
        plain.filter((e) => (keys[e] as number) > key),
      );
    for (const key of [0, 10, 15, 14_990, 20_000])
      expect(firstAfter(plain, key, keys)).toBe(
        plain.filter((e) => (keys[e] as number) <= key).length,
      );
  });
});

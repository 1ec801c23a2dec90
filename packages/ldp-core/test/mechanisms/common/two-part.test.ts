// The draw behind every two-valued channel: its exact distribution by enumerating every word, and its one comparison beyond 32 bits.
import { fc, property, rational as R } from "@emrx/testkit";
import { expect, test } from "vitest";
import { type RandomSource, seededRandom } from "../../../src/index.js";
import { forEachBlock, twoPart } from "../../../src/mechanisms/common/two-part.js";

/** Gives these words, and says when more were asked for. */
function scripted(...words: readonly number[]): RandomSource & { readonly left: () => number } {
  let at = 0;
  return {
    fill(target) {
      for (let i = 0; i < target.length; i++) {
        if (at === words.length) throw new RangeError("no more words");
        target[i] = words[at++] as number;
      }
    },
    left: () => words.length - at,
  };
}

/** The code that words lead to; undefined where they do not suffice. */
function codeOf(draw: (random: RandomSource) => number, ...words: readonly number[]) {
  try {
    return draw(scripted(...words));
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

test("every code has exactly its probability: all words of up to five bits, one to five cells on either side", () => {
  for (const bits of [1, 2, 3, 5])
    for (let T = 1; T < 2 ** bits; T++)
      for (const inside of [1, 2, 3, 5])
        for (const outside of [1, 2, 3, 5]) {
          if (inside > 2 ** bits || outside > 2 ** bits) continue;
          const { draw, insideCell, outsideCell } = twoPart(
            { T: BigInt(T), bits },
            inside,
            outside,
          );
          const all = Array.from({ length: 2 ** bits }, (_, word) => word * 2 ** (32 - bits));
          const found = Array.from({ length: inside + outside }, () => R.q(0));
          for (const first of all) {
            const codes =
              codeOf(draw, first) === undefined
                ? // A fresh word decides, and again a fresh one where that is left over.
                  all
                    .map((second) => codeOf(draw, first, second))
                    .filter((code) => code !== undefined)
                : [codeOf(draw, first) as number];
            for (const code of codes)
              found[code] = R.add(found[code] as R.Q, R.q(1, codes.length * all.length));
          }
          for (const [code, probability] of found.entries()) {
            const [part, cells] = code < inside ? [T, inside] : [2 ** bits - T, outside];
            const expected = R.q(part, cells * 2 ** bits);
            const message = `T=${T}/2^${bits} ${inside}+${outside} code ${code}`;
            expect(R.equal(probability, expected), message).toBe(true);
            const stated = code < inside ? insideCell : outsideCell;
            expect(stated.numerator * expected.d, message).toBe(expected.n * stated.denominator);
          }
        }
});

property(
  "beyond 32 bits the number that the words spell is compared with the threshold, digit for digit",
  [
    fc.integer({ min: 33, max: 64 }),
    fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }),
    fc.integer({ min: -1, max: 1 }),
    fc.constantFrom("low", "below", "above", "zero", "all"),
  ],
  (bits, some, near, end) => {
    const more = BigInt(bits - 32);
    const T = 1n + (some % (2n ** BigInt(bits) - 1n));
    const [high, low] = [T >> more, T & (2n ** more - 1n)];
    const word = high + BigInt(near);
    if (word < 0n || word >= 2n ** 32n) return;
    const last = 2n ** more - 1n;
    const tail = { low, below: low - 1n, above: low + 1n, zero: 0n, all: last }[end];
    if (tail < 0n || tail > last) return;
    const { draw, fill } = twoPart({ T, bits }, 1, 1);
    const words = [Number(word), Number(tail << (32n - more))];
    const expected = (word << more) + tail < T ? 0 : 1;
    expect(draw(scripted(...words))).toBe(expected);
    const codes = new Uint32Array(1);
    fill(codes, scripted(...words));
    expect(codes[0]).toBe(expected);
  },
);

test("a second word is asked for only where the first leaves it open: always the same for every person", () => {
  const T = 3n * 2n ** 38n + 5n; // of 40 bits: 0.75 and a little
  const high = 3 * 2 ** 30;
  const { draw } = twoPart({ T, bits: 40 }, 1, 1);
  for (const [word, needed] of [
    [0, 1],
    [high - 1, 1],
    [high, 2],
    [high + 1, 1],
    [2 ** 32 - 1, 1],
  ] as const) {
    const source = scripted(word, 0, 0);
    draw(source);
    expect(source.left()).toBe(3 - needed);
  }
});

test("many codes drawn at once are those drawn one by one, at any number of bits", () => {
  for (const [bits, T] of [
    [3, 5n],
    [16, 40_000n],
    [32, 3_000_000_000n],
    [40, 700_000_000_001n],
  ] as const) {
    const { draw, fill } = twoPart({ T, bits }, 1, 2);
    const words = Array.from({ length: 50 }, (_, i) => (i * 2_654_435_761) >>> 0);
    const codes = new Uint32Array(50);
    const fresh = 3_000_000_001; // whatever the first word leaves open
    fill(codes, scripted(...words, ...Array<number>(50).fill(fresh)));
    expect([...codes]).toEqual(words.map((word) => codeOf(draw, word, fresh)));
  }
});

test("with more cells than words every cell is still reached", () => {
  const { draw } = twoPart({ T: 1n, bits: 2 }, 1, 9);
  const random = seededRandom("cells");
  const seen = new Set(Array.from({ length: 600 }, () => draw(random)));
  expect([...seen].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

test("blocks cover all elements once", () => {
  for (const n of [0, 1, 16_384, 16_385, 40_000]) {
    const seen: [number, number][] = [];
    forEachBlock(n, (block, from) => seen.push([from, block.length]));
    expect(seen.reduce((sum, [, length]) => sum + length, 0)).toBe(n);
    expect(seen.every(([from, length]) => from % 16_384 === 0 && length > 0)).toBe(true);
  }
});

test("words that the cells do not come out even on stay on their side of the threshold, whatever the words after them", () => {
  const bits = 40;
  const T = 3n * 2n ** 38n + 5n;
  const high = 3 * 2 ** 30;
  expect([high % 7, (2 ** 32 - high - 1) % 7]).toEqual([3, 0]);
  const { draw } = twoPart({ T, bits }, 7, 5);
  expect((2 ** 32 - high - 1) % 5).toBe(3);
  for (const next of [0, 1, 2 ** 31, 2 ** 32 - 1])
    for (const last of [0x1234_5678, 0xfedc_ba98]) {
      for (const word of [high - 1, high - 3])
        expect(draw(scripted(word, next, last, last, last))).toBeLessThan(7);
      for (const word of [2 ** 32 - 1, 2 ** 32 - 3])
        expect(draw(scripted(word, next, last, last, last))).toBeGreaterThanOrEqual(7);
    }
});

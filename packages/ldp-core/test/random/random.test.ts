import { enumerateDraws, fc, property, rational as R } from "@emrx/testkit";
import { expect, test } from "vitest";
import { grr, platformRandom, type RandomSource, seededRandom } from "../../src/index.js";
import { bufferedSource } from "../../src/random/platform.js";
import { gridRounding, roundExactly } from "../../src/random/rounding.js";
import { WordStream } from "../../src/random/stream.js";
import { subsetSampler } from "../../src/random/subset.js";
import { uniformBelow } from "../../src/random/uniform.js";
import { expectError } from "../expect-error.js";

/** A source that gives the listed words and then fails. */
function scripted(...words: number[]): RandomSource {
  return {
    fill(target) {
      for (let i = 0; i < target.length; i++) {
        const word = words.shift();
        if (word === undefined) throw new Error("script is over");
        target[i] = word;
      }
    },
  };
}

test("uniform integers: every result has the same number of words, the rest is drawn again", () => {
  for (const bits of [3, 5, 8]) {
    for (let bound = 1; bound <= 2 ** bits; bound++) {
      const words = Array.from({ length: 2 ** bits }, (_, k) => k * 2 ** (32 - bits));
      const { probability, unresolved } = enumerateDraws(words, 1, (source) =>
        uniformBelow(bound, source, bits),
      );
      const each = R.q(Math.floor(2 ** bits / bound), 2 ** bits);
      expect([...probability.values()]).toEqual(Array(bound).fill(each));
      expect(unresolved).toEqual(R.q(2 ** bits % bound, 2 ** bits));
    }
  }
});

test("uniform integers at 32 bits: each result's words are an interval of floor(2^32 / bound) words", () => {
  for (const bound of [3, 7, 1000, 65_537, 2 ** 20, 999_983]) {
    const rejected = 2 ** 32 % bound;
    const result = (word: number): number | "again" => {
      try {
        return uniformBelow(bound, scripted(word));
      } catch {
        return "again";
      }
    };
    for (const value of [0, 1, Math.floor(bound / 2), bound - 1]) {
      // Accepted words w have w * bound in [value * 2^32 + rejected, (value + 1) * 2^32).
      const first = Number(
        (BigInt(value) * 2n ** 32n + BigInt(rejected) + BigInt(bound) - 1n) / BigInt(bound),
      );
      const last = Number(((BigInt(value) + 1n) * 2n ** 32n - 1n) / BigInt(bound));
      expect(last - first + 1).toBe(Math.floor(2 ** 32 / bound));
      expect([result(first), result(last)]).toEqual([value, value]);
      if (first > 0) expect(result(first - 1)).not.toBe(value);
      if (last < 2 ** 32 - 1) expect(result(last + 1)).not.toBe(value);
    }
  }
});

test("beyond 32 bits, the one undecided word is decided by the next", () => {
  // e^1 / (e + 1) at 34 bits: T = 4 high + low. Only the word `high` looks further.
  const mechanism = grr({ categories: 2, epsilon: "1", bits: 34 });
  const { numerator, denominator } = mechanism.support.p;
  const T = (numerator * 2n ** 34n) / denominator;
  const [high, low] = [Number(T >> 2n), Number(T & 3n)];
  expect(mechanism.randomize(0, scripted(high - 1))).toBe(0);
  expect(mechanism.randomize(0, scripted(high + 1))).toBe(1);
  const next = [0, 1, 2, 3].map((top) => mechanism.randomize(0, scripted(high, top * 2 ** 30)));
  expect(next.filter((report) => report === 0).length).toBe(low);
});

test("the seeded source is xoshiro128** from the SHA-256 of its seed, for ever", () => {
  const words = new Uint32Array(6);
  seededRandom("golden").fill(words);
  expect([...words]).toMatchInlineSnapshot(`
    [
      743448594,
      3531206905,
      1452168384,
      480378149,
      3318791610,
      2341213614,
    ]
  `);
  const number = new Uint32Array(2);
  seededRandom(7).fill(number);
  const text = new Uint32Array(2);
  seededRandom("7").fill(text);
  expect(number).toEqual(text);
  expectError(() => seededRandom(Number.NaN), "EMRX_BAD_RANDOM_SOURCE");
  expectError(() => seededRandom({} as string), "EMRX_BAD_RANDOM_SOURCE");
});

property(
  "a seeded stream does not depend on how it is cut",
  [fc.string(), fc.array(fc.nat(40), { maxLength: 10 })],
  (seed, cuts) => {
    const total = cuts.reduce((a, b) => a + b, 0);
    const whole = new Uint32Array(total);
    seededRandom(seed).fill(whole);
    const pieces = new Uint32Array(total);
    const random = seededRandom(seed);
    let at = 0;
    for (const cut of cuts) {
      random.fill(pieces.subarray(at, at + cut));
      at += cut;
    }
    expect(pieces).toEqual(whole);
  },
);

property(
  "the buffer hands out every word once, in order, whatever the sizes asked for",
  [fc.array(fc.nat(20_000), { maxLength: 12 })],
  (sizes) => {
    let counter = 0;
    const source = bufferedSource((words) => {
      for (let i = 0; i < words.length; i++) words[i] = counter++;
    });
    let expected = 0;
    for (const size of sizes) {
      const words = new Uint32Array(size);
      source.fill(words);
      for (const word of words)
        if (word !== expected++) expect.fail(`word ${expected - 1} came as ${word}`);
    }
  },
  { numRuns: 20 },
);

test("the platform source never repeats itself and is one for the whole program", () => {
  expect(platformRandom()).toBe(platformRandom());
  const [a, b] = [new Uint32Array(40_000), new Uint32Array(40_000)];
  platformRandom().fill(a);
  platformRandom().fill(b);
  expect(a).not.toEqual(b);
  // 80,000 words: more than 5 coincidences have probability below 1e-5 if they are uniform and independent.
  expect(new Set([...a, ...b]).size).toBeGreaterThan(80_000 - 6);
});

test("a word stream hands out each word once and draws no more than its block", () => {
  const stream = new WordStream(scripted(5, 6, 7, 8), 2);
  expect([stream.next(), stream.next(), stream.next()]).toEqual([5, 6, 7]);
});

property(
  "rounding to a grid: doubles decide only what exact fractions decide the same way",
  [
    fc.double({ min: -1e6, max: 1e6, noNaN: true }),
    fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
    fc.integer({ min: 1, max: 4096 }),
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.integer({ min: -3, max: 3 }),
    fc.nat(),
  ],
  (low, width, steps, share, near, seed) => {
    const high = low + width;
    const value = Math.min(high, low + width * share);
    // A word next to the deciding one, where doubles are least reliable.
    const place = ((value - low) / (high - low)) * steps;
    const word = Math.min(
      2 ** 32 - 1,
      Math.max(0, Math.floor((place - Math.floor(place)) * 2 ** 32) + near),
    );
    const fast = gridRounding(low, high, steps).round(value, word, seededRandom(seed));
    if (value >= low && value <= high) {
      expect(fast + 0).toBe(roundExactly(value, low, high, steps, word, seededRandom(seed)));
    }
    expect(fast).toBeGreaterThanOrEqual(0);
    expect(fast).toBeLessThanOrEqual(steps);
  },
  { numRuns: 500 },
);

test("rounding to a grid: exactly the words below the fractional part go up", () => {
  for (const [value, numerator] of [
    [1 / 8, 1],
    [3 / 8, 3],
    [7 / 8, 7],
  ] as const) {
    const border = numerator * 2 ** 29;
    const none = scripted();
    expect(gridRounding(0, 1, 1).round(value, border - 1, none)).toBe(1);
    expect(gridRounding(0, 1, 1).round(value, border, none)).toBe(0);
  }
  // 1/3 as a double is 0x0.55555555 55555400...: the second word decides after a first word that equals the digits.
  const third = 0x55555555;
  expect(gridRounding(0, 1, 1).round(1 / 3, third, scripted(0x555553ff))).toBe(1);
  expect(gridRounding(0, 1, 1).round(1 / 3, third, scripted(0x55555400))).toBe(0);
});

test("a fixed seed repeats every report: reused randomness undoes the protection", () => {
  const mechanism = grr({ categories: 4, epsilon: "1" });
  const values = [0, 1, 2, 3, 0, 1];
  const first = mechanism.randomizeBatch(values, seededRandom("reused"));
  const again = mechanism.randomizeBatch(
    values.map((v) => (v + 1) % 4),
    seededRandom("reused"),
  );
  // Whoever sees two reports made with the same words learns exactly how the values differ, whatever epsilon says.
  expect([...again].map((y, i) => (y - (first[i] as number) + 4) % 4)).toEqual(Array(6).fill(1));
});

test("subsets: of the 2^16 halves of a word, exactly floor(2^16 / n) lead to each element, the rest is drawn again", () => {
  for (const n of [1, 2, 3, 5, 1000, 40_000]) {
    const found = new Uint32Array(n);
    let again = 0;
    const wrong: number[] = []; // an `expect` for each half would take most of the time
    // A fresh sampler is costly for large n, so only some halves are tried there.
    for (let half = 0; half < 2 ** 16; half += n > 5 ? 4099 : 1) {
      let drawn = 0;
      const words = {
        fill(target: Uint32Array) {
          target[0] = drawn++ === 0 ? half * 2 ** 16 : 0xffff_0000; // the second try is never rejected for these n
        },
      };
      const element = subsetSampler(n).draw(1, new WordStream(words, 1))[0] as number;
      const product = half * n;
      const isRejected = product % 2 ** 16 < 2 ** 16 % n;
      if (drawn !== (isRejected ? 2 : 1)) wrong.push(half);
      if (isRejected) again++;
      else {
        if (element !== Math.floor(product / 2 ** 16)) wrong.push(half);
        found[element] = (found[element] as number) + 1;
      }
    }
    expect(wrong).toEqual([]);
    if (n > 5) continue;
    expect([...found]).toEqual(Array(n).fill(Math.floor(2 ** 16 / n)));
    expect(again).toBe(2 ** 16 % n);
  }
});

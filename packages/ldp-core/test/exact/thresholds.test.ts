// Thresholds by hand, the choice of bits, fractions and logarithms at their ends.
import { expect, test, vi } from "vitest";
import { lnRoundedUp } from "../../src/exact/logarithm.js";
import { ceilDivide, compare, floorDivide, type Rational } from "../../src/exact/rational.js";
import {
  chooseBits,
  exactLoss,
  flipThreshold,
  nonDegenerate,
  preferredThreshold,
  probabilityOf,
} from "../../src/exact/thresholds.js";
import { rational, toNumber } from "../../src/exact.js";
import { platformRandom } from "../../src/index.js";
import { expectError } from "../expect-error.js";

test("thresholds by hand: preferred cells are rounded down, flips up", () => {
  // 2^4 * 3 / (3 + 1) = 12; 2^4 * 2 * 3 / (2 * 3 + 5) = 8.7; 2^4 / 4 = 4; 2^4 / 3 = 5.3.
  expect(preferredThreshold(1, 1, rational(3), 4)).toEqual({ T: 12n, bits: 4 });
  expect(preferredThreshold(2, 5, rational(3), 4)).toEqual({ T: 8n, bits: 4 });
  expect(flipThreshold(rational(3), 4)).toEqual({ T: 4n, bits: 4 });
  expect(flipThreshold(rational(2), 4)).toEqual({ T: 6n, bits: 4 });
  expect(probabilityOf({ T: 6n, bits: 4 })).toEqual(rational(3, 8));
});

test("a threshold that always or never happens is refused", () => {
  for (const T of [1n, 15n]) expect(nonDegenerate({ T, bits: 4 }).T).toBe(T);
  for (const T of [0n, 16n, -1n, 17n])
    expectError(() => nonDegenerate({ T, bits: 4 }), "EMRX_DEGENERATE_MECHANISM", "4 random bits");
});

test("32 bits where they lose at most a millionth of epsilon, else 64; asked-for bits are taken as they are", () => {
  const tried: number[] = [];
  const choose = (epsilon: string, bits: number | undefined, build: (bits: number) => Rational) =>
    chooseBits(
      epsilon,
      bits,
      (_, given) => {
        tried.push(given);
        return { bits: given, ratio: build(given) };
      },
      ({ ratio }) => ratio,
    );
  // e = 2.718281828..., and e^0.999999 = 2.718279110...
  const atLeast = rational(2_718_279_111n, 1_000_000_000n);
  const below = rational(2_718_279_110n, 1_000_000_000n);
  expect(choose("1", undefined, () => atLeast).bits).toBe(32);
  expect(choose("1", undefined, () => below).bits).toBe(64);
  expect(choose("1", 5, () => below).bits).toBe(5);
  expect(tried).toEqual([32, 32, 64, 5]);

  const useless = (): Rational => rational(1);
  const opposite = (): Rational => rational(1, 2);
  for (const ratio of [useless, opposite]) {
    expectError(() => choose("1", undefined, ratio), "EMRX_DEGENERATE_MECHANISM", "64 random bits");
    expectError(() => choose("1", 7, ratio), "EMRX_DEGENERATE_MECHANISM", "7 random bits");
  }
  // Degenerate at 32 bits only.
  const late = (bits: number): Rational =>
    nonDegenerate({ T: bits === 32 ? 0n : 1n, bits }) && atLeast;
  expect(choose("1", undefined, late).bits).toBe(64);
  // Whatever else goes wrong is not taken for that.
  const broken = (): never => {
    throw new RangeError("broken");
  };
  expect(() => choose("1", undefined, broken)).toThrow(RangeError);
  expectError(() => choose("1", undefined, () => rational(1, 0)), "EMRX_BAD_NUMBER");
  for (const bits of [1, 64]) expect(choose("1", bits, () => atLeast).bits).toBe(bits);
});

test("the exact loss never exceeds the epsilon that the ratio keeps, though the double of ln may", () => {
  expect(exactLoss(rational(2), "1")).toBeGreaterThanOrEqual(Math.LN2);
  expect(exactLoss(rational(2), "0.6")).toBe(0.6);
  expect(lnRoundedUp(rational(1))).toBe(0);
});

test("fractions: signs, zero, order and rounding", () => {
  expect(rational(0, -7)).toEqual({ numerator: 0n, denominator: 1n });
  expect(rational(-6, -4)).toEqual({ numerator: 3n, denominator: 2n });
  expect(rational(-6, 4)).toEqual({ numerator: -3n, denominator: 2n });
  for (const part of [0.5, 2 ** 53, Number.NaN]) {
    expectError(() => rational(part), "EMRX_BAD_NUMBER", String(part));
    expectError(() => rational(1, part), "EMRX_BAD_NUMBER");
  }
  expect([
    compare(rational(1, 3), rational(1, 2)),
    compare(rational(1, 2), rational(1, 3)),
  ]).toEqual([-1, 1]);
  expect(compare(rational(2, 4), rational(1, 2))).toBe(0);
  expect([7n, -7n, 6n, -6n, 0n].map((a) => floorDivide(a, 3n))).toEqual([2n, -3n, 2n, -2n, 0n]);
  expect([7n, -7n, 6n, -6n, 0n].map((a) => ceilDivide(a, 3n))).toEqual([3n, -2n, 2n, -2n, 0n]);
  expect(toNumber(rational(-1, 3))).toBe(-1 / 3);
  expect(toNumber(rational(1n, 10n ** 400n))).toBe(0);
  expect(toNumber(rational(1n, 10n ** 320n))).toBe(1e-320); // a subnormal double
  expect(toNumber(rational(10n ** 300n, 7n))).toBe(1e300 / 7);
  expect(toNumber(rational(10n ** 400n))).toBe(Number.POSITIVE_INFINITY);
  expect(toNumber(rational(2n ** 70n + 1n, 2n ** 70n))).toBe(1);
});

test("without a generator of cryptographic quality there is no default source", () => {
  for (const crypto of [undefined, {}]) {
    vi.stubGlobal("crypto", crypto);
    try {
      expectError(() => platformRandom(), "EMRX_BAD_RANDOM_SOURCE", "getRandomValues");
    } finally {
      vi.unstubAllGlobals();
    }
  }
  platformRandom().fill(new Uint32Array(1));
});

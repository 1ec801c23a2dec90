// The laws that every pure frequency oracle keeps, as exact checks against the testkit's own rationals.
import { enumerateDraws, rational as R } from "@emrx/testkit";
import { expect } from "vitest";
import type { Rational } from "../../src/exact.js";
import type { FrequencyAggregator, FrequencyOracle } from "../../src/index.js";
import { LdpError } from "../../src/index.js";

/** A fraction of the library as one of the oracle's. */
export const exact = ({ numerator, denominator }: Rational): R.Q => R.q(numerator, denominator);

/** A lower bound of e^epsilon by the oracle's own series. */
export const expOf = (epsilon: string): R.Q =>
  R.expLower(R.decimal(epsilon), 60 + Math.ceil(4 * Number(epsilon)));

/** As toEqual, but quick for long arrays. */
export function expectSame(actual: Uint8Array, expected: Uint8Array): void {
  expect(Buffer.compare(actual, expected)).toBe(0);
}

export function expectClose(actual: number, expected: number, relative = 1e-12): void {
  const scale = Math.max(Math.abs(expected), 1e-300);
  if (!(Math.abs(actual - expected) <= relative * scale)) {
    expect.fail(`${actual} differs from ${expected} by more than ${relative} of it`);
  }
}

/** The report of `d` bits that has these set: category v is bit v mod 8 of byte v div 8. */
export function bitmapOf(d: number, categories: readonly number[]): Uint8Array<ArrayBuffer> {
  const bitmap = new Uint8Array(Math.ceil(d / 8));
  for (const v of categories) bitmap[v >> 3] = (bitmap[v >> 3] as number) | (1 << (v & 7));
  return bitmap;
}

/** A pure mechanism with a way to write down its report number y. */
export interface Case<Report, Column> {
  readonly mechanism: FrequencyOracle<Report, Column>;
  readonly report: (y: number) => Report;
}

/** Law 1: by enumeration, no ratio exceeds e^epsilon, and the closed form is the largest one. */
export function checkBudget({ mechanism }: Case<never, never> | Case<unknown, unknown>): void {
  const channel = mechanism.channel();
  let worst = R.q(1);
  for (let y = 0; y < channel.outputs; y++) {
    const row = Array.from({ length: channel.inputs }, (_, x) => exact(channel.probability(y, x)));
    const largest = row.reduce((a, b) => (R.less(a, b) ? b : a));
    const smallest = row.reduce((a, b) => (R.less(a, b) ? a : b));
    expect(smallest.n > 0n).toBe(true);
    const ratio = R.div(largest, smallest);
    if (R.less(worst, ratio)) worst = ratio;
  }
  expect(R.less(expOf(mechanism.epsilon), worst)).toBe(false);
  expect(R.equal(worst, exact(mechanism.worstRatio))).toBe(true);
  expect(mechanism.exactEpsilon()).toBeLessThanOrEqual(Number(mechanism.epsilon));
  expectClose(mechanism.exactEpsilon(), Math.log1p(R.toNumber(R.sub(worst, R.q(1)))), 1e-9);
}

/** Every row of the channel sums to exactly 1. */
export function checkDistribution({ mechanism }: Case<unknown, unknown>): void {
  const channel = mechanism.channel();
  for (let x = 0; x < channel.inputs; x++) {
    let total = R.q(0);
    for (let y = 0; y < channel.outputs; y++)
      total = R.add(total, exact(channel.probability(y, x)));
    expect(total).toEqual(R.q(1));
  }
}

/** How many reports support each category; Hadamard and projective geometry response count cells, and sum them to estimate. */
function supportOf<Report, Column>(
  mechanism: FrequencyOracle<Report, Column>,
  { counts, n, estimate }: FrequencyAggregator<Report, Column>,
): readonly number[] {
  if (mechanism.name !== "hr" && mechanism.name !== "pgr") return [...counts];
  const [p, q] = [R.toNumber(exact(mechanism.support.p)), R.toNumber(exact(mechanism.support.q))];
  return [...estimate().frequencies].map((f) => {
    const count = n * (q + f * (p - q));
    expect(Math.abs(count - Math.round(count))).toBeLessThan(1e-6);
    return Math.round(count);
  });
}

/** Laws 2 and 3: the estimator's expectation is the indicator, its variance the closed form; reports counted by `add`. */
export function checkEstimator<Report, Column>({ mechanism, report }: Case<Report, Column>): void {
  const channel = mechanism.channel();
  const [p, q] = [exact(mechanism.support.p), exact(mechanism.support.q)];
  const gap = R.sub(p, q);
  // What each report adds to the counts does not depend on who sent it.
  const estimates = Array.from({ length: channel.outputs }, (_, y) => {
    const one = mechanism.aggregator();
    one.add(report(y));
    const { frequencies } = one.estimate();
    return supportOf(mechanism, one).map((count, v) => {
      const estimate = R.div(R.sub(R.q(count), q), gap);
      expectClose(frequencies[v] as number, R.toNumber(estimate), 1e-11);
      return { estimate, square: R.mul(estimate, estimate) };
    });
  });
  for (let x = 0; x < channel.inputs; x++) {
    const mean = Array.from({ length: mechanism.categories }, () => R.q(0));
    const square = Array.from({ length: mechanism.categories }, () => R.q(0));
    estimates.forEach((ofReport, y) => {
      const weight = exact(channel.probability(y, x));
      ofReport.forEach(({ estimate, square: squared }, v) => {
        mean[v] = R.add(mean[v] as R.Q, R.mul(weight, estimate));
        square[v] = R.add(square[v] as R.Q, R.mul(weight, squared));
      });
    });
    for (let v = 0; v < mechanism.categories; v++) {
      expect(mean[v]).toEqual(R.q(v === x ? 1 : 0));
      const variance = R.sub(square[v] as R.Q, R.q(v === x ? 1 : 0));
      // The closed form is base + slope f in doubles: at f = 1 a small variance may be the difference of two large terms.
      const slack = 1e-14 * (1 + mechanism.variance(1, 0));
      const found = mechanism.variance(1, v === x ? 1 : 0);
      expect(Math.abs(found - R.toNumber(variance))).toBeLessThanOrEqual(
        1e-9 * R.toNumber(variance) + slack,
      );
    }
  }
}

/** Law 4: over all random words, each report comes out with exactly its probability in the channel. */
export function checkSampler<Report, Column>(
  { mechanism, report }: Case<Report, Column>,
  words: readonly number[],
  most: number,
): void {
  const channel = mechanism.channel();
  for (let x = 0; x < channel.inputs; x++) {
    const drawn = enumerateDraws(words, most, (source) => mechanism.randomize(x, source));
    let seen = 0;
    for (let y = 0; y < channel.outputs; y++) {
      const found = drawn.probability.get(JSON.stringify(report(y))) ?? R.q(0);
      const truth = exact(channel.probability(y, x));
      // Without rejection this is equality; with it, what is unresolved is all that may be missing.
      expect(R.less(truth, found)).toBe(false);
      expect(R.less(R.add(found, drawn.unresolved), truth)).toBe(false);
      if (found.n > 0n) seen++;
    }
    expect(seen).toBe(drawn.probability.size);
  }
}

/** Law 5: split, order, merge and bytes make no difference to the state. */
export function checkMonoid<Report, Column>(
  { mechanism, report }: Case<Report, Column>,
  ys: readonly number[],
  cut: number,
): void {
  const all = mechanism.aggregator();
  for (const y of ys) all.add(report(y));
  const [left, right] = [mechanism.aggregator(), mechanism.aggregator()];
  ys.forEach((y, i) => {
    (i < cut ? left : right).add(report(y));
  });
  const restored = mechanism.aggregatorFromBytes(right.toBytes());
  restored.merge(left);
  left.merge(right);
  expectSame(left.toBytes(), all.toBytes());
  expectSame(restored.toBytes(), all.toBytes());
  expectSame(mechanism.aggregatorFromBytes(all.toBytes()).toBytes(), all.toBytes());
  // A column gives what its reports give.
  const bytes = new Uint8Array(ys.length * mechanism.reportBytes);
  const offsets = ys.map((_, i) => i * mechanism.reportBytes);
  ys.forEach((y, i) => {
    mechanism.encode(report(y), bytes, offsets[i] as number);
  });
  const column = mechanism.decodeBatch(bytes, offsets);
  const batch = mechanism.aggregator();
  batch.addBatch(column);
  expectSame(batch.toBytes(), all.toBytes());
  // Law 7: bytes and back, one by one and by the column.
  const again = new Uint8Array(bytes.length);
  mechanism.encodeBatch(column, again, offsets);
  expectSame(again, bytes);
  ys.forEach((y, i) => {
    expect(mechanism.decode(bytes, offsets[i] as number)).toEqual(report(y));
  });
}

/** Law 7 for hostile bytes: a parser returns something that serializes to the very same bytes, or throws an LdpError. */
export function checkParser(
  bytes: Uint8Array,
  parse: (bytes: Uint8Array) => Uint8Array,
): "parsed" | "refused" {
  let again: Uint8Array;
  try {
    again = parse(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(LdpError);
    return "refused";
  }
  expectSame(again, bytes);
  return "parsed";
}

/** All words whose top `bits` bits run through every value. */
export const topWords = (bits: number): number[] =>
  Array.from({ length: 2 ** bits }, (_, k) => k * 2 ** (32 - bits));

/** All words whose lowest `bits` bits run through every value. */
export const lowWords = (bits: number): number[] => Array.from({ length: 2 ** bits }, (_, k) => k);

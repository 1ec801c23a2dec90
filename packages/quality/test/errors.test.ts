import { describe, expect, test } from "vitest";
import {
  aggregateQuality,
  attainment,
  attainmentBound,
  binomialInterval,
  channelOf,
  clopperPearsonInterval,
  efficiency,
  frequencyEstimate,
  frequencyVariance,
  meanEfficiency,
  normalInterval,
  QualityError,
} from "../src/index.js";

const good = { p: 0.75, q: 0.25 };
const cohort = { ...good, n: 10, frequency: 0.5, target: "cohort" as const };

/** What each wrong argument is answered with, and which word of the message names it. */
const wrong: readonly (readonly [string, string, string, () => unknown])[] = [
  [
    "p below q",
    "EMRX_BAD_CHANNEL",
    "p is 0.2",
    () => efficiency({ p: 0.2, q: 0.3, categories: 2 }),
  ],
  [
    "p above 1",
    "EMRX_BAD_CHANNEL",
    "p is 1.1",
    () => efficiency({ p: 1.1, q: 0.3, categories: 2 }),
  ],
  [
    "negative q",
    "EMRX_BAD_CHANNEL",
    "q is -0.1",
    () => efficiency({ p: 0.5, q: -0.1, categories: 2 }),
  ],
  ["p equal to q", "EMRX_BAD_CHANNEL", "q < p", () => frequencyVariance({ ...cohort, q: 0.75 })],
  [
    "NaN",
    "EMRX_BAD_CHANNEL",
    "NaN",
    () => attainmentBound({ p: Number.NaN, q: 0, n: 1, tolerance: 1 }),
  ],
  [
    "an oracle without contrast",
    "EMRX_BAD_CHANNEL",
    "p is 0.5",
    () =>
      channelOf({
        support: { p: { numerator: 1n, denominator: 2n }, q: { numerator: 1n, denominator: 2n } },
      }),
  ],
  [
    "one category",
    "EMRX_OUT_OF_RANGE",
    "categories is 1",
    () => efficiency({ ...good, categories: 1 }),
  ],
  [
    "a frequency above 1",
    "EMRX_OUT_OF_RANGE",
    "frequency is 1.5",
    () => efficiency({ ...good, frequency: 1.5 }),
  ],
  ["no spread", "EMRX_OUT_OF_RANGE", "spread is 0", () => meanEfficiency({ spread: 0, noise: 1 })],
  [
    "negative noise",
    "EMRX_OUT_OF_RANGE",
    "noise is -1",
    () => meanEfficiency({ spread: 1, noise: -1 }),
  ],
  ["no reports", "EMRX_OUT_OF_RANGE", "n is 0", () => frequencyVariance({ ...cohort, n: 0 })],
  [
    "a cohort smaller than its reporters",
    "EMRX_OUT_OF_RANGE",
    "cohortSize is 5",
    () => frequencyVariance({ ...cohort, cohortSize: 5 }),
  ],
  [
    "a negative variance",
    "EMRX_OUT_OF_RANGE",
    "variance is -1",
    () => attainment({ variance: -1, tolerance: 1 }),
  ],
  [
    "no tolerance",
    "EMRX_OUT_OF_RANGE",
    "tolerance is 0",
    () => attainment({ variance: 1, tolerance: 0 }),
  ],
  [
    "certainty",
    "EMRX_OUT_OF_RANGE",
    "confidence is 1",
    () => normalInterval({ estimate: 0, variance: 1, confidence: 1 }),
  ],
  [
    "an endless estimate",
    "EMRX_OUT_OF_RANGE",
    "estimate is Infinity",
    () => normalInterval({ estimate: Number.POSITIVE_INFINITY, variance: 1 }),
  ],
  [
    "more successes than trials",
    "EMRX_OUT_OF_RANGE",
    "count is 11",
    () => binomialInterval({ count: 11, n: 10 }),
  ],
  [
    "a negative count",
    "EMRX_OUT_OF_RANGE",
    "count is -1",
    () => clopperPearsonInterval({ ...good, count: -1, n: 10 }),
  ],
  [
    "no trials",
    "EMRX_OUT_OF_RANGE",
    "n is 0",
    () => frequencyEstimate({ ...good, count: 0, n: 0 }),
  ],
  [
    "too few weights",
    "EMRX_MISMATCH",
    "weights 1",
    () => aggregateQuality({ qualities: [0.1, 0.2], weights: [1] }),
  ],
  [
    "weights of 0",
    "EMRX_BAD_WEIGHTS",
    "sum to 0",
    () => aggregateQuality({ qualities: [0.1], weights: [0] }),
  ],
  [
    "a negative weight",
    "EMRX_BAD_WEIGHTS",
    "weights[1] is -2",
    () => aggregateQuality({ qualities: [0.1, 0.2], weights: [3, -2] }),
  ],
  [
    "a quality above 1",
    "EMRX_OUT_OF_RANGE",
    "qualities[0] is 1.2",
    () => aggregateQuality({ qualities: [1.2] }),
  ],
];

describe("a wrong argument gives a QualityError that names it", () => {
  test.each(wrong)("%s", (_name, code, words, call) => {
    let error: unknown;
    try {
      call();
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(QualityError);
    expect((error as QualityError).code).toBe(code);
    expect((error as QualityError).message).toContain(words);
    expect((error as QualityError).name).toBe("QualityError");
  });
});

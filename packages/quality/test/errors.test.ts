import { describe, expect, test } from "vitest";
import {
  aggregateQuality,
  attainment,
  attainmentBound,
  efficiency,
  meanEfficiency,
} from "../src/data-quality.js";
import { QualityError } from "../src/errors.js";
import { frequencyEstimate, frequencyVariance, supportProbabilities } from "../src/frequencies.js";
import { binomialInterval, clopperPearsonInterval, normalInterval } from "../src/intervals.js";
import * as q from "./every-name.js";

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
      supportProbabilities({
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
  // Intervals.
  [
    "Wilson of a negative count",
    "EMRX_OUT_OF_RANGE",
    "count is -1",
    () => q.wilsonInterval({ ...good, count: -1, n: 4 }),
  ],
  [
    "Wilson without confidence",
    "EMRX_OUT_OF_RANGE",
    "confidence is 0",
    () => q.wilsonInterval({ ...good, count: 1, n: 4, confidence: 0 }),
  ],
  [
    "Wilson of no channel",
    "EMRX_BAD_CHANNEL",
    "p is 0.1",
    () => q.wilsonInterval({ p: 0.1, q: 0.2, count: 1, n: 4 }),
  ],
  [
    "Hoeffding of no channel",
    "EMRX_BAD_CHANNEL",
    "p is 0.1",
    () => q.hoeffdingHalfWidth({ p: 0.1, q: 0.2, n: 4 }),
  ],
  [
    "Hoeffding of no reports",
    "EMRX_OUT_OF_RANGE",
    "n is -3",
    () => q.hoeffdingHalfWidth({ ...good, n: -3 }),
  ],
  [
    "a reversed range of scores",
    "EMRX_OUT_OF_RANGE",
    "high - low is -2",
    () => q.boundedMeanHalfWidth({ low: 1, high: -1, n: 3 }),
  ],
  [
    "full confidence in a bounded mean",
    "EMRX_OUT_OF_RANGE",
    "confidence is 1",
    () => q.boundedMeanHalfWidth({ low: 0, high: 1, n: 3, confidence: 1 }),
  ],
  [
    "Bernstein at an impossible frequency",
    "EMRX_OUT_OF_RANGE",
    "frequency is 2",
    () => q.bernsteinHalfWidth({ ...good, n: 3, target: "population", frequency: 2 }),
  ],
  [
    "Bernstein without reports",
    "EMRX_OUT_OF_RANGE",
    "n is 0",
    () => q.bernsteinHalfWidth({ ...good, n: 0, target: "cohort" }),
  ],
  [
    "Bernstein with too much confidence",
    "EMRX_OUT_OF_RANGE",
    "confidence is 2",
    () => q.bernsteinHalfWidth({ ...good, n: 1, target: "cohort", confidence: 2 }),
  ],
  [
    "no intervals together",
    "EMRX_OUT_OF_RANGE",
    "count is 0",
    () => q.bonferroniConfidence({ count: 0 }),
  ],
  [
    "half an interval",
    "EMRX_OUT_OF_RANGE",
    "count is 1.5",
    () => q.bonferroniConfidence({ count: 1.5 }),
  ],
  [
    "a joint confidence of 1",
    "EMRX_OUT_OF_RANGE",
    "confidence is 1",
    () => q.bonferroniConfidence({ count: 2, confidence: 1 }),
  ],
  [
    "Sidak's with confidence 0",
    "EMRX_OUT_OF_RANGE",
    "confidence is 0",
    () => q.sidakConfidence({ count: 2, confidence: 0, form: "bits", target: "cohort" }),
  ],
  [
    "Sidak's of none",
    "EMRX_OUT_OF_RANGE",
    "count is 0",
    () => q.sidakConfidence({ count: 0, form: "bits", target: "cohort" }),
  ],
  [
    "a negative count in a distribution",
    "EMRX_OUT_OF_RANGE",
    "counts[1] is -1",
    () => q.cumulativeBand({ ...good, counts: [2, -1], target: "cohort" }),
  ],
  [
    "a distribution of nothing",
    "EMRX_OUT_OF_RANGE",
    "sum of counts is 0",
    () => q.cumulativeBand({ ...good, counts: [0, 0], target: "cohort" }),
  ],
  [
    "a certain band",
    "EMRX_OUT_OF_RANGE",
    "confidence is 1",
    () => q.cumulativeBand({ ...good, counts: [1, 2], target: "cohort", confidence: 1 }),
  ],
  [
    "the quantile of 0",
    "EMRX_OUT_OF_RANGE",
    "probability is 0",
    () =>
      q.quantileInterval(
        { estimate: new Float64Array(1), lower: new Float64Array(1), upper: new Float64Array(1) },
        0,
      ),
  ],
  // Measures.
  [
    "no tolerance in a ratio",
    "EMRX_OUT_OF_RANGE",
    "tolerance is 0",
    () => q.toleranceRatio({ variance: 1, tolerance: 0 }),
  ],
  [
    "a negative variance in a ratio",
    "EMRX_OUT_OF_RANGE",
    "variance is -1",
    () => q.toleranceRatio({ variance: -1, tolerance: 1 }),
  ],
  [
    "information about one category",
    "EMRX_OUT_OF_RANGE",
    "categories is 1",
    () => q.information({ ...good, categories: 1, form: "value" }),
  ],
  [
    "information through no channel",
    "EMRX_BAD_CHANNEL",
    "q is 1",
    () => q.information({ p: 1, q: 1, categories: 2, form: "bits" }),
  ],
  [
    "the bound for no tolerance",
    "EMRX_OUT_OF_RANGE",
    "tolerance is -1",
    () => attainmentBound({ ...good, n: 1, tolerance: -1 }),
  ],
  [
    "the bound for no reports",
    "EMRX_OUT_OF_RANGE",
    "n is 0",
    () => attainmentBound({ ...good, n: 0, tolerance: 1 }),
  ],
  [
    "no groups",
    "EMRX_MISMATCH",
    "groups is empty",
    () => q.poolGroups({ groups: [], target: "cohort" }),
  ],
  [
    "an empty group",
    "EMRX_OUT_OF_RANGE",
    "groups[].n is 0",
    () => q.poolGroups({ groups: [{ ...good, n: 0 }], target: "cohort" }),
  ],
  [
    "a group of negative noise",
    "EMRX_OUT_OF_RANGE",
    "groups[].noise is -2",
    () => q.poolGroups({ groups: [{ noise: -2, n: 1 }], target: "cohort" }),
  ],
  [
    "groups whose values do not vary",
    "EMRX_OUT_OF_RANGE",
    "spread is 0",
    () => q.poolGroups({ groups: [{ ...good, n: 1 }], frequency: 0, target: "cohort" }),
  ],
  [
    "a request for nothing",
    "EMRX_MISMATCH",
    "attributes is empty",
    () => q.offerQuality({}, { attributes: [], target: "cohort" }),
  ],
  [
    "a request without tolerance",
    "EMRX_OUT_OF_RANGE",
    "tolerance of a is 0",
    () =>
      q.offerQuality(
        {},
        { attributes: [{ name: "a", categories: 2, weight: 1, tolerance: 0 }], target: "cohort" },
      ),
  ],
  [
    "a request for one category",
    "EMRX_OUT_OF_RANGE",
    "categories of a is 1",
    () =>
      q.offerQuality(
        {},
        { attributes: [{ name: "a", categories: 1, weight: 1, tolerance: 1 }], target: "cohort" },
      ),
  ],
  [
    "a request of negative spread",
    "EMRX_OUT_OF_RANGE",
    "spread of a is -1",
    () =>
      q.offerQuality(
        {},
        { attributes: [{ name: "a", spread: -1, weight: 1, tolerance: 1 }], target: "cohort" },
      ),
  ],
  // Means.
  [
    "a mean of negative noise",
    "EMRX_OUT_OF_RANGE",
    "noise is -1",
    () => q.meanVariance({ noise: -1, spread: 1, n: 1, target: "cohort" }),
  ],
  [
    "a mean of negative spread",
    "EMRX_OUT_OF_RANGE",
    "spread is -1",
    () => q.meanVariance({ noise: 1, spread: -1, n: 1, target: "cohort" }),
  ],
  [
    "a mean of nobody",
    "EMRX_OUT_OF_RANGE",
    "n is 0",
    () => q.meanVariance({ noise: 1, spread: 1, n: 0, target: "cohort" }),
  ],
  [
    "an endless cohort",
    "EMRX_OUT_OF_RANGE",
    "cohortSize is Infinity",
    () =>
      q.meanVariance({
        noise: 1,
        spread: 1,
        n: 2,
        target: "cohort",
        cohortSize: Number.POSITIVE_INFINITY,
      }),
  ],
  // Planning.
  [
    "a curve of one category",
    "EMRX_OUT_OF_RANGE",
    "categories is 1",
    () => q.grrNoise({ categories: 1 }),
  ],
  [
    "a curve at frequency 2",
    "EMRX_OUT_OF_RANGE",
    "frequency is 2",
    () => q.grrNoise({ categories: 3, frequency: 2 }),
  ],
  [
    "a curve of bits at frequency -1",
    "EMRX_OUT_OF_RANGE",
    "frequency is -1",
    () => q.oueNoise({ frequency: -1 }),
  ],
  [
    "a curve over an empty range",
    "EMRX_OUT_OF_RANGE",
    "range[1] - range[0] is 0",
    () => q.duchiNoise({ range: [2, 2] }),
  ],
  ["epsilon 0 on a curve", "EMRX_OUT_OF_RANGE", "epsilon is 0", () => q.sueNoise().at(0)],
  [
    "epsilon 0 on another",
    "EMRX_OUT_OF_RANGE",
    "epsilon is 0",
    () => q.grrNoise({ categories: 2 }).at(0),
  ],
  [
    "records for a half width of 0",
    "EMRX_OUT_OF_RANGE",
    "halfWidth is 0",
    () => q.recordsNeeded({ variance: 1, halfWidth: 0 }),
  ],
  [
    "records for a negative variance",
    "EMRX_OUT_OF_RANGE",
    "variance is -1",
    () => q.recordsNeeded({ variance: -1, halfWidth: 1 }),
  ],
  [
    "records for certainty",
    "EMRX_OUT_OF_RANGE",
    "confidence is 1",
    () => q.recordsNeeded({ variance: 1, halfWidth: 1, confidence: 1 }),
  ],
  [
    "certain records for no width",
    "EMRX_OUT_OF_RANGE",
    "halfWidth is -1",
    () => q.recordsNeededForCertain({ ...good, halfWidth: -1 }),
  ],
  [
    "certain records without a channel",
    "EMRX_BAD_CHANNEL",
    "p is 0",
    () => q.recordsNeededForCertain({ p: 0, q: 0, halfWidth: 1 }),
  ],
  [
    "certain records for certainty",
    "EMRX_OUT_OF_RANGE",
    "confidence is 1",
    () => q.recordsNeededForCertain({ ...good, halfWidth: 1, confidence: 1 }),
  ],
  [
    "the least epsilon of no records",
    "EMRX_OUT_OF_RANGE",
    "n is 0",
    () => q.leastEpsilon({ noise: q.sueNoise(), n: 0, halfWidth: 1 }),
  ],
  [
    "the least epsilon for no width",
    "EMRX_OUT_OF_RANGE",
    "halfWidth is 0",
    () => q.leastEpsilon({ noise: q.sueNoise(), n: 1, halfWidth: 0 }),
  ],
  [
    "the least epsilon of negative spread",
    "EMRX_OUT_OF_RANGE",
    "spread is -1",
    () => q.leastEpsilon({ noise: q.sueNoise(), spread: -1, n: 1, halfWidth: 1 }),
  ],
  [
    "the least epsilon for certainty",
    "EMRX_OUT_OF_RANGE",
    "confidence is 1",
    () => q.leastEpsilon({ noise: q.sueNoise(), n: 1, halfWidth: 1, confidence: 1 }),
  ],
  [
    "a split of nothing",
    "EMRX_OUT_OF_RANGE",
    "budget is 0",
    () => q.bestSplit({ budget: 0, parts: [{ noise: q.sueNoise() }] }),
  ],
  [
    "a split over nothing",
    "EMRX_MISMATCH",
    "parts is empty",
    () => q.bestSplit({ budget: 1, parts: [] }),
  ],
  [
    "a split with a weight of 0",
    "EMRX_OUT_OF_RANGE",
    "parts[1].weight is 0",
    () =>
      q.bestSplit({
        budget: 1,
        parts: [{ noise: q.sueNoise() }, { noise: q.sueNoise(), weight: 0 }],
      }),
  ],
  [
    "a split with a negative cap",
    "EMRX_OUT_OF_RANGE",
    "parts[0].cap is -1",
    () => q.bestSplit({ budget: 1, parts: [{ noise: q.sueNoise(), cap: -1 }] }),
  ],
  // Joint statistics.
  ["a table without attributes", "EMRX_MISMATCH", "shape is empty", () => q.cellIndex([], [])],
  [
    "an attribute without categories",
    "EMRX_OUT_OF_RANGE",
    "shape[1] is 0",
    () => q.cellIndex([0, 0], [2, 0]),
  ],
  [
    "too few values for a cell",
    "EMRX_MISMATCH",
    "values has 1 entries",
    () => q.cellIndex([0], [2, 2]),
  ],
  [
    "a value beyond its attribute",
    "EMRX_OUT_OF_RANGE",
    "values[1] is 2",
    () => q.cellIndex([0, 2], [2, 2]),
  ],
  ["a cell beyond its table", "EMRX_OUT_OF_RANGE", "index is 4", () => q.cellValues(4, [2, 2])],
  [
    "attributes kept out of order",
    "EMRX_OUT_OF_RANGE",
    "keep[1] is 0",
    () => q.marginal([1, 1, 1, 1], [2, 2], [1, 0]),
  ],
  [
    "an attribute kept that is not there",
    "EMRX_OUT_OF_RANGE",
    "keep[0] is 2",
    () => q.marginal([1, 1, 1, 1], [2, 2], [2]),
  ],
  [
    "a joint table of negative counts",
    "EMRX_OUT_OF_RANGE",
    "counts[1] is -1",
    () => q.jointTable({ counts: [3, -1], shape: [2], channels: [good], target: "cohort" }),
  ],
  [
    "a joint table of nobody",
    "EMRX_OUT_OF_RANGE",
    "number of records is 0",
    () => q.jointTable({ counts: [0, 0], shape: [2], channels: [good], target: "cohort" }),
  ],
  [
    "joint variances of nobody",
    "EMRX_OUT_OF_RANGE",
    "n is 0",
    () =>
      q.jointVariances({
        frequencies: [1, 0],
        shape: [2],
        channels: [good],
        n: 0,
        target: "cohort",
      }),
  ],
  [
    "a test of negative counts",
    "EMRX_OUT_OF_RANGE",
    "counts[2] is -1",
    () => q.independenceTest({ counts: [1, 1, -1, 1], rows: 2, columns: 2 }),
  ],
  [
    "a test of nothing",
    "EMRX_OUT_OF_RANGE",
    "sum of counts is 0",
    () => q.independenceTest({ counts: [0, 0, 0, 0], rows: 2, columns: 2 }),
  ],
  [
    "power at no level",
    "EMRX_OUT_OF_RANGE",
    "level is 0",
    () =>
      q.independencePower({
        frequencies: [0.3, 0.2, 0.2, 0.3],
        rows: 2,
        columns: 2,
        channels: [good, good],
        n: 10,
        level: 0,
      }),
  ],
  [
    "power of nobody",
    "EMRX_OUT_OF_RANGE",
    "n is 0",
    () =>
      q.trendPower({
        frequencies: [0.3, 0.2, 0.2, 0.3],
        rows: 2,
        columns: 2,
        channels: [good, good],
        n: 0,
      }),
  ],
  [
    "power through no channel",
    "EMRX_BAD_CHANNEL",
    "p is 0",
    () =>
      q.trendPower({
        frequencies: [0.3, 0.2, 0.2, 0.3],
        rows: 2,
        columns: 2,
        channels: [good, { p: 0, q: 0 }],
        n: 5,
      }),
  ],
  [
    "risks with certainty",
    "EMRX_OUT_OF_RANGE",
    "confidence is 1",
    () =>
      q.riskComparison({
        counts: [1, 1, 1, 1],
        exposure: good,
        outcome: good,
        target: "cohort",
        confidence: 1,
      }),
  ],
  [
    "risks through no channel",
    "EMRX_BAD_CHANNEL",
    "p is 0",
    () =>
      q.riskComparison({
        counts: [1, 1, 1, 1],
        exposure: good,
        outcome: { p: 0, q: 0 },
        target: "cohort",
      }),
  ],
  [
    "a correlation of negative noise",
    "EMRX_OUT_OF_RANGE",
    "noiseX is -1",
    () => q.correlation({ x: [1, 2], y: [1, 2], noiseX: -1, noiseY: 0 }),
  ],
  [
    "a regression of negative noise",
    "EMRX_OUT_OF_RANGE",
    "noise[0] is -1",
    () => q.linearRegression({ predictors: [[1, 2, 3]], response: [1, 2, 3], noise: [-1] }),
  ],
  [
    "a regression on NaN",
    "EMRX_OUT_OF_RANGE",
    "predictors[0][1] is NaN",
    () => q.linearRegression({ predictors: [[1, Number.NaN, 3]], response: [1, 2, 3], noise: [0] }),
  ],
  [
    "a regression of NaN",
    "EMRX_OUT_OF_RANGE",
    "response[2] is NaN",
    () => q.linearRegression({ predictors: [[1, 2, 3]], response: [1, 2, Number.NaN], noise: [0] }),
  ],
  [
    "a cover larger than its sets",
    "EMRX_OUT_OF_RANGE",
    "size is 2",
    () => q.coveringSets({ attributes: 5, size: 2, cover: 3 }),
  ],
  [
    "sets larger than all",
    "EMRX_OUT_OF_RANGE",
    "size is 4",
    () => q.coveringSets({ attributes: 3, size: 4 }),
  ],
  [
    "a cover of none",
    "EMRX_OUT_OF_RANGE",
    "cover is 0",
    () => q.coveringSets({ attributes: 3, size: 2, cover: 0 }),
  ],
  [
    "a marginal of the wrong size",
    "EMRX_MISMATCH",
    "3 entries",
    () => q.consistentMarginals([{ attributes: [0], frequencies: [1, 0, 0] }], [2, 2]),
  ],
  [
    "a marginal without variance",
    "EMRX_OUT_OF_RANGE",
    "marginals[].variance is 0",
    () => q.consistentMarginals([{ attributes: [0], frequencies: [1, 0], variance: 0 }], [2, 2]),
  ],
  [
    "no rounds",
    "EMRX_OUT_OF_RANGE",
    "rounds is 0",
    () => q.maximumEntropyTable({ marginals: [], attributes: [0], shape: [2], rounds: 0 }),
  ],
  // Post-processing.
  [
    "a threshold that is none",
    "EMRX_OUT_OF_RANGE",
    "threshold is NaN",
    () => q.cutBelow([1], Number.NaN),
  ],
  [
    "a likelihood of nobody",
    "EMRX_OUT_OF_RANGE",
    "sum of counts is 0",
    () => q.grrMaximumLikelihood({ ...good, counts: [0, 0] }),
  ],
  [
    "a likelihood of negative counts",
    "EMRX_OUT_OF_RANGE",
    "counts[0] is -1",
    () => q.grrMaximumLikelihood({ ...good, counts: [-1, 2] }),
  ],
  [
    "an iteration of none",
    "EMRX_OUT_OF_RANGE",
    "iterations is 0",
    () => q.expectationMaximization({ counts: [1], channel: [[1]], iterations: 0 }),
  ],
  [
    "an iteration without precision",
    "EMRX_OUT_OF_RANGE",
    "precision is 0",
    () => q.expectationMaximization({ counts: [1], channel: [[1]], precision: 0 }),
  ],
  [
    "an iteration over nobody",
    "EMRX_OUT_OF_RANGE",
    "sum of counts is 0",
    () => q.expectationMaximization({ counts: [0], channel: [[1]] }),
  ],
  [
    "a channel of negative entries",
    "EMRX_OUT_OF_RANGE",
    "channel[0][1] is -0.5",
    () => q.expectationMaximization({ counts: [1, 1], channel: [[1.5, -0.5]] }),
  ],
  [
    "groups that are not numbers",
    "EMRX_OUT_OF_RANGE",
    "estimates[1] is NaN",
    () => q.homogeneityTest({ estimates: [1, Number.NaN], variances: [1, 1] }),
  ],
  // Audit and robustness.
  [
    "an audit with certainty",
    "EMRX_OUT_OF_RANGE",
    "confidence is 1",
    () => q.auditRandomizer({ randomize: (x) => x, pairs: [[0, 1]], trials: 100, confidence: 1 }),
  ],
  [
    "a bound from no trials",
    "EMRX_OUT_OF_RANGE",
    "trials is 0",
    () => q.epsilonLowerBound({ hits: [0, 0], trials: 0 }),
  ],
  [
    "a shift of no targets",
    "EMRX_OUT_OF_RANGE",
    "targets is 0",
    () => q.largestShift({ ...good, share: 0.1, targets: 0 }),
  ],
  [
    "a shift through no channel",
    "EMRX_BAD_CHANNEL",
    "p is 0",
    () => q.largestShift({ p: 0, q: 0, share: 0.1 }),
  ],
  [
    "a profile of one bit",
    "EMRX_OUT_OF_RANGE",
    "histogram.length is 2",
    () => q.bitProfileTest({ ...good, histogram: [1, 2] }),
  ],
  [
    "a profile of negative counts",
    "EMRX_OUT_OF_RANGE",
    "histogram[0] is -1",
    () => q.bitProfileTest({ ...good, histogram: [-1, 2, 3] }),
  ],
  [
    "a profile of nobody",
    "EMRX_OUT_OF_RANGE",
    "sum of histogram is 0",
    () => q.bitProfileTest({ ...good, histogram: [0, 0, 0] }),
  ],
  [
    "plausible bits at level 1",
    "EMRX_OUT_OF_RANGE",
    "level is 1",
    () => q.plausibleBits({ ...good, categories: 3, level: 1 }),
  ],
  [
    "plausible bits of one category",
    "EMRX_OUT_OF_RANGE",
    "categories is 1",
    () => q.plausibleBits({ ...good, categories: 1, level: 0.1 }),
  ],
  [
    "impossible estimates of nobody",
    "EMRX_OUT_OF_RANGE",
    "n is 0",
    () => q.impossibleEstimateTest({ ...good, counts: [0], n: 0 }),
  ],
  [
    "impossible estimates of half a report",
    "EMRX_OUT_OF_RANGE",
    "counts[0] is 0.5",
    () => q.impossibleEstimateTest({ ...good, counts: [0.5], n: 2 }),
  ],
  [
    "a trimmed mean of NaN",
    "EMRX_OUT_OF_RANGE",
    "estimates[0] is NaN",
    () => q.trimmedMean({ estimates: [Number.NaN], trim: 0 }),
  ],
  [
    "a trimmed mean with too many weights",
    "EMRX_MISMATCH",
    "weights 2",
    () => q.trimmedMean({ estimates: [1], weights: [1, 1], trim: 0 }),
  ],
  ["a negative trim", "EMRX_OUT_OF_RANGE", "trim is -0.1", () => q.trimmingPrice(-0.1)],
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

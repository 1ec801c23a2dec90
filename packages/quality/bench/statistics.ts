// Benchmarks of what a server does per attribute and per pair of attributes.
import { clopperPearsonInterval, jointTable } from "@emrx/quality";
import { studyQuality } from "@emrx/quality/data-quality";
import { grrMaximumLikelihood } from "@emrx/quality/post-processing";
import { type BenchEntry, benchEntry } from "../../../bench/entry.js";

const entries: readonly BenchEntry[] = [
  benchEntry({
    name: "quality/clopper-pearson/interval/n=250000",
    unit: "intervals",
    work: 1000,
    baseline: "limit/mix32",
    run() {
      let sum = 0;
      for (let i = 0; i < 1000; i++) {
        sum += clopperPearsonInterval({ count: 70_000 + i, n: 250_000, p: 0.5, q: 0.25 }).upper;
      }
      return sum;
    },
  }),
  ...[32, 128].map((d) =>
    benchEntry({
      name: `quality/joint-table/estimate/d=${d}`,
      unit: "cells",
      work: d * d,
      baseline: "limit/mix32",
      setup: () => Float64Array.from({ length: d * d }, (_, cell) => 100 + (cell % 7)),
      run: (counts) =>
        jointTable({
          counts,
          shape: [d, d],
          channels: [0, 1].map(() => ({ p: 3 / (d + 2), q: 1 / (d + 2) })),
          target: "cohort",
        }).frequencies[0],
    }),
  ),
  benchEntry({
    name: "quality/grr-likelihood/estimate/d=1024",
    unit: "categories",
    work: 1024,
    baseline: "limit/mix32",
    setup: () => Float64Array.from({ length: 1024 }, (_, v) => 50 + ((v * 37) % 101)),
    run: (counts) => grrMaximumLikelihood({ counts, p: 20 / 1043, q: 1 / 1043 })[0],
  }),
  benchEntry({
    name: "quality/study/quality/offers=1000",
    unit: "offers",
    work: 1000,
    baseline: "limit/mix32",
    setup: () =>
      Array.from({ length: 1000 }, (_, i) => ({
        smoker: [{ p: 0.7, q: 0.3, n: 1 + (i % 9) }],
        stage: [{ p: 0.5, q: 0.125, n: 1 + (i % 4) }],
      })),
    run: (offers) =>
      studyQuality(offers, {
        attributes: [
          { name: "smoker", categories: 2, weight: 2, tolerance: 0.02 },
          { name: "stage", categories: 5, weight: 1, tolerance: 0.02 },
        ],
        target: "cohort",
      }).attainment,
  }),
];
export default entries;

// Which test holds which entry of ../shared/theory/vectors.json, and why a few hold none: nothing of the file is forgotten.
import { existsSync, readFileSync } from "node:fs";
import { sharedJson, testWithShared } from "@emrx/testkit";
import { expect } from "vitest";

/** The test files of an entry, from `packages/`, each of which names it; or the reason why there is none. */
type Holder = readonly string[] | string;

const ldp = "ldp-core/test";
const quality = "quality/test";
const leftOut = "of a mechanism that is left out on purpose, see docs/left-out.md";

const holders: Record<string, Record<string, Holder>> = {
  frequency_oracles: {
    table: [
      `${ldp}/mechanisms/vectors.test.ts`, // GRR, SUE, OUE, BLH, OLH, SS, HR with one block, PGR
      `${ldp}/mechanisms/hadamard/block-hadamard.test.ts`, // HR in general
      // SHE, THE, CMS, HCMS: left out
    ],
    choice_rule: [`${ldp}/mechanisms/vectors.test.ts`],
    best_mechanism_per_cell: [`${ldp}/mechanisms/vectors.test.ts`],
  },
  numeric: {
    parameters: [`${ldp}/mechanisms/vectors.test.ts`, `${ldp}/mechanisms/window/mixture.test.ts`],
    variance_table: [`${ldp}/mechanisms/vectors.test.ts`], // Duchi; the others are left out
    hm_eps_star: leftOut,
    pm_beats_duchi_worst_case_above_eps: leftOut,
    sw_b_series_coefficients_small_eps: leftOut,
    grid_rounding_plus_grr: [`${ldp}/mechanisms/vectors.test.ts`],
    window_discretised_pm: [`${ldp}/mechanisms/vectors.test.ts`],
    window_family_best: [`${ldp}/mechanisms/vectors.test.ts`],
    window_recommendation_by_eps_N_le_32: [`${ldp}/mechanisms/vectors.test.ts`],
    duchi_window_mixture_vs_hm_float: [`${ldp}/mechanisms/window/mixture.test.ts`],
    truncated_geometric: [`${ldp}/mechanisms/common/linear.test.ts`],
    exponential_mechanism_ordinal:
      "of the exponential mechanism, in whose place the truncated geometric one is",
  },
  set_valued: { table: [`${ldp}/mechanisms/sets/privset.test.ts`] },
  leveled: {
    rsfd_exact_epsilon: [`${ldp}/mechanisms/left-out.test.ts`],
    spl_vs_smp: [`${ldp}/mechanisms/vectors.test.ts`],
    weighted_combination: [
      `${ldp}/aggregation/weights.test.ts`,
      `${quality}/data-quality/vectors.test.ts`,
    ],
    joint_mle_vs_inverse_variance:
      "a comparison with a likelihood estimator over all groups, which is not offered: it gains less than 1.2 %",
    minid_ldp_examples: [`${ldp}/mechanisms/per-value/value-unary.test.ts`],
    budget_split: [`${ldp}/allocation/split.test.ts`],
  },
  accounting: {
    composition: [`${ldp}/accounting/composition.test.ts`],
    heterogeneous_example: [`${ldp}/accounting/composition.test.ts`],
    pure_to_zcdp: [`${ldp}/accounting/composition.test.ts`],
    grr_zcdp: [`${ldp}/accounting/composition.test.ts`],
    zcdp_to_approx: [`${ldp}/accounting/composition.test.ts`],
    shuffle: [`${ldp}/accounting/shuffle.test.ts`],
    shuffle_bruteforce_small_n: [`${ldp}/accounting/shuffle.test.ts`],
    shuffle_reduction_vs_exact_larger_n: "of a reduction that is no upper bound, and not offered",
    rappor: [`${ldp}/longitudinal/vectors.test.ts`],
    loloha_chain: [`${ldp}/longitudinal/vectors.test.ts`],
    loloha_optimal_g: [`${ldp}/longitudinal/vectors.test.ts`],
    dbitflip: [`${ldp}/longitudinal/vectors.test.ts`],
    float_accounting:
      "what doubles do to 0.1 + 0.2 and ten times 0.1; test/exact/exact.test.ts and test/budget/accountant.test.ts have the exact sums",
  },
  safe_sampling: {
    dyadic_thresholds: [`${ldp}/mechanisms/vectors.test.ts`],
    uniform_integer_bias:
      "of sampling without rejection; test/random/random.test.ts shows that ours is exactly uniform",
    geometric_skip_float_limit: "of geometric skipping in doubles, which is not used",
    float_attack_demo: leftOut,
  },
  error_and_quality: {
    z_0975:
      "a textbook quantile; normal quantiles are checked to 50 digits in quality/test/special",
    exact_coverage: [`${quality}/intervals/coverage.test.ts`],
    sample_size_frequency: [`${quality}/planning/planning.test.ts`],
    sample_size_mean: [`${quality}/planning/planning.test.ts`],
    min_eps_for_half_width: [`${quality}/planning/planning.test.ts`],
    bernstein: [`${quality}/intervals/bounds.test.ts`],
    quality: [`${quality}/data-quality/vectors.test.ts`],
  },
  postprocessing_and_joint: {
    bias: [`${quality}/post-processing/post.test.ts`],
    joint_estimator: [`${quality}/tables/joint-table.test.ts`],
    calm: [`${quality}/tables/calm.test.ts`],
    chi_square: [`${quality}/hypothesis-tests/tests-on-reports.test.ts`],
  },
  audit: { table: [`${quality}/privacy-audit/audit.test.ts`] },
};

testWithShared(
  "theory/vectors.json",
  "every entry of the reference is held by a test, or has a reason",
  () => {
    const { about, ...parts } = sharedJson("theory/vectors.json") as Record<string, object>;
    expect(about).toBeDefined();
    const names = (part: object): string[] =>
      Object.keys(part).filter((name) => name !== "description");
    expect(Object.keys(holders)).toEqual(Object.keys(parts));
    for (const [part, entries] of Object.entries(holders)) {
      expect(Object.keys(entries)).toEqual(names(parts[part] as object));
      for (const [entry, holder] of Object.entries(entries)) {
        if (typeof holder === "string") continue;
        for (const file of holder) {
          const url = new URL(`../../${file}`, import.meta.url);
          expect(existsSync(url), file).toBe(true);
          const text = readFileSync(url, "utf8");
          const isNamed = text.includes(entry) && text.includes("theory/vectors.json");
          expect(isNamed, `${file} names ${part}.${entry}`).toBe(true);
        }
      }
    }
  },
);

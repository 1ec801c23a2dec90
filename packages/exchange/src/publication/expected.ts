// What a study can be expected to be worth before any record is bought: from public parameters alone.

import {
  arrayOf,
  deferred,
  having,
  integer,
  number,
  optional,
  recordOf,
  type Shape,
  text,
} from "@emrx/internal/shape";
import type { Policy, Schema } from "@emrx/ldp-core";
import { mechanismOf } from "@emrx/ldp-core/schema";
import {
  aggregateQuality,
  attainment,
  frequencyVariance,
  supportProbabilities,
} from "@emrx/quality";
import { check, schemaShape } from "../errors/check.js";
import type { StudyTerms } from "../sites/study.js";

const policyShape: Shape<unknown> = /* @__PURE__ */ deferred(() =>
  having({ levels: arrayOf(integer(-1)), pool: arrayOf(integer(0)), disclosed: integer(0) }),
);
const requestShape: Shape<unknown> = /* @__PURE__ */ deferred(() =>
  having({ weights: recordOf(number()), tolerance: text() }),
);

/**
 * The attainment that a study of `records` records under one policy can be expected to have: for each attribute the
 * probability that an error stays within the tolerance, averaged by the request's weights. Frequencies are taken as
 * 1/d, means at the mechanism's largest variance; an attribute that the policy withholds has quality 0.
 *
 * @param schema - attributes, levels and mechanisms
 * @param policy - the patients' policy: which attributes at which levels, how many of them a report discloses
 * @param request - weights and tolerance
 * @param reports - how many reports, at least 1
 * @param cohort - how many people the estimates are for, at least `reports`; an unlimited population unless given
 * @returns a share in [0, 1]
 * @throws QualityError `EMRX_QUALITY_ARGUMENT` for a tolerance or a number that is none
 * @example
 * ```ts
 * import { expectedQuality } from "@emrx/exchange/publication";
 * import { defineSchema, policyFor } from "@emrx/ldp-core";
 *
 * const schema = defineSchema({
 *   id: "visit", version: 1, levels: { usual: "2", strict: "0.5" },
 *   attributes: { smoker: { type: "categorical", values: ["no", "yes"], level: "usual" } },
 *   disclose: "all",
 * });
 * const request = { weights: { smoker: 1 }, tolerance: "0.02" };
 * const [usual, strict] = [policyFor(schema), policyFor(schema, { smoker: "strict" })];
 * expectedQuality(schema, usual, request, 2000) > expectedQuality(schema, strict, request, 2000); // => true
 * ```
 */
export function expectedQuality(
  schema: Schema,
  policy: Policy,
  request: Pick<StudyTerms, "weights" | "tolerance">,
  reports: number,
  cohort?: number,
): number {
  check(schemaShape, schema, "schema");
  check(policyShape, policy, "policy");
  check(requestShape, request, "request");
  check(integer(1), reports, "reports");
  check(optional(integer(1)), cohort ?? reports, "cohort");
  const tolerance = Number(request.tolerance);
  const names = Object.keys(request.weights);
  const qualities = names.map((name) => {
    const attribute = schema.attributes.find((candidate) => candidate.name === name);
    const level = policy.levels[attribute?.index ?? -1] ?? -1;
    if (attribute === undefined || level < 0) return 0;
    const n = Math.max(1, (reports * policy.disclosed) / policy.pool.length);
    const mechanism = mechanismOf(schema, attribute.index, level);
    if (!("support" in mechanism)) {
      const [low, high] = mechanism.range;
      const variance = mechanism.worstVariance(n);
      return attainment({ variance, tolerance: tolerance * (high - low) });
    }
    const frequency = 1 / mechanism.categories;
    const channel = supportProbabilities(mechanism);
    const variance =
      cohort === undefined
        ? frequencyVariance({ ...channel, n, frequency, target: "population" })
        : frequencyVariance({
            ...channel,
            n,
            frequency,
            target: "cohort",
            cohortSize: Math.max(n, cohort),
          });
    return attainment({ variance, tolerance });
  });
  return aggregateQuality({ qualities, weights: names.map((name) => request.weights[name] ?? 0) });
}

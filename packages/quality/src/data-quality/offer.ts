// The quality of what publishers offer for what a requester asks: of one record, one offer, or a whole study.

import { arrayOf, coded, object, recordOf, type Shape, text } from "@emrx/internal/shape";
import * as shapes from "../errors/shapes.js";
import { check, joined } from "../errors/shapes.js";
import type { Target } from "../frequencies/support-probabilities.js";
import { type Aggregation, aggregateQuality, aggregationRule } from "./aggregate.js";
import { attainment } from "./attainment.js";
import {
  type GroupWeighting,
  groupWeighting,
  poolGroups,
  type ReportGroup,
  reportGroups,
} from "./groups.js";
import { toleranceRatio } from "./tolerance-ratio.js";

/** What a requester asks of one attribute: its weight, the error tolerated, and the public scale on which noise is judged. */
export type RequestedAttribute = {
  readonly name: string;
  /** Weight, >= 0, in any unit. */
  readonly weight: number;
  /** Largest error of the estimate that does no harm, in the unit of the estimate. */
  readonly tolerance: number;
} & (
  | { /** Number of categories d; frequencies are judged at 1/d. */ readonly categories: number }
  | { /** Variance of the values of a numeric attribute. */ readonly spread: number }
);

/** What a requester asks. */
export interface QualityRequest {
  readonly attributes: readonly RequestedAttribute[];
  /** How attributes become one figure; the weighted mean unless given. */
  readonly rule?: Aggregation;
  /** Whom the statistics are about. */
  readonly target: Target;
  /** How reports of different levels are pooled; by inverse variance unless given. */
  readonly weighting?: GroupWeighting;
}

/** What is offered: for each attribute, by name, the groups of reports at each level. A missing attribute is withheld. */
export type OfferedReports = { readonly [attribute: string]: readonly ReportGroup[] };

/** The quality of one attribute. */
export interface AttributeQuality {
  readonly name: string;
  /** Number of reports. */
  readonly n: number;
  /** Variance of the pooled estimate at the public frequency; Infinity if the attribute is withheld. */
  readonly variance: number;
  readonly efficiency: number;
  readonly attainment: number;
  readonly toleranceRatio: number;
}

/** Quality of all that was asked. */
export interface OfferQuality {
  /** The aggregate over attributes, one figure a measure. */
  readonly efficiency: number;
  readonly attainment: number;
  readonly toleranceRatio: number;
  readonly attributes: readonly AttributeQuality[];
}

/**
 * The quality of several offers taken together as one study: reports of the same attribute are pooled over offers and levels.
 *
 * It is a function of public parameters alone. One offer in a list of one is the quality of that offer; one whose groups all have
 * n = 1 is the quality of a record, where efficiency is the measure that means something.
 *
 * @param offers - what each publisher or site offers
 * @param request - attributes, weights, tolerances, rule and target
 * @returns the quality of each attribute and of the whole; a withheld attribute has quality 0
 * @throws EMRX_QUALITY_ARGUMENT, EMRX_QUALITY_CHANNEL, EMRX_QUALITY_WEIGHTS, EMRX_QUALITY_MISMATCH
 * @example
 * ```ts
 * import { studyQuality } from "@emrx/quality/data-quality";
 *
 * const site = { smoker: [{ p: 0.75, q: 0.25, n: 5000 }], stage: [{ p: 0.5, q: 0.125, n: 5000 }] };
 * const quality = studyQuality([site, site], {
 *   attributes: [
 *     { name: "smoker", categories: 2, weight: 2, tolerance: 0.02 },
 *     { name: "stage", categories: 5, weight: 1, tolerance: 0.02 },
 *   ],
 *   target: "cohort",
 * });
 * quality.attributes.map(({ n }) => n); // => [10000, 10000]
 * quality.attainment.toFixed(3); // => "0.972"
 * ```
 */
export function studyQuality(
  offers: readonly OfferedReports[],
  request: QualityRequest,
): OfferQuality {
  const offered = check(offersShape, offers, "offers");
  const wanted = check(requestShape, request, "request");
  const attributes = wanted.attributes.map((asked) => {
    const groups = offered.flatMap((offer) => offer[asked.name] ?? []);
    return attributeQuality(groups, asked, wanted);
  });
  const weights = wanted.attributes.map(({ weight }) => weight);
  const overall = (measure: "efficiency" | "attainment" | "toleranceRatio"): number =>
    aggregateQuality({
      qualities: attributes.map((attribute) => attribute[measure]),
      weights,
      ...(wanted.rule === undefined ? {} : { rule: wanted.rule }),
    });
  return {
    efficiency: overall("efficiency"),
    attainment: overall("attainment"),
    toleranceRatio: overall("toleranceRatio"),
    attributes,
  };
}

const requestedMembers = {
  name: /* @__PURE__ */ text(),
  weight: shapes.nonNegative,
  tolerance: shapes.positive,
} as const;
const categorical = /* @__PURE__ */ joined(requestedMembers, { categories: shapes.categories });
const numeric = /* @__PURE__ */ joined(requestedMembers, { spread: shapes.positive });

/** An attribute is known as numeric by its spread. */
const requested: Shape<RequestedAttribute> = (value, visit) =>
  typeof value === "object" && value !== null && Object.hasOwn(value, "spread")
    ? numeric(value, visit)
    : categorical(value, visit);
const requestShape = /* @__PURE__ */ object({
  attributes: /* @__PURE__ */ coded(
    "EMRX_QUALITY_MISMATCH",
    /* @__PURE__ */ arrayOf(/* @__PURE__ */ coded("EMRX_QUALITY_ARGUMENT", requested), {
      least: 1,
    }),
  ),
  rule: aggregationRule,
  target: shapes.target,
  weighting: groupWeighting,
});
const offersShape = /* @__PURE__ */ arrayOf(/* @__PURE__ */ recordOf(reportGroups));

function attributeQuality(
  groups: readonly ReportGroup[],
  asked: RequestedAttribute,
  { target, weighting }: QualityRequest,
): AttributeQuality {
  const { name, tolerance } = asked;
  if (groups.length === 0) {
    const none = { n: 0, variance: Number.POSITIVE_INFINITY };
    return { name, ...none, efficiency: 0, attainment: 0, toleranceRatio: 0 };
  }
  const { n, variance, efficiency } = poolGroups({
    groups,
    target,
    ...("categories" in asked ? { frequency: 1 / asked.categories } : { spread: asked.spread }),
    ...(weighting === undefined ? {} : { weighting }),
  });
  return {
    name,
    n,
    variance,
    efficiency,
    attainment: attainment({ variance, tolerance }),
    toleranceRatio: toleranceRatio({ variance, tolerance }),
  };
}

/**
 * The quality of one offer: `studyQuality` of a list of one.
 *
 * @param offer - groups of reports for each attribute
 * @param request - attributes, weights, tolerances, rule and target
 * @returns the quality of each attribute and of the whole
 * @throws EMRX_QUALITY_ARGUMENT, EMRX_QUALITY_CHANNEL, EMRX_QUALITY_WEIGHTS, EMRX_QUALITY_MISMATCH
 * @example
 * ```ts
 * import { offerQuality } from "@emrx/quality/data-quality";
 *
 * // One record: "sex" at one level, "stage" withheld.
 * const record = { sex: [{ p: 0.75, q: 0.25, n: 1 }] };
 * const request = {
 *   attributes: [
 *     { name: "sex", categories: 2, weight: 1, tolerance: 0.02 },
 *     { name: "stage", categories: 5, weight: 1, tolerance: 0.02 },
 *   ],
 *   target: "population",
 * } as const;
 * offerQuality(record, request).efficiency; // => 0.125
 * ```
 */
export const offerQuality = (offer: OfferedReports, request: QualityRequest): OfferQuality =>
  studyQuality([offer], request);

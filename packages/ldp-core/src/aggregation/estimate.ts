// From the groups of one attribute to one unbiased estimate with its variance.
import { LdpError } from "../errors/ldp-error.js";
import type { AttributeJson, SchemaJson } from "../schema/json.js";
import type { RandomizedName } from "../schema/record-type.js";
import type { AttributeSpec, PublicAttribute, Schema } from "../schema/schema.js";
import type { EstimateOptions } from "./estimate-options.js";
import { estimateFrequencies, type FrequencyResult } from "./frequencies.js";
import { estimateMean, type MeanResult } from "./means.js";
import type { FrequencyGroupState, NumericGroupState, ReportGroup } from "./state.js";

/** The estimate of one attribute: {@link FrequencyResult} for listed values, {@link MeanResult} for numbers. */
export type AttributeEstimate = FrequencyResult | MeanResult;

/** The estimates of a schema's randomized attributes by name. */
export type EstimatesOf<Json extends SchemaJson> = {
  readonly [Name in RandomizedName<Json>]: EstimateOf<Json["attributes"][Name]>;
};

type EstimateOf<A extends AttributeJson> = A extends { readonly type: "numeric" }
  ? MeanResult
  : A extends { readonly type: "public" }
    ? never
    : FrequencyResult<
        | (A extends { readonly values: readonly (infer V extends string)[] } ? V : never)
        | ("missing" extends keyof A ? null : never)
      >;

/** Any attribute but a public one. */
export type RandomizedAttribute = Exclude<AttributeSpec, PublicAttribute>;

/** Estimates one attribute from its groups, which are ordered by level. */
export function estimateAttribute(
  schema: Schema,
  spec: RandomizedAttribute,
  groups: readonly ReportGroup[],
  options: EstimateOptions,
): AttributeEstimate {
  const n = groups.reduce((sum, { tally }) => sum + tally.n, 0);
  if (n === 0)
    throw new LdpError("EMRX_NO_REPORTS", `no report discloses ${spec.name}; add reports first`);
  const { cohort, weights = "inverse-variance", designEffect = 1 } = options;
  if (cohort !== undefined && (!Number.isSafeInteger(cohort) || cohort < n))
    throw new LdpError(
      "EMRX_BAD_PARAMETER",
      `cohort is ${cohort}; expected a whole number of at least ${n}, the reports that disclose ${spec.name}`,
    );
  if (weights !== "inverse-variance" && weights !== "proportional")
    throw new LdpError(
      "EMRX_BAD_PARAMETER",
      `weights is ${String(weights)}; expected "inverse-variance" or "proportional"`,
    );
  if (!(designEffect >= 1) || !Number.isFinite(designEffect))
    throw new LdpError(
      "EMRX_BAD_PARAMETER",
      `designEffect is ${designEffect}; expected a number of at least 1`,
    );
  const rule = { weights, cohort, designEffect };
  // The schema's types decide which mechanisms an attribute has, so each list holds groups of one kind.
  return spec.type === "numeric"
    ? estimateMean(schema, spec, groups as unknown as readonly NumericGroupState[], rule)
    : estimateFrequencies(schema, spec, groups as unknown as readonly FrequencyGroupState[], rule);
}

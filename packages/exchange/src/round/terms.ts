// What a patient of a given profile and a request are worth to each other: integers that anybody can recompute.
import { type Purpose, purposeCovers } from "@emrx/chain-adapter/contracts";
import type { Schema } from "@emrx/ldp-core";
import { mechanismOf } from "@emrx/ldp-core/schema";
import { efficiency, supportProbabilities } from "@emrx/quality";
import { meanEfficiency } from "@emrx/quality/data-quality";
import { ExchangeError } from "../errors/exchange-error.js";
import { parseMoney } from "../ledger/money.js";
import type { Menus } from "../offers/menus.js";

/** What a requester asks for, as its call on the ledger says. */
export interface RequestTerms {
  /** The requester's public key, 64 hexadecimal digits. */
  readonly requester: string;
  /** An HL7 v3 PurposeOfUse code. */
  readonly purpose: Purpose;
  /** Attribute name to a positive integer: what an attribute matters, relative to the others. */
  readonly weights: Readonly<Record<string, number>>;
  /** The error of a frequency (or of a mean, as a share of its range) that the requester accepts, above 0, at most 1. */
  readonly tolerance: string;
  /** Minor units a record. */
  readonly pricePerRecord: number;
  /** How many records at most. */
  readonly quota: number;
}

/** Profile x request tables, row-major by profile. */
export interface MutualTerms {
  /** Price minus privacy cost in ten-thousandths of a minor unit; only meaningful where `acceptable`. */
  readonly net: Float64Array;
  /** Expected weighted efficiency of one such record, in parts per million. */
  readonly score: Uint32Array;
  /** 1 where the profile admits the purpose and the record can tell the requester something. */
  readonly acceptable: Uint8Array<ArrayBuffer>;
}

const FINE = 10_000;

/**
 * Every profile's terms with every request.
 *
 * A patient gains price - purpose cost - exposure cost, where exposure is the requester's weighted mean of the
 * profile's epsilons. A requester gains the weighted mean over its attributes of P(attribute sampled) times the
 * efficiency of the attribute's mechanism at the profile's level.
 *
 * @param schema - attributes, levels and the composition rule
 * @param menus - the profiles
 * @param requests - the round's requests in ledger order
 * @returns integer tables, profile-major
 * @throws ExchangeError `EMRX_EXCHANGE_REQUEST` for a weight on an attribute that the schema does not have
 */
export function mutualTerms(
  schema: Schema,
  menus: Menus,
  requests: readonly RequestTerms[],
): MutualTerms {
  const size = menus.policies.length * requests.length;
  const terms: MutualTerms = {
    net: new Float64Array(size),
    score: new Uint32Array(size),
    acceptable: new Uint8Array(size),
  };
  const exposureCost = parseMoney(menus.document.exposureCost, "exposureCost");
  for (const [profileIndex, policy] of menus.policies.entries()) {
    const profile = menus.document.profiles[profileIndex];
    const value = schema.attributes.map((attribute) => {
      const level = policy.levels[attribute.index] ?? -1;
      const inclusion = policy.disclosed / policy.pool.length;
      return level < 0 ? 0 : attributeEfficiency(schema, attribute.index, level) * inclusion;
    });
    const epsilon = schema.attributes.map((attribute) =>
      Number(schema.levels[policy.levels[attribute.index] ?? -1]?.epsilon ?? 0),
    );
    for (const [requestIndex, request] of requests.entries()) {
      let [weightSum, worth, exposure] = [0, 0, 0];
      for (const [name, weight] of Object.entries(request.weights)) {
        const attribute = schema.attributes.find((candidate) => candidate.name === name);
        if (attribute === undefined || attribute.type === "public")
          throw new ExchangeError(
            "EMRX_EXCHANGE_REQUEST",
            `weights.${name}: schema ${schema.id} has no such randomized attribute; expected one of ${schema.attributes.map((known) => known.name).join(", ")}`,
          );
        weightSum += weight;
        worth += weight * (value[attribute.index] ?? 0);
        exposure += weight * (epsilon[attribute.index] ?? 0);
      }
      const cell = profileIndex * requests.length + requestIndex;
      const purposeCost = parseMoney(menus.document.purposeCosts[request.purpose] ?? "0");
      terms.score[cell] = Math.round((worth / weightSum) * 1e6);
      terms.net[cell] =
        (request.pricePerRecord - purposeCost) * FINE -
        Math.round((exposure / weightSum) * exposureCost * FINE);
      terms.acceptable[cell] =
        (terms.score[cell] ?? 0) > 0 &&
        profile?.refuses.some((code) => purposeCovers(code, request.purpose)) === false
          ? 1
          : 0;
    }
  }
  return terms;
}

/**
 * The efficiency of one attribute at one level, from public parameters alone: for listed values at the frequency 1/d,
 * for numbers against values spread evenly over the range and the mechanism's largest variance.
 *
 * @param schema - the schema
 * @param attribute - index of a randomized attribute
 * @param level - index of a level
 * @returns a share in [0, 1]
 * @throws LdpError `EMRX_BAD_PARAMETER` for an index that the schema does not have
 */
export function attributeEfficiency(schema: Schema, attribute: number, level: number): number {
  const mechanism = mechanismOf(schema, attribute, level);
  if ("support" in mechanism)
    return efficiency({ ...supportProbabilities(mechanism), categories: mechanism.categories });
  const [low, high] = mechanism.range;
  return meanEfficiency({ spread: (high - low) ** 2 / 12, noise: mechanism.worstVariance(1) });
}

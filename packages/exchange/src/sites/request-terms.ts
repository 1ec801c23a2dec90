// What a requester asks for, and the terms that go on the ledger.
import type { RequestTerms } from "@emrx/chain-adapter/calls";
import type { Purpose } from "@emrx/chain-adapter/contracts";
import {
  anything,
  coded,
  deferred,
  integer,
  object,
  optional,
  recordOf,
  type Shape,
  text,
} from "@emrx/internal/shape";
import type { Schema } from "@emrx/ldp-core";
import { roundShape } from "../errors/check.js";
import { ExchangeError } from "../errors/exchange-error.js";
import { parseMoney } from "../ledger/money.js";

/** What a requester asks for. */
export interface RecordRequest<Attribute extends string = string> {
  /** The round's number, from 1. */
  readonly round: number;
  /** An HL7 v3 PurposeOfUse code, such as `"HRESCH"`. */
  readonly purpose: Purpose;
  /** Attribute to a positive integer. */
  readonly weights: { readonly [Name in Attribute]?: number };
  /** The error of a frequency (or of a mean, as a share of its range) that is accepted: a decimal such as `"0.01"`. */
  readonly tolerance: string;
  /** The least weighted worth of a record, parts per million; 1 unless given, so that a record tells something. */
  readonly minimumWorth?: number;
  /** An amount such as `"0.50"`. */
  readonly pricePerRecord: string;
  readonly quota: number;
  /** Where the round needs admission: the requester's token for it, in hexadecimal. */
  readonly token?: string;
}

/** The form of a request; what can be asked for is said by {@link checkedTerms}. */
export const requestShape: Shape<RecordRequest> = /* @__PURE__ */ deferred(
  () =>
    coded(
      "EMRX_EXCHANGE_REQUEST",
      object({
        round: roundShape,
        purpose: text(),
        weights: recordOf(anything),
        tolerance: text(),
        minimumWorth: optional(integer(0, 1_000_000)),
        pricePerRecord: text(),
        quota: integer(1),
        token: optional(text()),
      }),
    ) as Shape<RecordRequest>,
);

/** Whether a request on the ledger has these terms. */
export const sameTerms = (own: RequestTerms, terms: RequestTerms): boolean =>
  own.purpose === terms.purpose &&
  own.minimumWorth === terms.minimumWorth &&
  own.price === terms.price &&
  own.quota === terms.quota &&
  JSON.stringify(Object.entries(own.weights).sort()) ===
    JSON.stringify(Object.entries(terms.weights).sort());

/** The terms of a request, or `EMRX_EXCHANGE_REQUEST` with what cannot be asked for. */
export function checkedTerms(
  schema: Schema,
  { purpose, weights, tolerance, minimumWorth = 1, pricePerRecord, quota }: RecordRequest,
): RequestTerms {
  requireWeights(schema, weights);
  if (!(Number(tolerance) > 0 && Number(tolerance) <= 1))
    refuse(`tolerance is ${JSON.stringify(tolerance)}; expected a decimal above 0, at most 1`);
  const price = parseMoney(pricePerRecord, "pricePerRecord");
  return { purpose, weights, minimumWorth, price, quota };
}

function requireWeights(
  schema: Schema,
  weights: RecordRequest["weights"],
): asserts weights is Readonly<Record<string, number>> {
  const known = schema.attributes.filter(({ type }) => type !== "public").map(({ name }) => name);
  for (const [name, weight] of Object.entries(weights))
    if (!(known.includes(name) && Number.isSafeInteger(weight) && Number(weight) >= 1))
      refuse(
        `weights.${name} is ${String(weight)}; expected a whole number of at least 1 for one of ${known.join(", ")}`,
      );
  if (Object.keys(weights).length === 0)
    refuse("weights names no attribute; expected at least one");
}

function refuse(message: string): never {
  throw new ExchangeError("EMRX_EXCHANGE_REQUEST", message);
}

// What a matching is computed from: the open offers and requests of a round, in the ledger's order.
import type { ChainAdapter } from "@emrx/chain-adapter";
import { encodeCanonical } from "@emrx/chain-adapter/codec";
import type { OfferState, Purpose, RequestState } from "@emrx/chain-adapter/contracts";
import { merkleLeafHash, merkleRoot } from "@emrx/chain-adapter/merkle";
import type { Schema } from "@emrx/ldp-core";
import { ExchangeError } from "../errors/exchange-error.js";
import type { Menus } from "../offers/menus.js";
import { menusHash, parametersHash } from "../sites/publication.js";
import type { RequestTerms } from "./terms.js";

/** The facts of one site's offers that a matching rests on. */
export interface OfferInput {
  readonly kind: "offers";
  readonly site: string;
  readonly offers: string;
  readonly count: number;
  readonly root: string;
}

/** The facts of one request that a matching rests on. */
export interface RequestInput {
  readonly kind: "request";
  readonly requester: string;
  readonly purpose: Purpose;
  readonly weights: Readonly<Record<string, number>>;
  readonly tolerance: string;
  readonly pricePerRecord: string;
  readonly quota: number;
}

/** Everything that goes into a round's matching, in order: offers by site, requests by requester. */
export interface RoundInputs {
  readonly round: number;
  readonly offers: readonly OfferInput[];
  readonly requests: readonly RequestInput[];
}

/**
 * Reads a round's open offers and requests from the ledger.
 *
 * @param ledger - any adapter
 * @param round - the round's number
 * @param schema - offers of another schema or with other mechanisms are refused
 * @param menus - offers with other menus are refused
 * @returns the inputs in ledger order
 * @throws ExchangeError `EMRX_EXCHANGE_ROUND` when there are none, or when an offer's schema, parameters or menus differ
 */
export async function readInputs(
  ledger: ChainAdapter,
  round: number,
  schema: Schema,
  menus: Menus,
): Promise<RoundInputs> {
  const open = <S extends { readonly status: string }>(states: readonly S[]): S[] =>
    states.filter(({ status }) => status !== "withdrawn");
  const offers = open(await ledger.view({ type: "trade.offers", round }));
  const requests = open(await ledger.view({ type: "trade.requests", round }));
  if (offers.length === 0 || requests.length === 0)
    throw new ExchangeError(
      "EMRX_EXCHANGE_ROUND",
      `round ${round}: ${offers.length} offers and ${requests.length} requests are open; a matching needs both`,
    );
  const expected = {
    schemaHash: schema.hash,
    parametersHash: parametersHash(schema),
    menusHash: menusHash(menus.document),
  };
  for (const offer of offers)
    for (const [field, hash] of Object.entries(expected) as [keyof typeof expected, string][])
      if (offer[field] !== hash)
        throw new ExchangeError(
          "EMRX_EXCHANGE_ROUND",
          `round ${round}: the offer of site ${offer.site} has ${field} ${offer[field]}, expected ${hash}`,
        );
  return { round, offers: offers.map(offerInput), requests: requests.map(requestInput) };
}

function offerInput({ site, offers, count, root }: OfferState): OfferInput {
  return { kind: "offers", site, offers, count, root };
}

function requestInput(state: RequestState): RequestInput {
  const { requester, purpose, weights, tolerance, pricePerRecord, quota } = state;
  return { kind: "request", requester, purpose, weights, tolerance, pricePerRecord, quota };
}

/**
 * The Merkle root over the facts, one leaf a site or request. The tie-breaking seed depends on it, and the lists, to which
 * the operator commits, depend on the seed.
 */
export function factsRoot({ offers, requests }: RoundInputs): Uint8Array<ArrayBuffer> {
  const facts = [...offers, ...requests];
  const leaves = new Uint8Array(32 * facts.length);
  for (const [i, fact] of facts.entries())
    leaves.set(merkleLeafHash(encodeCanonical(fact)), 32 * i);
  return merkleRoot(leaves);
}

/** The requests as the matching's arithmetic wants them. */
export function requestTerms({ requests }: RoundInputs): RequestTerms[] {
  return requests.map(({ kind: _, pricePerRecord, ...request }) => ({
    ...request,
    pricePerRecord: Number(pricePerRecord),
  }));
}

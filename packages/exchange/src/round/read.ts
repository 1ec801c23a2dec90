// A round as the ledger has it, for anybody; and what stands on the ledger about one of its pairs.
import type { ChainAdapter } from "@emrx/chain-adapter";
import type { PairView, Publication, RoundView } from "@emrx/chain-adapter/calls";
import type { BundleFacts, ClaimFacts } from "@emrx/chain-adapter/payload";
import { guard, integer, object, optional, type Shape } from "@emrx/internal/shape";
import { check, ledgerShape, roundShape } from "../errors/check.js";
import { ExchangeError } from "../errors/exchange-error.js";

/** A round with its publication. */
export interface Round extends RoundView {
  readonly ledger: string;
  readonly document: Publication;
}

/**
 * Reads a round: its phase, windows, offers, requests, the allocation, what happened in each pair, and its money.
 *
 * @param ledger - the ledger
 * @param round - the round's number
 * @param options - `time`: the moment to read it at, milliseconds since 1970; the ledger's latest time unless given. A
 *   ledger tells no time while nothing is written, so give the time of a clock to know what is due
 * @returns the round; undefined where it is not opened yet
 * @throws ExchangeError `EMRX_EXCHANGE_ROUND` where the ledger does not have its publication
 * @example
 * ```ts
 * import { createGenesis, memoryLedger } from "@emrx/chain-adapter";
 * import { readRound } from "@emrx/exchange";
 *
 * const ledger = await memoryLedger({ genesis: createGenesis({ name: "trial" }) });
 * await readRound(ledger, 1); // => undefined
 * ```
 */
export async function readRound(
  ledger: ChainAdapter,
  round: number,
  options: { readonly time?: number } = {},
): Promise<Round | undefined> {
  check(ledgerShape, ledger, "ledger");
  check(roundShape, round, "round");
  check(object({ time: optional(integer(0)) }), options, "options");
  const view = await ledger.view({ type: "round.state", round, ...options });
  if (view === null) return undefined;
  const { publication } = view;
  const found = await ledger.view({ type: "publication.document", publication });
  if (found === null)
    throw new ExchangeError(
      "EMRX_EXCHANGE_ROUND",
      `round ${round} is of publication ${publication}, which the ledger does not have; this ledger is not to be trusted`,
    );
  return { ...view, ledger: ledger.id, document: found.document };
}

const readShape: Shape<Round> = /* @__PURE__ */ guard(
  (value): value is Round =>
    typeof value === "object" &&
    value !== null &&
    Array.isArray((value as Round).offers) &&
    typeof (value as Round).document === "object" &&
    (value as Round).document !== null,
  "a round from readRound",
);
const pairShape: Shape<PairView> = /* @__PURE__ */ guard(
  (value): value is PairView =>
    typeof value === "object" && value !== null && Array.isArray((value as PairView).ranges),
  "a pair of a round",
);

/** What decides what the bundle of a pair must hold. */
export function bundleFacts(of: Round, pair: PairView): BundleFacts {
  const { ledger, round, document, offers } = check(readShape, of, "of");
  const { site, requester, ranges } = check(pairShape, pair, "pair");
  const offer = offers.find((other) => other.site === site);
  const { schemaHash, suite, chunk, profiles, lotSize } = document;
  const lots = offer?.classes.reduce((sum, one) => sum + one.lots, 0) ?? 0;
  return {
    ...{ ledger, round, site, requester, schemaHash, suite, chunk, ranges, profiles },
    batchRoot: offer?.root ?? "",
    batchCount: lots * lotSize,
  };
}

/** All that stands on the ledger about a released pair; undefined before it is released. */
export function claimFacts(round: Round, pair: PairView): ClaimFacts | undefined {
  const { grant, read, wrappedKey } = check(pairShape, pair, "pair");
  if (grant === undefined || read === undefined || wrappedKey === undefined) return undefined;
  const { root, keyCommitment } = grant;
  const { oneTimeKey } = read;
  return { ...bundleFacts(round, pair), root, keyCommitment, oneTimeKey, wrappedKey };
}

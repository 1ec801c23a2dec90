// Admission: how whoever takes part gets its token for a round, and how the audit looks at the tokens that were spent.
import { type ChainAdapter, type LedgerAudit, LedgerError } from "@emrx/chain-adapter";
import {
  decodeToken,
  requestToken,
  type Token,
  tokenId,
  verifyToken,
} from "@emrx/chain-adapter/blind-tokens";
import { parseSignedCall } from "@emrx/chain-adapter/calls";
import { decodeCanonical } from "@emrx/chain-adapter/codec";
import type { LedgerAuditCheck } from "@emrx/chain-adapter/ledger";
import { hexToBytes } from "@noble/hashes/utils.js";
import { ExchangeError } from "../errors/exchange-error.js";
import { eventsOf } from "../ledger/events.js";

/**
 * Gets a token for one round: reads the round's issuer key from the ledger, asks the issuer to sign blindly, and checks
 * what it signed. One token admits one batch of offers or one request; it is bound to the ledger, the round and the party.
 *
 * @param options - ledger; the round's number; `party`: who will spend it, its name of 64 hexadecimal digits; `issue`: takes
 *   the blinded request to the issuer, who knows which party asks, and resolves with the answer
 * @returns the token, for `publish` or `request`
 * @throws ExchangeError `EMRX_EXCHANGE_ROUND` where the round takes no tokens; LedgerError `EMRX_INVALID_TOKEN` for an answer
 *   that is not signed under the round's key; whatever `issue` throws
 * @example
 * ```ts
 * import { createGenesis, createIdentity, memoryLedger } from "@emrx/chain-adapter";
 * import { createTokenIssuer } from "@emrx/chain-adapter/blind-tokens";
 * import { openRound } from "@emrx/exchange/rounds";
 * import { admissionToken } from "@emrx/exchange/sites";
 * import { partyId } from "@emrx/chain-adapter/identity";
 *
 * const ledger = await memoryLedger({ genesis: createGenesis({ name: "trial" }) });
 * const [issuer, operator, lab] = [await createTokenIssuer(), await createIdentity(), await createIdentity()];
 * await openRound({ ledger, operator, round: 1, issuerKey: issuer.publicKey });
 * const party = partyId(lab);
 * const issue = (blinded: Uint8Array) => issuer.issue(party, blinded);
 * (await admissionToken({ ledger, round: 1, party, issue })).signature.length; // => 256
 * await admissionToken({ ledger, round: 1, party, issue }); // throws EMRX_TOKEN_ISSUED
 * ```
 */
export async function admissionToken(options: {
  readonly ledger: ChainAdapter;
  readonly round: number;
  readonly party: string;
  readonly issue: (blinded: Uint8Array<ArrayBuffer>) => Promise<Uint8Array<ArrayBuffer>>;
}): Promise<Token> {
  const { ledger, round, party, issue } = options;
  // From the ledger and not from the issuer, who could tell tokens apart by giving everybody another key.
  const admission = await ledger.view({ type: "trade.admission", round });
  if (admission === null)
    throw new ExchangeError("EMRX_EXCHANGE_ROUND", `round ${round} takes no tokens`);
  const request = requestToken({
    ledger: ledger.id,
    round,
    issuerKey: hexToBytes(admission.issuerKey),
    holder: hexToBytes(party),
  });
  return request.finish(await issue(request.blinded));
}

/** One party let into a round. */
export interface Admission {
  readonly round: number;
  readonly party: string;
  /** Place in the log. */
  readonly index: number;
  /** As it was shown, in hexadecimal; undefined for none. */
  readonly token: string | undefined;
}

/** Everybody whose offers or request the replayed log let into a round, with the token of the call. */
export async function readAdmissions(
  ledger: Pick<ChainAdapter, "entries">,
  { entries, replay }: Pick<LedgerAudit, "entries" | "replay">,
): Promise<Admission[]> {
  const admissions: Admission[] = [];
  for await (const { index, bytes } of ledger.entries(0, entries)) {
    const outcome = replay.outcomes[index];
    if (outcome?.kind !== "accepted") continue;
    const admitted = outcome.events.flatMap((event) =>
      event.type === "trade.offered"
        ? { round: event.round, party: event.site, index }
        : event.type === "trade.requested"
          ? { round: event.round, party: event.requester, index }
          : [],
    );
    if (admitted.length === 0) continue;
    const { call } = parseSignedCall(decodeCanonical(bytes));
    // The calls of a batch have their events in their own order.
    const tokens = (call.type === "ledger.batch" ? call.calls : [call]).flatMap((one) =>
      one.type === "trade.offerBatch" || one.type === "trade.request" ? { token: one.token } : [],
    );
    for (const [i, admission] of admitted.entries())
      admissions.push({ ...admission, token: tokens[i]?.token });
  }
  return admissions;
}

/**
 * Whether everybody in a round showed a token of the issuer key that stood on the ledger before, made out to them, and no
 * token was spent twice. It does not ask the contract; nothing for a round without an issuer key.
 */
export function checkAdmissions(
  ledger: string,
  round: number,
  replay: Pick<LedgerAudit["replay"], "outcomes">,
  all: readonly Admission[],
): LedgerAuditCheck[] {
  const opened = [...eventsOf(replay, "trade.roundOpened", round)];
  const [key] = opened;
  if (key === undefined) return [];
  const admissions = all.filter((admission) => admission.round === round);
  const issuerKey = hexToBytes(key.issuerKey);
  const spent = new Set<string>();
  const wrong: string[] = [];
  if (opened.length > 1) wrong.push(`${opened.length} issuer keys`);
  for (const { party, index, token } of admissions) {
    if (index <= key.index) wrong.push(`${party} joined before the issuer key was there`);
    const shown = readToken(token);
    const scope = { ledger, round, issuerKey, holder: hexToBytes(party) };
    if (shown === undefined || !verifyToken(scope, shown)) {
      wrong.push(`${party} has no token of the round's issuer`);
      continue;
    }
    const id = tokenId(shown);
    if (spent.has(id)) wrong.push(`${party} spent the token ${id} a second time`);
    spent.add(id);
  }
  return [
    {
      name: `round ${round}: everybody in it spent a token of its issuer, and none twice`,
      passed: wrong.length === 0,
      detail:
        wrong.length === 0
          ? `${spent.size} tokens verified under the key of entry ${key.index}, ${admissions.length} admissions`
          : wrong.slice(0, 3).join("; "),
    },
  ];
}

function readToken(token: string | undefined): Token | undefined {
  if (token === undefined) return undefined;
  try {
    return decodeToken(hexToBytes(token));
  } catch (error) {
    if (error instanceof LedgerError) return undefined;
    throw error;
  }
}

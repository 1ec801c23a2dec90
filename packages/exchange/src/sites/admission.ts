// Admission: how whoever takes part gets its token for a round.
import type { ChainAdapter } from "@emrx/chain-adapter";
import { encodeToken, requestToken } from "@emrx/chain-adapter/blind-tokens";
import { fn, object } from "@emrx/internal/shape";
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { check, ledgerShape, partyName, roundShape } from "../errors/check.js";
import { ExchangeError } from "../errors/exchange-error.js";

/**
 * Gets a token for one round: reads the round's issuer key from the ledger, asks the issuer to sign blindly, and checks
 * what it signed. One token admits one party to one round, for an offer or a request and whatever replaces it.
 *
 * @param options - ledger; the round's number; `party`: who will spend it, its name of 64 hexadecimal digits; `issue`: takes
 *   the blinded request to the issuer, who knows which party asks, and resolves with the answer
 * @returns the token in hexadecimal, for `offer` or `request`
 * @throws ExchangeError `EMRX_EXCHANGE_ROUND` where the round takes no tokens; LedgerError `EMRX_INVALID_TOKEN` for an answer
 *   that is not signed under the round's key; whatever `issue` throws
 * @example
 * ```ts
 * import { createGenesis, memoryLedger } from "@emrx/chain-adapter";
 * import { admissionToken } from "@emrx/exchange/sites";
 *
 * const ledger = await memoryLedger({ genesis: createGenesis({ name: "trial" }) });
 * const issue = async (blinded: Uint8Array) => blinded;
 * await admissionToken({ ledger, round: 1, party: "11".repeat(32), issue }); // throws EMRX_EXCHANGE_ROUND
 * ```
 */
export async function admissionToken(options: {
  readonly ledger: ChainAdapter;
  readonly round: number;
  readonly party: string;
  readonly issue: (blinded: Uint8Array<ArrayBuffer>) => Promise<Uint8Array<ArrayBuffer>>;
}): Promise<string> {
  const { ledger, round, party, issue } = check(
    object({
      ledger: ledgerShape,
      round: roundShape,
      party: partyName,
      issue: fn<typeof options.issue>(),
    }),
    options,
    "options",
  );
  // From the ledger and not from the issuer, who could tell tokens apart by giving everybody another key.
  const issuerKey = (await ledger.view({ type: "round.state", round }))?.issuerKey;
  if (issuerKey === undefined)
    throw new ExchangeError(
      "EMRX_EXCHANGE_ROUND",
      `round ${round} takes no tokens; take part without one`,
    );
  const request = requestToken({
    ledger: ledger.id,
    round,
    issuerKey: hexToBytes(issuerKey),
    holder: hexToBytes(party),
  });
  return bytesToHex(encodeToken(request.finish(await issue(request.blinded))));
}

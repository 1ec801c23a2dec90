// Going over to another key. A party keeps its name, which its first key gave it, while other keys sign for it.
import type { ChainAdapter, Identity } from "@emrx/chain-adapter";
import {
  applyKeyChange,
  type PublicKey,
  registerKeys,
  signKeyChange,
} from "@emrx/chain-adapter/identity";
import { anything, object, optional } from "@emrx/internal/shape";
import { check, identityShape, ledgerShape, partyName } from "../errors/check.js";
import { ExchangeError } from "../errors/exchange-error.js";
import { submitCall } from "../ledger/calls.js";

/**
 * Announces a party's recovery key: from then on another key can follow its own. Do it once, before it is needed.
 *
 * @param options - ledger, the party's first identity, and the public key of a recovery identity that stays unused in a
 *   safe; only its hash reaches the ledger
 * @throws LedgerError `EMRX_INVALID_KEY` for a malformed recovery key, `EMRX_KEYS_REGISTERED` where one was announced
 */
export async function announceKeys(options: {
  readonly ledger: ChainAdapter;
  readonly identity: Identity;
  readonly recoveryKey: PublicKey;
}): Promise<void> {
  const shape = object({ ledger: ledgerShape, identity: identityShape, recoveryKey: anything });
  check(shape, options, "options");
  const { ledger, identity, recoveryKey } = options;
  const { recovery } = registerKeys(ledger.id, identity, recoveryKey);
  const outcome = await submitCall(ledger, identity, { type: "identity.register", recovery });
  if ("refused" in outcome) throw outcome.error;
}

/**
 * Lets another key follow a party's: a rotation, signed by the current key, or a recovery, signed by the recovery key when
 * the current one is lost or stolen. Then make the site anew with `identity: next` and `party`; offers, grants, policies
 * and scores stay the party's own, and the old key acts for nobody.
 *
 * @param options - ledger; `party`, the name: `partyId` of its first key; `authority`, the current identity or the
 *   recovery identity; `next`, the new identity; `nextRecoveryKey` with a recovery only, which shows the old recovery key
 * @throws ExchangeError `EMRX_EXCHANGE_LEDGER` where the party announced no recovery key; LedgerError
 *   `EMRX_INVALID_KEY_CHANGE` for a wrong authority or a key that is the current one, `EMRX_KEY_TAKEN` for a key of another party
 * @example
 * ```ts
 * import { createGenesis, createIdentity, memoryLedger } from "@emrx/chain-adapter";
 * import { announceKeys, replaceKey } from "@emrx/exchange/sites";
 * import { partyId } from "@emrx/chain-adapter/identity";
 *
 * const ledger = await memoryLedger({ genesis: createGenesis({ name: "trial" }) });
 * const [first, safe, next] = [await createIdentity(), await createIdentity(), await createIdentity()];
 * await announceKeys({ ledger, identity: first, recoveryKey: safe });
 * const party = partyId(first);
 * await replaceKey({ ledger, party, authority: first, next });
 * await ledger.view({ type: "identity.party", key: partyId(next) }) === party; // => true
 * await replaceKey({ ledger, party, authority: first, next: await createIdentity() }); // throws EMRX_INVALID_KEY_CHANGE
 * ```
 */
export async function replaceKey(options: {
  readonly ledger: ChainAdapter;
  readonly party: string;
  readonly authority: Identity;
  readonly next: Identity;
  readonly nextRecoveryKey?: PublicKey;
}): Promise<void> {
  const shape = object({
    ledger: ledgerShape,
    party: partyName,
    authority: identityShape,
    next: identityShape,
    nextRecoveryKey: optional(anything),
  });
  check(shape, options, "options");
  const { ledger, party, authority, next, nextRecoveryKey } = options;
  const state = await ledger.view({ type: "identity.keys", name: party });
  if (state === null)
    throw new ExchangeError(
      "EMRX_EXCHANGE_LEDGER",
      `party ${party} has announced no recovery key, so no other key can follow its own; announceKeys comes first`,
    );
  const change = await signKeyChange(state, {
    kind: nextRecoveryKey === undefined ? "rotation" : "recovery",
    authority,
    next,
    ...(nextRecoveryKey === undefined ? {} : { nextRecoveryKey }),
  });
  await applyKeyChange(state, change); // refuses a wrong one before it reaches the ledger
  const outcome = await submitCall(ledger, authority, {
    type: "identity.changeKey",
    name: party,
    change,
  });
  if ("refused" in outcome) throw outcome.error;
}

// Seeders: each commits to a share of a round's seed, and signs the commitment together with all terms of the round.
import { concatBytes, toHex } from "@emrx/internal/bytes";
import type { Identity } from "../identity/identity.js";
import { encodePublicKey, encodeSignature, partyId } from "../identity/public-key.js";
import { sha256 } from "../merkle/sha256.js";
import { encodeCanonical } from "./canonical.js";
import type { Hex32, Round } from "./fields.js";
import type { RoundTerms, Seeder } from "./round-calls.js";

/**
 * The commitment to a share of a seed. It binds ledger, round and seeder, so that a copy of it is worth nothing to others.
 *
 * @param opening ledger id, round, the seeder's party and its share (32 secret bytes, hexadecimal)
 * @returns 64 hexadecimal digits
 * @throws LedgerError `EMRX_NOT_CANONICAL` if a member is not canonical
 * @example
 * ```ts
 * import { seedCommitment } from "@emrx/chain-adapter/calls";
 *
 * const opening = { ledger: "aa", round: 1, seeder: "bb", share: "cc" };
 * seedCommitment(opening) === seedCommitment({ ...opening, seeder: "dd" }); // => false
 * ```
 */
export function seedCommitment({
  ledger,
  round,
  seeder,
  share,
}: {
  readonly ledger: Hex32;
  readonly round: Round;
  readonly seeder: Hex32;
  readonly share: Hex32;
}): Hex32 {
  const domain = "emrx seed commitment 1";
  return toHex(sha256(encodeCanonical({ domain, ledger, round, seeder, share })));
}

const DOMAIN: Uint8Array = /* @__PURE__ */ new TextEncoder().encode("emrx seeder 1\n");

/** What a seeder signs: its commitment and everything that the opening says of the round. */
export function seederMessage(
  ledger: Hex32,
  { round, publication, windows, issuerKey }: RoundTerms,
  commitment: Hex32,
): Uint8Array<ArrayBuffer> {
  const said = { ledger, round, publication, windows, issuerKey, commitment };
  return concatBytes(DOMAIN, encodeCanonical(said));
}

/**
 * Consents to seed a round: the opener puts it into `round.open`, and the seeder's bond with it.
 *
 * @param ledger id of the ledger
 * @param seeder whose consent it is
 * @param terms the round as it will be opened
 * @param options `share`: 32 secret bytes in hexadecimal, to be shown in the seed window; `party`: the seeder's party where
 * another key followed its first one
 * @returns key, commitment and signature
 * @throws LedgerError `EMRX_NOT_CANONICAL` if a term is not canonical
 * @example
 * ```ts
 * import { createIdentity } from "@emrx/chain-adapter";
 * import { signSeeder } from "@emrx/chain-adapter/calls";
 *
 * const terms = {
 *   round: 1, publication: "00".repeat(32),
 *   windows: { offer: 1, seed: 2, grant: 3, read: 4, release: 5, claim: 6 },
 * };
 * const seeder = await signSeeder("11".repeat(32), await createIdentity(), terms, { share: "ab".repeat(32) });
 * seeder.commitment.length; // => 64
 * ```
 */
export async function signSeeder(
  ledger: Hex32,
  seeder: Identity,
  terms: RoundTerms,
  { share, party = partyId(seeder) }: { readonly share: Hex32; readonly party?: Hex32 },
): Promise<Seeder> {
  const commitment = seedCommitment({ ledger, round: terms.round, seeder: party, share });
  const signature = await seeder.sign(seederMessage(ledger, terms, commitment));
  return {
    key: encodePublicKey(seeder),
    commitment,
    signature: encodeSignature(seeder.scheme, signature),
  };
}

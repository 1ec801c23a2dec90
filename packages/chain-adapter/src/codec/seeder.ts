// Seeders: each commits to a share of a round's seed, and signs the commitment together with all terms of the round.
import { concatBytes, toHex } from "@emrx/internal/bytes";
import { bytes, deferred, methods, object, optional, type Shape } from "@emrx/internal/shape";
import { check } from "../errors/check.js";
import type { Identity } from "../identity/identity.js";
import { encodePublicKey, encodeSignature, partyId, schemeForms } from "../identity/public-key.js";
import { sha256 } from "../merkle/sha256.js";
import { encodeCanonical } from "./canonical.js";
import { type Hex32, hex32, type Round, round } from "./fields.js";
import type { RoundTerms, Seeder } from "./round-calls.js";
import { roundTerms } from "./round-shapes.js";

/** What a commitment opens to. */
export interface SeedOpening {
  /** Id of the ledger. */
  readonly ledger: Hex32;
  readonly round: Round;
  /** The seeder's party. */
  readonly seeder: Hex32;
  /** 32 secret bytes in hexadecimal. */
  readonly share: Hex32;
}

const openingShape: Shape<SeedOpening> = /* @__PURE__ */ deferred(() =>
  object({ ledger: hex32, round, seeder: hex32, share: hex32 }),
);

/**
 * The commitment to a share of a seed. It binds ledger, round and seeder, so that a copy of it is worth nothing to others.
 *
 * @param opening ledger id, round, the seeder's party and its share (32 secret bytes, hexadecimal)
 * @returns 64 hexadecimal digits
 * @throws LedgerError `EMRX_INVALID_CALL` naming the member that is malformed
 * @example
 * ```ts
 * import { seedCommitment } from "@emrx/chain-adapter/calls";
 *
 * const [ledger, seeder, share] = ["aa", "bb", "cc"].map((byte) => byte.repeat(32));
 * const opening = { ledger, round: 1, seeder, share };
 * seedCommitment(opening) === seedCommitment({ ...opening, seeder: ledger }); // => false
 * ```
 */
export function seedCommitment(opening: SeedOpening): Hex32 {
  const { ledger, round, seeder, share } = check(
    openingShape,
    opening,
    "opening",
    "EMRX_INVALID_CALL",
  );
  const domain = "emrx seed commitment 1";
  return toHex(sha256(encodeCanonical({ domain, ledger, round, seeder, share })));
}

const DOMAIN: Uint8Array = /* @__PURE__ */ new TextEncoder().encode("emrx seeder 1\n");

const signerShape = /* @__PURE__ */ deferred(() => methods<Identity>("an identity", "sign"));
const termsShape: Shape<RoundTerms> = /* @__PURE__ */ deferred(() => object(roundTerms()));
const optionsShape = /* @__PURE__ */ deferred(() =>
  object({ share: hex32, party: optional(hex32) }),
);

/** What a seeder signs: its commitment and everything that the opening says of the round. */
export function seederMessage(
  ledger: Hex32,
  { round: number, publication, windows, issuerKey }: RoundTerms,
  commitment: Hex32,
): Uint8Array<ArrayBuffer> {
  const said = { ledger, round: number, publication, windows, issuerKey, commitment };
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
 * @throws LedgerError `EMRX_INVALID_CALL` naming the argument or member that is malformed, `EMRX_INVALID_KEY` if what the
 * seeder signs with is none
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
  options: { readonly share: Hex32; readonly party?: Hex32 },
): Promise<Seeder> {
  check(signerShape, seeder, "seeder", "EMRX_INVALID_CALL");
  check(hex32, ledger, "ledger", "EMRX_INVALID_CALL");
  const said = check(termsShape, terms, "terms", "EMRX_INVALID_CALL");
  const { share, party } = check(optionsShape, options, "options", "EMRX_INVALID_CALL");
  const key = encodePublicKey(seeder);
  const own = { ledger, round: said.round, seeder: party ?? partyId(seeder), share };
  const commitment = seedCommitment(own);
  const signature = await seeder.sign(seederMessage(ledger, said, commitment));
  check(
    bytes(schemeForms[seeder.scheme].signatureLength),
    signature,
    "what seeder.sign gave",
    "EMRX_INVALID_KEY",
  );
  return {
    key,
    commitment,
    signature: encodeSignature(seeder.scheme, signature),
  };
}

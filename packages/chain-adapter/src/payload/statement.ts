// What the ledger says about a bundle. Encryption binds it: a bundle opens under this statement or not at all.

import { coded, deferred, integer, object, type Shape } from "@emrx/internal/shape";
import { type Hex32, hex32 } from "../codec/fields.js";
import { fromHex } from "../codec/hex.js";
import { check } from "../errors/check.js";
import { lengthPrefixed, uint64 } from "../identity/encoding.js";

/** Whose bundle it is, for whom, and what it must hold; all of it is on the ledger. */
export interface BundleStatement {
  /** Id of the ledger. */
  readonly ledger: Hex32;
  /** Public key of the site. */
  readonly site: Hex32;
  /** Public key of the requester. */
  readonly requester: Hex32;
  /** Number of the round. */
  readonly round: number;
  /** Hash of the schema. */
  readonly schemaHash: Hex32;
  /** Root of the site's whole batch, from its offer. */
  readonly batchRoot: Hex32;
  /** Root over the leaves of the bundle, from the grant. */
  readonly root: Hex32;
  /** Number of reports of the bundle, from the grant. */
  readonly count: number;
}

const DOMAIN: Uint8Array = /* @__PURE__ */ new TextEncoder().encode("emrx/bundle/1");

const shape: Shape<BundleStatement> = /* @__PURE__ */ deferred(() =>
  object({
    ledger: hex32,
    site: hex32,
    requester: hex32,
    round: coded("EMRX_INVALID_LABEL", integer(0)),
    schemaHash: hex32,
    batchRoot: hex32,
    root: hex32,
    count: coded("EMRX_INVALID_LABEL", integer(0)),
  }),
);

/** The bytes of a statement, for AES-GCM's additional data and HPKE's info. */
export function statementBytes(statement: BundleStatement): Uint8Array<ArrayBuffer> {
  const { ledger, site, requester, round, schemaHash, batchRoot, root, count } = check(
    shape,
    statement,
    "statement",
    "EMRX_BUNDLE_MISMATCH",
  );
  return lengthPrefixed(
    DOMAIN,
    fromHex(ledger),
    fromHex(site),
    fromHex(requester),
    uint64(round),
    fromHex(schemaHash),
    fromHex(batchRoot),
    fromHex(root),
    uint64(count),
  );
}

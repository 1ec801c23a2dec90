// What the ledger says about a bundle. Encryption binds it: a bundle opens under this statement or not at all.

import type { Hex32 } from "../codec/fields.js";
import { fromHex } from "../codec/hex.js";
import { LedgerError } from "../errors.js";
import { lengthPrefixed, requireNumber, shown, uint64 } from "../identity/encoding.js";

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

function hash(name: string, value: string): Uint8Array {
  if (typeof value === "string" && /^[0-9a-f]{64}$/.test(value)) return fromHex(value);
  throw new LedgerError(
    "EMRX_BUNDLE_MISMATCH",
    `statement.${name} must be 64 lowercase hexadecimal digits; got ${shown(value)}.`,
  );
}

/** The bytes of a statement, for AES-GCM's additional data and HPKE's info. */
export function statementBytes(statement: BundleStatement): Uint8Array<ArrayBuffer> {
  requireNumber("statement.round", statement.round);
  requireNumber("statement.count", statement.count);
  return lengthPrefixed(
    DOMAIN,
    hash("ledger", statement.ledger),
    hash("site", statement.site),
    hash("requester", statement.requester),
    uint64(statement.round),
    hash("schemaHash", statement.schemaHash),
    hash("batchRoot", statement.batchRoot),
    hash("root", statement.root),
    uint64(statement.count),
  );
}

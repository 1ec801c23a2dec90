// What every snapshot is checked by, wherever it is kept: its signature, its parts, and this version of the contracts.
import { equalBytes, fromUtf8, toHex } from "@emrx/internal/bytes";
import { encodeCanonical, type Json } from "../codec/canonical.js";
import type { Hex32 } from "../codec/fields.js";
import { dumpState, loadState } from "../contracts/snapshot.js";
import {
  encodePublicKey,
  type PublicKey,
  type PublicKeyText,
  type SignatureText,
  signatureBytes,
} from "../identity/public-key.js";
import { verifySignature } from "../identity/scheme.js";
import type { NodeHash } from "../merkle/hash.js";
import { MerkleTree } from "../merkle/tree.js";
import type { Past } from "./replica.js";
import { ROW_BYTES, Rows } from "./snapshot-rows.js";

/** Why a snapshot is not used. */
export class Unusable {
  readonly reason: string;
  constructor(reason: string) {
    this.reason = reason;
  }
}

/** What stands in every snapshot's statement. */
export interface SignedStatement {
  readonly signer: PublicKeyText;
  readonly signature: SignatureText;
}

/** The bytes that the signature covers. */
export const statementMessage = (statement: object): Uint8Array<ArrayBuffer> =>
  encodeCanonical({ ...statement, signature: undefined });

/** Why a statement is not the key's; undefined if it is. */
export async function notSignedBy(
  statement: SignedStatement,
  key: PublicKey,
): Promise<Unusable | undefined> {
  const { signer, signature } = statement;
  const expected = encodePublicKey(key);
  if (signer !== expected) return new Unusable(`it is signed by ${signer}, not by ${expected}`);
  const bytes = signatureBytes(key.scheme, signature);
  return (await verifySignature(key, statementMessage(statement), bytes))
    ? undefined
    : new Unusable("its signature is wrong");
}

/** The parts of a snapshot, as signed. */
interface Parts {
  readonly rows: Uint8Array<ArrayBuffer>;
  readonly details: Uint8Array;
  readonly state: Uint8Array;
}

/** The past that a snapshot's parts tell of, or why they are of no use. */
export function pastOf(
  parts: Parts,
  { size, root }: { readonly size: number; readonly root: Hex32 },
  nodeHash?: NodeHash,
): { readonly rows: Rows; readonly past: Past } | Unusable {
  if (parts.rows.length !== size * ROW_BYTES) {
    return new Unusable("its rows are not one an entry");
  }
  const contracts = loadState(JSON.parse(fromUtf8(parts.state) ?? "null") as Json);
  // Also finds a state that another version of the contracts wrote.
  if (!equalBytes(parts.state, encodeCanonical(dumpState(contracts)))) {
    return new Unusable("its state is not of this version of the contracts");
  }
  const rows = new Rows(parts.rows, parts.details);
  const tree = new MerkleTree(rows.leaves(), nodeHash);
  if (toHex(tree.root()) !== root) return new Unusable("its rows do not lead to its root");
  const past: Past = {
    size,
    contracts,
    tree,
    call: (id) => rows.call(id),
    outcome: (index) => rows.outcome(index),
    timeOf: (index) => rows.timeOf(index),
    chain: (at) => rows.chain(at),
  };
  return { rows, past };
}

// The published leaves of a batch: with them a requester sees that its reports are of the batch on the ledger.

import { isBytes, toHex } from "@emrx/internal/bytes";
import { described } from "@emrx/internal/shape";
import type { Hex32 } from "../codec/fields.js";
import { LedgerError } from "../errors.js";
import { merkleRoot } from "../merkle/root.js";
import type { Bundle } from "./bundle.js";

/** Leaves whose root has been checked, once for all bundles of the batch. */
export interface LeafList {
  /** Root over all leaves, 64 hexadecimal digits. */
  readonly root: Hex32;
  /** Number of leaves. */
  readonly count: number;
  /** 32 bytes a leaf. */
  readonly leaves: Uint8Array<ArrayBuffer>;
}

/**
 * Checks the published leaves of a batch against the root on the ledger.
 *
 * @param leaves leaf hashes laid end to end, 32 bytes each
 * @param root root of the batch, from the ledger
 * @param count number of reports of the batch, from the ledger
 * @returns the leaves, for `openBundle`; a copy
 * @throws LedgerError `EMRX_BUNDLE_MISMATCH` if they have another number or root
 * @see RFC 6962 section 2.1
 * @example
 * ```ts
 * import { checkLeafList } from "@emrx/chain-adapter/payload";
 *
 * checkLeafList(new Uint8Array(32), "00".repeat(32), 1).count; // => 1
 * checkLeafList(new Uint8Array(64), "00".repeat(32), 2); // throws EMRX_BUNDLE_MISMATCH
 * ```
 */
export function checkLeafList(leaves: Uint8Array, root: Hex32, count: number): LeafList {
  if (!(isBytes(leaves) && Number.isInteger(count) && leaves.length === count * 32)) {
    const got = isBytes(leaves) ? `${leaves.length} bytes` : described(leaves);
    throw new LedgerError(
      "EMRX_BUNDLE_MISMATCH",
      `leaves must be ${described(count)} hashes of 32 bytes; got ${got}.`,
    );
  }
  const copy = Uint8Array.from(leaves);
  const actual = toHex(merkleRoot(copy));
  if (actual !== root) {
    throw new LedgerError(
      "EMRX_BUNDLE_MISMATCH",
      `the published leaves have the root ${actual}, the ledger says ${described(root)}; fetch them again.`,
    );
  }
  return { root, count, leaves: copy };
}

/** Throws `EMRX_BUNDLE_MISMATCH` unless the batch has every leaf of the bundle in its place. */
export function requireInBatch(bundle: Bundle, list: LeafList): void {
  if (toHex(bundle.batchRoot) !== list.root || bundle.batchCount !== list.count) {
    throw new LedgerError(
      "EMRX_BUNDLE_MISMATCH",
      `the bundle is of a batch of ${bundle.batchCount} with root ${toHex(bundle.batchRoot)}, the leaves are of one of ` +
        `${list.count} with root ${list.root}.`,
    );
  }
  for (let i = 0; i < bundle.count; i++) {
    const at = (bundle.indices[i] as number) * 32;
    for (let j = 0; j < 32; j++) {
      if (bundle.leaves[i * 32 + j] === list.leaves[at + j]) continue;
      throw new LedgerError(
        "EMRX_BUNDLE_MISMATCH",
        `report ${i} of the bundle is not leaf ${bundle.indices[i]} of the batch: it was altered.`,
        { details: { report: i, leaf: bundle.indices[i] as number } },
      );
    }
  }
}

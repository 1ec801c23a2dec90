// Checks of proofs against a head that one trusts: for whoever holds a head and does not trust the ledger.
import { fromHex } from "../codec/hex.js";
import { verifyConsistency, verifyInclusion } from "../merkle/verify.js";
import { entryLeafHash } from "./entry.js";
import type { EntryProof, Head, HeadProof } from "./port.js";

const sameHead = (a: Head, b: Head): boolean =>
  a.ledger === b.ledger && a.size === b.size && a.root === b.root && a.time === b.time;

/** A root in hexadecimal as bytes; no bytes, which no proof fits, if it is malformed. */
function rootBytes({ root }: Head): Uint8Array {
  return /^[0-9a-f]{64}$/.test(root) ? fromHex(root) : new Uint8Array();
}

/**
 * Whether an entry is in the log with a head.
 *
 * @param proof from `prove` or `proveEntry`
 * @param trusted the head that the caller trusts, kept from earlier or received from others
 * @returns whether the proof is for this head and holds
 * @see RFC 9162 section 2.1.3
 * @example
 * ```ts
 * import { createGenesis, memoryLedger, verifyEntryProof } from "@emrx/chain-adapter";
 *
 * const ledger = await memoryLedger({ genesis: createGenesis({ name: "trial" }) });
 * verifyEntryProof(await ledger.proveEntry(0), await ledger.head()); // => true
 * ```
 */
export function verifyEntryProof(proof: EntryProof, trusted: Head): boolean {
  const { entry, head, path } = proof;
  return (
    sameHead(head, trusted) &&
    verifyInclusion({
      leaf: entryLeafHash(entry),
      index: entry.index,
      size: head.size,
      proof: path,
      root: rootBytes(head),
    })
  );
}

/**
 * Whether the log with a later head begins with all of the log with an earlier one.
 *
 * @param proof from `proveConsistency`
 * @param trusted the earlier head that the caller trusts
 * @returns whether the proof starts at this head and holds
 * @see RFC 9162 section 2.1.4
 * @example
 * ```ts
 * import { createGenesis, memoryLedger, verifyHeadProof } from "@emrx/chain-adapter";
 *
 * const ledger = await memoryLedger({ genesis: createGenesis({ name: "trial" }) });
 * const head = await ledger.head();
 * verifyHeadProof(await ledger.proveConsistency(head.size), head); // => true
 * ```
 */
export function verifyHeadProof(proof: HeadProof, trusted: Head): boolean {
  const { first, second, path } = proof;
  return (
    sameHead(first, trusted) &&
    first.ledger === second.ledger &&
    first.time <= second.time &&
    verifyConsistency({
      first: first.size,
      second: second.size,
      firstRoot: rootBytes(first),
      secondRoot: rootBytes(second),
      proof: path,
    })
  );
}

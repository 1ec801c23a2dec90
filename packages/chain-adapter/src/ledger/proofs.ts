// Checks of proofs against a checkpoint that one trusts: for whoever holds a checkpoint and does not trust the ledger.
import { fromHex } from "../codec/hex.js";
import { holds, verifyConsistency, verifyInclusion } from "../merkle/verify.js";
import { entryLeafHash } from "./entry.js";
import type { Checkpoint, ConsistencyProof, InclusionProof } from "./port.js";

const sameCheckpoint = (a: Checkpoint, b: Checkpoint): boolean =>
  a.ledger === b.ledger && a.size === b.size && a.root === b.root && a.time === b.time;

/** A root in hexadecimal as bytes; no bytes, which no proof fits, if it is malformed. */
function rootBytes({ root }: Checkpoint): Uint8Array<ArrayBuffer> {
  return /^[0-9a-f]{64}$/.test(root) ? fromHex(root) : new Uint8Array();
}

/**
 * Whether an entry is in the log with a checkpoint.
 *
 * @param proof from `prove` or `proveEntry`
 * @param trusted the checkpoint that the caller trusts, kept from earlier or received from others
 * @returns whether the proof is for this checkpoint and holds
 * @see RFC 9162 section 2.1.3
 * @example
 * ```ts
 * import { createGenesis, memoryLedger, verifyInclusionProof } from "@emrx/chain-adapter";
 *
 * const ledger = await memoryLedger({ genesis: createGenesis({ name: "trial" }) });
 * verifyInclusionProof(await ledger.proveEntry(0), await ledger.checkpoint()); // => true
 * ```
 */
export function verifyInclusionProof(proof: InclusionProof, trusted: Checkpoint): boolean {
  return holds(() => isIncluded(proof, trusted));
}

function isIncluded(proof: InclusionProof, trusted: Checkpoint): boolean {
  const { entry, checkpoint, path } = proof;
  return (
    sameCheckpoint(checkpoint, trusted) &&
    verifyInclusion({
      leaf: entryLeafHash(entry),
      index: entry.index,
      size: checkpoint.size,
      proof: path,
      root: rootBytes(checkpoint),
    })
  );
}

/**
 * Whether the log with a later checkpoint begins with all of the log with an earlier one.
 *
 * @param proof from `proveConsistency`
 * @param trusted the earlier checkpoint that the caller trusts
 * @returns whether the proof starts at this checkpoint and holds
 * @see RFC 9162 section 2.1.4
 * @example
 * ```ts
 * import { createGenesis, memoryLedger, verifyConsistencyProof } from "@emrx/chain-adapter";
 *
 * const ledger = await memoryLedger({ genesis: createGenesis({ name: "trial" }) });
 * const checkpoint = await ledger.checkpoint();
 * verifyConsistencyProof(await ledger.proveConsistency(checkpoint.size), checkpoint); // => true
 * ```
 */
export function verifyConsistencyProof(proof: ConsistencyProof, trusted: Checkpoint): boolean {
  return holds(() => isConsistent(proof, trusted));
}

function isConsistent(proof: ConsistencyProof, trusted: Checkpoint): boolean {
  const { first, second, path } = proof;
  return (
    sameCheckpoint(first, trusted) &&
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

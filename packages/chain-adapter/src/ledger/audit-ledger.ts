// The audit of a ledger: everything it says is recomputed from its entries alone.
import { deferred, integer, methods, object, optional } from "@emrx/internal/shape";
import type { Hex32 } from "../codec/fields.js";
import { stateDigest } from "../contracts/snapshot.js";
import { check } from "../errors/check.js";
import { LedgerError } from "../errors.js";
import { checkpointShape } from "./arguments.js";
import type { ChainAdapter, Checkpoint } from "./port.js";
import { verifyConsistencyProof, verifyInclusionProof } from "./proofs.js";
import { type Replay, replayEntries } from "./replay.js";

/** One thing that an audit looked at. */
export interface LedgerAuditCheck {
  readonly name: string;
  readonly passed: boolean;
  /** What was found, for people. */
  readonly detail: string;
}

/** The result of an audit. */
export interface LedgerAudit {
  readonly passed: boolean;
  readonly checks: readonly LedgerAuditCheck[];
  readonly entries: number;
  readonly accepted: number;
  /** Calls that the contracts refused. */
  readonly rejected: number;
  /** Entries that are no call of this ledger or bear a wrong signature. They have no effect, and whoever may append can add some. */
  readonly invalid: number;
  readonly proofsVerified: number;
  /** The checkpoint recomputed from the entries. */
  readonly checkpoint: Checkpoint;
  /** Digest of the state recomputed from the entries. */
  readonly digest: Hex32;
  readonly replay: Replay;
}

const auditShape = /* @__PURE__ */ deferred(() =>
  object({ trustedCheckpoint: optional(checkpointShape), proofs: optional(integer(0)) }),
);

/** Indices spread evenly over the log, the first and the last among them. */
function spread(size: number, count: number): number[] {
  const picked = Math.min(size, count);
  const step = picked > 1 ? (size - 1) / (picked - 1) : 0;
  return Array.from({ length: picked }, (_, i) => Math.round(i * step));
}

/**
 * Audits a ledger: reads every entry from the genesis on, verifies every signature, replays the contracts, rebuilds the
 * tree, and compares with what the ledger says of itself; checks inclusion and consistency proofs.
 *
 * @param ledger a ledger that gives out its entries
 * @param options `trustedCheckpoint`: a checkpoint kept elsewhere, which the log must still contain (this finds a log rolled back
 * or rewritten); `proofs`: inclusion proofs to check, 100 by default
 * @returns what was checked and found; an audit that fails does not throw
 * @throws LedgerError `EMRX_GENESIS` or `EMRX_DAMAGED` if the entries cannot be replayed at all
 * @example
 * ```ts
 * import { auditLedger, createGenesis, memoryLedger } from "@emrx/chain-adapter";
 *
 * const ledger = await memoryLedger({ genesis: createGenesis({ name: "trial" }) });
 * (await auditLedger(ledger)).passed; // => true
 * ```
 */
export async function auditLedger(
  ledger: ChainAdapter,
  options: { readonly trustedCheckpoint?: Checkpoint; readonly proofs?: number } = {},
): Promise<LedgerAudit> {
  check(
    methods<ChainAdapter>("a ledger", "checkpoint", "view", "entries", "status", "proveEntry"),
    ledger,
    "ledger",
  );
  const { trustedCheckpoint: trusted, proofs = 100 } = check(auditShape, options, "options");
  const claimed = await ledger.checkpoint();
  const claimedDigest = await ledger.view({ type: "ledger.digest" });
  const replay = await replayEntries(ledger.entries(0, claimed.size));
  const { checkpoint, outcomes } = replay;
  const digest = stateDigest(replay.state);
  const countOf = (kind: string): number => outcomes.filter((o) => o.kind === kind).length;
  const checks: LedgerAuditCheck[] = [];
  const note = (name: string, passed: boolean, detail: string): void => {
    checks.push({ name, passed, detail });
  };
  note("ledger id is the hash of the genesis", checkpoint.ledger === ledger.id, checkpoint.ledger);
  note(
    "recomputed Merkle root equals the checkpoint",
    checkpoint.size === claimed.size &&
      checkpoint.root === claimed.root &&
      checkpoint.time === claimed.time,
    `${checkpoint.size} entries, root ${checkpoint.root}`,
  );
  note("replayed state equals the ledger's", digest === claimedDigest, `digest ${digest}`);

  let mismatched = 0;
  for (const outcome of outcomes) {
    if (outcome.kind !== "accepted" && outcome.kind !== "rejected") continue;
    const { state } = await ledger.status(outcome.id);
    const accepted = state === "included" || state === "final";
    if (accepted !== (outcome.kind === "accepted") || state === "unknown") mismatched++;
  }
  note(
    "every call has the outcome that the ledger reports",
    mismatched === 0,
    `${mismatched} differ`,
  );

  const { deposited, held, paid, returned, forfeited } = replay.state.money.escrow;
  const total = [held, paid, returned, forfeited].reduce((sum, part) => sum + BigInt(part), 0n);
  note(
    "money in escrow is conserved",
    total === BigInt(deposited),
    `deposited ${deposited} = held ${held} + paid ${paid} + returned ${returned} + forfeited ${forfeited}`,
  );

  const picked = spread(checkpoint.size, proofs);
  let proofsVerified = 0;
  for (const index of picked) {
    if (verifyInclusionProof(await ledger.proveEntry(index, checkpoint.size), checkpoint))
      proofsVerified++;
  }
  note(
    "inclusion proofs hold",
    proofsVerified === picked.length,
    `${proofsVerified} of ${picked.length}`,
  );

  if (trusted !== undefined) {
    note(
      "the log contains the checkpoint kept elsewhere",
      await contains(ledger, trusted),
      `${trusted.size} entries`,
    );
  }
  return {
    passed: checks.every(({ passed }) => passed),
    checks,
    entries: checkpoint.size,
    accepted: countOf("accepted"),
    rejected: countOf("rejected"),
    invalid: countOf("invalid"),
    proofsVerified,
    checkpoint,
    digest,
    replay,
  };
}

/** Whether a ledger still contains the log with an earlier checkpoint. */
async function contains(ledger: ChainAdapter, trusted: Checkpoint): Promise<boolean> {
  try {
    return verifyConsistencyProof(await ledger.proveConsistency(trusted.size), trusted);
  } catch (error) {
    if (error instanceof LedgerError) return false; // shorter than that checkpoint
    throw error;
  }
}

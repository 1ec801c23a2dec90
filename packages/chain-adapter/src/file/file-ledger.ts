// The ledger in a folder of files.
import type { Genesis } from "../codec/genesis.js";
import { LedgerError } from "../errors.js";
import { resumeLedger } from "../ledger/from-ordered-log.js";
import type { LedgerOpening } from "../ledger/log-ledger.js";
import type { OrderedLog } from "../ledger/ordered-log.js";
import type { ChainAdapter, Checkpoint } from "../ledger/port.js";
import { verifyConsistencyProof } from "../ledger/proofs.js";
import type { Replica } from "../ledger/replica.js";
import { requireOption } from "../ledger/require.js";
import { openFolderLog } from "./file-log.js";
import type { FileLogOptions } from "./file-log-options.js";
import type { Found } from "./open-folder.js";
import type { TornTail } from "./segments.js";

/** Settings of a ledger in files. */
export interface FileLedgerOptions extends FileLogOptions {
  /** Founds the ledger if the folder has none; otherwise it must be the ledger's own. */
  readonly genesis?: Genesis;
  /** A checkpoint kept elsewhere: opening fails unless the log still contains it. */
  readonly trustedCheckpoint?: Checkpoint;
  /**
   * Entries after which a snapshot is written, if there is a `signer` to sign it; 10,000 by default, 0 for never. Opening
   * goes on from a snapshot that `verifyKey` (or the signer's own key) signed, unless this is 0.
   */
  readonly snapshotEvery?: number;
}

/** How a ledger in files was opened. */
export interface FileOpening extends LedgerOpening {
  /** What was cut off: an unfinished write that nobody had been told was done. */
  readonly recovered?: TornTail;
}

/** A ledger in files. */
export interface FileLedger extends ChainAdapter {
  readonly opening: FileOpening;
}

/**
 * Opens the ledger in a folder, or founds one there. Entries are acknowledged when they are on disk, survive the death
 * of the process at any moment, and every altered or missing byte is found at opening.
 *
 * With a key, opening goes on from the last snapshot: then every byte of the log is still read and compared with the
 * digests that the key signed, the Merkle root and hash chain are compared with the log's, watermark and checkpoint, and whatever
 * came after the snapshot is verified and run; what is skipped is verifying the signatures of the calls before it and
 * running them through the contracts again. A snapshot that is damaged, of another version of the contracts or not
 * signed by the key is left aside, everything is replayed, and `opening` says why. A snapshot that the key did sign but
 * that the log does not bear out means that the log was altered or put back: `EMRX_DAMAGED`.
 *
 * @param folder path of the folder; made if it does not exist
 * @param options `genesis` for a new ledger; `signer` signs the checkpoint and snapshots; `trustedCheckpoint` finds a log rolled
 * back
 * @returns the ledger, every byte checked; its `opening` says what was replayed
 * @throws LedgerError `EMRX_LOCKED`, `EMRX_DAMAGED` (naming file and offset), `EMRX_CHECKPOINT_SIGNATURE`, `EMRX_ROLLED_BACK`,
 * `EMRX_GENESIS`, `EMRX_INVALID_OPTION` or `EMRX_STORAGE`
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { createGenesis } from "@emrx/chain-adapter";
 * import { openFileLedger } from "@emrx/chain-adapter/file";
 *
 * const folder = mkdtempSync(join(tmpdir(), "ledger-"));
 * const ledger = await openFileLedger(folder, { genesis: createGenesis({ name: "trial" }) });
 * await ledger.close();
 * const again = await openFileLedger(folder);
 * again.genesis.name; // => "trial"
 * await again.close();
 * ```
 */
export async function openFileLedger(
  folder: string,
  options: FileLedgerOptions = {},
): Promise<FileLedger> {
  const { snapshotEvery = 10_000 } = options;
  requireOption("snapshotEvery", snapshotEvery, 0);
  const log = await openFolderLog(folder, options, snapshotEvery > 0);
  return ledgerOf(log, options, (replica) => log.snapshotIfDue(replica, snapshotEvery));
}

/** The ledger over a log in a folder, going on from the snapshot that was found there; closes the log if that fails. */
export async function ledgerOf(
  log: OrderedLog & { readonly found: Found },
  options: Pick<FileLedgerOptions, "genesis" | "trustedCheckpoint">,
  onRead: (replica: Replica) => void,
): Promise<FileLedger> {
  const { genesis, trustedCheckpoint } = options;
  try {
    const { snapshot, ignored, scan } = log.found;
    const ledger = await resumeLedger(log, genesis === undefined ? {} : { genesis }, {
      ...(snapshot === undefined ? {} : { past: snapshot.past }),
      ...(ignored === undefined ? {} : { ignored }),
      onRead,
    });
    if (trustedCheckpoint !== undefined) await requireCheckpoint(ledger, trustedCheckpoint);
    const torn = scan.torn === undefined ? {} : { recovered: scan.torn };
    return Object.defineProperty(ledger, "opening", { value: { ...ledger.opening, ...torn } });
  } catch (error) {
    await log.close();
    throw error;
  }
}

/** Throws `EMRX_ROLLED_BACK` unless the log contains everything up to a checkpoint. */
async function requireCheckpoint(ledger: ChainAdapter, trusted: Checkpoint): Promise<void> {
  const { size } = await ledger.checkpoint();
  const contained =
    size >= trusted.size &&
    verifyConsistencyProof(await ledger.proveConsistency(trusted.size), trusted);
  if (contained) return;
  throw new LedgerError(
    "EMRX_ROLLED_BACK",
    `the log has ${size} entries and does not contain the trusted checkpoint of ${trusted.size}: it is an older copy or another log.`,
    { details: { size, trusted: trusted.size } },
  );
}

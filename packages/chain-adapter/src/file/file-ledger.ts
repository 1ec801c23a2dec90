// The ledger in a folder of files.
import type { Genesis } from "../codec/genesis.js";
import { LedgerError } from "../errors.js";
import { fromOrderedLog } from "../ledger/from-ordered-log.js";
import type { ChainAdapter, Head } from "../ledger/port.js";
import { verifyHeadProof } from "../ledger/proofs.js";
import { type FileLogOptions, openFileLog } from "./file-log.js";

/** Settings of a ledger in files. */
export interface FileLedgerOptions extends FileLogOptions {
  /** Founds the ledger if the folder has none; otherwise it must be the ledger's own. */
  readonly genesis?: Genesis;
  /** A head kept elsewhere: opening fails unless the log still contains it. */
  readonly trustedHead?: Head;
}

/**
 * Opens the ledger in a folder, or founds one there. Entries are acknowledged when they are on disk, survive the death
 * of the process at any moment, and every altered or missing byte is found at opening.
 *
 * @param folder path of the folder; made if it does not exist
 * @param options `genesis` for a new ledger; `signer` signs the head; `trustedHead` finds a log rolled back
 * @returns the ledger, every byte checked and every call replayed
 * @throws LedgerError `EMRX_LOCKED`, `EMRX_DAMAGED` (naming file and offset), `EMRX_HEAD_SIGNATURE`, `EMRX_ROLLED_BACK`,
 * `EMRX_GENESIS` or `EMRX_STORAGE`
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
): Promise<ChainAdapter> {
  const log = await openFileLog(folder, options);
  try {
    const { genesis, trustedHead } = options;
    const ledger = await fromOrderedLog(log, genesis === undefined ? {} : { genesis });
    if (trustedHead !== undefined) await requireHead(ledger, trustedHead);
    return ledger;
  } catch (error) {
    await log.close();
    throw error;
  }
}

/** Throws `EMRX_ROLLED_BACK` unless the log contains everything up to a head. */
async function requireHead(ledger: ChainAdapter, trusted: Head): Promise<void> {
  const { size } = await ledger.head();
  const contained =
    size >= trusted.size && verifyHeadProof(await ledger.proveConsistency(trusted.size), trusted);
  if (contained) return;
  throw new LedgerError(
    "EMRX_ROLLED_BACK",
    `the log has ${size} entries and does not contain the trusted head of ${trusted.size}: it is an older copy or another log.`,
    { details: { size, trusted: trusted.size } },
  );
}

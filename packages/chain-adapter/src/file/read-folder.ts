// Reading a ledger in files while another process writes it: for auditors and everybody else who only looks.
import { LedgerError } from "../errors.js";
import type { PublicKey } from "../identity/public-key.js";
import type { OrderedLog } from "../ledger/ordered-log.js";
import type { Checkpoint } from "../ledger/port.js";
import { requireOption } from "../ledger/require.js";
import { type FileLedger, ledgerOf } from "./file-ledger.js";
import { FolderReader } from "./folder-reader.js";

/** Settings of reading a folder. */
export interface FileReaderOptions {
  /** Public key that checkpoint and snapshot must be signed by, 32 bytes. Without it no snapshot is used. */
  readonly verifyKey?: PublicKey;
  /** A checkpoint kept elsewhere: opening fails unless the log still contains it. */
  readonly trustedCheckpoint?: Checkpoint;
  /** Milliseconds from one look at the folder to the next; 500 by default. A query never waits for one: `checkpoint`, `view` and the rest answer from the last look. */
  readonly pollEvery?: number;
}

async function openReader(
  folder: string,
  options: FileReaderOptions,
  useSnapshot: boolean,
): Promise<FolderReader> {
  const { verifyKey, pollEvery = 500 } = options;
  requireOption("pollEvery", pollEvery, 1);
  try {
    const key = verifyKey === undefined ? {} : { verifyKey };
    return await FolderReader.open(folder, { ...key, pollEvery }, useSnapshot);
  } catch (cause) {
    if (cause instanceof LedgerError) throw cause;
    const message = `${folder} cannot be read: ${(cause as Error).message}`;
    throw new LedgerError("EMRX_STORAGE", message, { cause });
  }
}

/**
 * Reads the log in a folder while another process may write to it. It holds exactly the acknowledged entries, follows as they
 * grow, writes nothing and takes no lock, so the folder may be read-only.
 *
 * @param folder path of the folder
 * @param options `verifyKey`, `pollEvery`
 * @returns the log, every byte up to the watermark checked; its `append` is refused with `EMRX_NOT_SUPPORTED`
 * @throws LedgerError `EMRX_DAMAGED` (naming file and offset), `EMRX_CHECKPOINT_SIGNATURE`, `EMRX_INVALID_OPTION`, or
 * `EMRX_STORAGE` if there is no ledger or it cannot be read; later also `EMRX_ROLLED_BACK` if an older copy was put in its place
 */
export function readFileLog(folder: string, options: FileReaderOptions = {}): Promise<OrderedLog> {
  return openReader(folder, options, false);
}

/**
 * Reads the ledger in a folder while another process may write to it: for auditors. What it says is a prefix of what the
 * writer has acknowledged, at most `pollEvery` milliseconds old; events come as entries do.
 *
 * @param folder path of the folder
 * @param options `verifyKey` lets it go on from a snapshot; `trustedCheckpoint` finds a log rolled back
 * @returns the ledger; `submit` is refused with `EMRX_NOT_SUPPORTED`
 * @throws LedgerError as `readFileLog` does, and `EMRX_GENESIS` or `EMRX_ROLLED_BACK`
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { createGenesis } from "@emrx/chain-adapter";
 * import { openFileLedger, readFileLedger } from "@emrx/chain-adapter/file";
 * import { auditLedger } from "@emrx/chain-adapter/ledger";
 *
 * const folder = mkdtempSync(join(tmpdir(), "ledger-"));
 * const writer = await openFileLedger(folder, { genesis: createGenesis({ name: "trial" }) });
 * const reader = await readFileLedger(folder);
 * (await auditLedger(reader)).passed; // => true
 * await reader.close();
 * await writer.close();
 * ```
 */
export async function readFileLedger(
  folder: string,
  options: FileReaderOptions = {},
): Promise<FileLedger> {
  return ledgerOf(await openReader(folder, options, true), options, () => {});
}

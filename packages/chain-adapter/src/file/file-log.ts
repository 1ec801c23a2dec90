// A log in a folder of append-only files. An entry is acknowledged only when it is on disk; at reopening every byte is checked.
import { mkdirSync } from "node:fs";
import type { Ownership } from "@emrx/internal/owned-folder";
import { LedgerError } from "../errors.js";
import { requireOption } from "../ledger/require.js";
import type { FileLog, FileLogOptions } from "./file-log-options.js";
import { FolderLog } from "./folder-log.js";
import { ownLedgerFolder } from "./ownership.js";

/**
 * Opens a log in a folder, or begins one there.
 *
 * @param folder path of the folder; made if it does not exist
 * @param options clock, signer of checkpoints, segment size
 * @returns the log, every byte of it checked
 * @throws LedgerError `EMRX_LOCKED` if another process writes to it, `EMRX_DAMAGED` naming file and offset if anything
 * is altered or missing, `EMRX_CHECKPOINT_SIGNATURE` if the checkpoint is signed by another key, `EMRX_INVALID_OPTION` if
 * `segmentBytes` is not positive, `EMRX_STORAGE` if the system refuses
 */
export function openFileLog(folder: string, options: FileLogOptions = {}): Promise<FileLog> {
  return openFolderLog(folder, options, false);
}

/** `openFileLog`, with what a ledger needs besides. */
export async function openFolderLog(
  folder: string,
  options: FileLogOptions,
  useSnapshot: boolean,
): Promise<FolderLog> {
  if (options.segmentBytes !== undefined) requireOption("segmentBytes", options.segmentBytes, 1);
  let owner: Ownership | undefined;
  try {
    mkdirSync(folder, { recursive: true });
    owner = await ownLedgerFolder(folder);
    return await FolderLog.open(folder, options, owner, useSnapshot);
  } catch (cause) {
    owner?.release();
    if (cause instanceof LedgerError) throw cause;
    const message = `${folder} cannot be opened: ${(cause as Error).message}`;
    throw new LedgerError("EMRX_STORAGE", message, { cause });
  }
}

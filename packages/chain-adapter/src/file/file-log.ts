// A log in a folder of append-only files. An entry is acknowledged only when it is on disk; at reopening every byte is checked.
import { mkdirSync } from "node:fs";
import type { Ownership } from "@emrx/internal/owned-folder";
import type { CallSigner } from "../codec/signed-call.js";
import { LedgerError } from "../errors.js";
import type { OrderedLog } from "../ledger/ordered-log.js";
import { requireOption } from "../ledger/require.js";
import type { Disk } from "./disk.js";
import { FolderLog } from "./folder-log.js";
import { ownLedgerFolder } from "./ownership.js";
import type { TornTail } from "./segments.js";

/** Settings of a log in files. */
export interface FileLogOptions {
  /** The clock, in milliseconds; the platform's by default. The log's time never goes back even if the clock does. */
  readonly clock?: () => number;
  /** Signs the checkpoint. */
  readonly signer?: CallSigner;
  /**
   * Public key that the checkpoint found must be signed by, 32 bytes. Without it a checkpoint without signature is accepted, and
   * with a `signer` a checkpoint signed by another key is not.
   */
  readonly verifyKey?: Uint8Array;
  /** Size from which a new segment is begun, bytes; 64 MiB by default. */
  readonly segmentBytes?: number;
  /** How records are written; the platform's way by default. For tests of what a disk can do wrong. */
  readonly disk?: Disk;
}

/** A log in files. */
export interface FileLog extends OrderedLog {
  /** What was cut off at opening: an unfinished write that nobody had been told was done. */
  readonly recovered: TornTail | undefined;
}

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

// Opening the files of a ledger: what is no regular file, a FIFO say, is damage and nothing to wait for.
import type { FileHandle } from "node:fs/promises";
import { openRegularFile, openRegularHandle, readRegularFile } from "@emrx/internal/regular-file";
import { damaged } from "./format.js";

function asDamage(file: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  return code === "EFTYPE" || code === "EISDIR" || code === "ENXIO"
    ? damaged(file, 0, "it is no regular file")
    : error;
}

/** The bytes of a file from a place on. */
export function readLedgerFile(file: string, from = 0): Buffer {
  try {
    return readRegularFile(file, { from });
  } catch (error) {
    throw asDamage(file, error);
  }
}

/** The descriptor of a file that is open for reading and writing. */
export function openLedgerFile(file: string): number {
  try {
    return openRegularFile(file, "write");
  } catch (error) {
    throw asDamage(file, error);
  }
}

/** A file to be read piece by piece. */
export async function openLedgerHandle(file: string): Promise<FileHandle> {
  try {
    return await openRegularHandle(file);
  } catch (error) {
    throw asDamage(file, error);
  }
}

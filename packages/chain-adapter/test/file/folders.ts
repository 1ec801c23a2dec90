// Folders for tests, and what is in those of ledgers.
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

/** Gives a new path each time, in a folder that goes when the tests of the file are over. */
export function scratchFolders(): () => string {
  const scratch = mkdtempSync(join(tmpdir(), "emrx-file-"));
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));
  let folders = 0;
  return () => join(scratch, `f${folders++}`);
}

/** The names of a ledger's segments, in order. */
export const segmentsOf = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".log"))
    .sort();

/** The names of a ledger's files: all but the folder `owner`, which is no part of the ledger. */
export const filesOf = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name !== "owner")
    .sort();

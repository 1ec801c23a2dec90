// One writer for one file: a lock file beside it that names the process, taken over when that process is gone.

import { randomUUID } from "node:crypto";
import { closeSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { LdpError } from "../errors/ldp-error.js";

/** A lock that is held. */
export interface Lock {
  /** Whether the lock file is still ours: someone may have removed it by hand. */
  held(): boolean;
  release(): void;
}

/** Locks held by this process, so that a lock file with our own id, left by a crash before a restart, is known as stale. */
const ours = new Set<string>();

/** Takes the lock of a file. Throws `EMRX_STORE_LOCKED` where somebody else, or this process, holds it. */
export function takeLock(file: string): Lock {
  const path = `${file}.lock`;
  const text = `${process.pid} ${randomUUID()}\n`;
  if (!create(path, text)) {
    removeStale(file, path);
    if (!create(path, text)) throw locked(file, "another process was quicker");
  }
  ours.add(text);
  return {
    held: () => read(path) === text,
    release: () => {
      ours.delete(text);
      if (read(path) === text) rmSync(path, { force: true });
    },
  };
}

function create(path: string, text: string): boolean {
  let handle: number;
  try {
    handle = openSync(path, "wx");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
  writeSync(handle, text);
  closeSync(handle);
  return true;
}

function removeStale(file: string, path: string): void {
  const text = read(path);
  if (text === undefined) return;
  if (isAlive(text)) throw locked(file, `process ${Number.parseInt(text, 10)} holds it`);
  // Renaming is atomic: of several processes that find the same stale lock, one gets it. If a live one slipped in between,
  // the name of that lock is put back.
  const aside = `${path}.${randomUUID()}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  if (read(aside) !== text) {
    renameSync(aside, path);
    throw locked(file, "another process was quicker");
  }
  rmSync(aside, { force: true });
}

function isAlive(text: string): boolean {
  const pid = Number.parseInt(text, 10);
  if (!(pid > 0)) return false; // a crash between creating the lock and writing it
  if (pid === process.pid) return ours.has(text);
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function locked(file: string, why: string): LdpError {
  return new LdpError(
    "EMRX_STORE_LOCKED",
    `store ${file}: ${why}; close it there, or remove ${file}.lock if you are sure that nobody uses the store`,
  );
}

// A store in one file: appended to, synced, checked whole when it is opened.
import {
  closeSync,
  fdatasyncSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname, resolve } from "node:path";
import { LdpError } from "../errors/ldp-error.js";
import { ByteMap } from "../stores/byte-map.js";
import type { Store } from "../stores/store.js";
import { encodeFrame, fileHeader, frameEntries, readFrame } from "./frame.js";
import { takeLock } from "./lock.js";

/** A store in a file. */
export interface FileStore extends Store {
  /** The absolute path of the file. */
  readonly path: string;
  /** Gives the file free for others. The store cannot be used afterwards; closing twice is harmless. */
  close(): void;
}

/**
 * Opens, or creates, a durable store in one file. Each `set` is one frame, appended and synced to the disk before the call
 * returns. After a crash, a write that was cut short is dropped when the file is opened again: it was never confirmed.
 * Any other damage is an error; the store never starts with less than it confirmed. What it cannot notice by itself
 * is a file that was put back to an older state: an old copy, or its last frames cut off.
 *
 * One process at a time holds the file. All of it is also kept in memory.
 *
 * @param path the file; it is created if it is not there, its folder is not
 * @returns the store; call `close()` when done
 * @throws `EMRX_STORE_LOCKED` where somebody holds it, `EMRX_STORE_DAMAGED` with the position of the damage,
 *   `EMRX_STORE_FAILED` where the file cannot be read or written; `set` and `get` throw that too once the store is closed
 * @example
 * ```ts
 * import { mkdtempSync, rmSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { fileStore } from "@emrx/ldp-core/file";
 *
 * const folder = mkdtempSync(join(tmpdir(), "emrx-"));
 * const store = fileStore(join(folder, "budgets"));
 * store.set([["greeting", Uint8Array.of(104, 105)]]);
 * store.close();
 * const again = fileStore(join(folder, "budgets"));
 * again.get("greeting"); // => Uint8Array.of(104, 105)
 * again.close();
 * rmSync(folder, { recursive: true });
 * ```
 */
export function fileStore(path: string): FileStore {
  const file = resolve(path);
  const lock = failing(file, "lock", () => takeLock(file));
  try {
    return openLocked(file, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

function openLocked(file: string, lock: ReturnType<typeof takeLock>): FileStore {
  const map = new ByteMap();
  const loaded = failing(file, "open", () => load(file, map));
  let { handle, end, frames } = loaded;
  let closed: string | undefined;

  const usable = (): void => {
    if (closed !== undefined) throw new LdpError("EMRX_STORE_FAILED", `store ${file}: ${closed}`);
  };
  const append = (bytes: Uint8Array): void => {
    try {
      writeAll(handle, bytes, end);
      fdatasyncSync(handle);
    } catch (cause) {
      // After a failed sync nobody can say what is on the disk, so no further write may build on it.
      closed = "a write failed; close it and open it again to see what is on the disk";
      try {
        ftruncateSync(handle, end);
        fdatasyncSync(handle);
      } catch {
        // Then the next opening decides: it drops a frame that was cut short and keeps one that is whole.
      }
      throw new LdpError("EMRX_STORE_FAILED", `store ${file}: the write failed`, { cause });
    }
  };
  return {
    path: file,
    get(key) {
      usable();
      return map.get(key);
    },
    set(entries) {
      usable();
      if (!lock.held()) {
        closed = "its lock file is gone; somebody else may be writing";
        throw new LdpError("EMRX_STORE_LOCKED", `store ${file}: ${closed}`);
      }
      const frame = encodeFrame(frames, entries);
      if (frame === undefined) return;
      append(frame);
      end += frame.length;
      frames++;
      map.set(frameEntries(frame));
    },
    close() {
      if (handle < 0) return;
      closed = "it is closed";
      const open = handle;
      handle = -1;
      closeSync(open);
      lock.release();
    },
  };
}

interface Loaded {
  readonly handle: number;
  /** Where the next frame goes. */
  readonly end: number;
  /** The number of the next frame. */
  readonly frames: number;
}

function load(file: string, map: ByteMap): Loaded {
  const bytes = readOrCreate(file);
  for (const [i, byte] of fileHeader.entries())
    if (bytes[i] !== byte)
      throw damaged(file, i, "it does not begin like a store; is it another file?");
  let end = fileHeader.length;
  let frames = 0;
  while (end < bytes.length) {
    const reading = readFrame(bytes, end, frames);
    if (reading.kind === "damaged") throw damaged(file, end, reading.why);
    if (reading.kind === "torn") break;
    map.set(reading.entries);
    end = reading.end;
    frames++;
  }
  const handle = openSync(file, "r+");
  if (end < bytes.length) {
    ftruncateSync(handle, end);
    fsyncSync(handle);
  }
  return { handle, end, frames };
}

/** A new file appears whole under its name, or not at all. */
function readOrCreate(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  const draft = `${file}.new`;
  rmSync(draft, { force: true });
  const handle = openSync(draft, "wx");
  writeAll(handle, fileHeader, 0);
  fsyncSync(handle);
  closeSync(handle);
  renameSync(draft, file);
  syncFolder(dirname(file));
  return fileHeader;
}

function syncFolder(folder: string): void {
  let handle: number;
  try {
    handle = openSync(folder, "r");
  } catch {
    return; // some platforms cannot open a folder; there is then nothing to sync
  }
  try {
    fsyncSync(handle);
  } catch {
    // likewise
  } finally {
    closeSync(handle);
  }
}

function writeAll(handle: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length; )
    done += writeSync(handle, bytes, done, bytes.length - done, position + done);
}

function damaged(file: string, at: number, why: string): LdpError {
  return new LdpError(
    "EMRX_STORE_DAMAGED",
    `store ${file}: byte ${at}: ${why}; restore the file from a copy`,
  );
}

/** Turns what the file system throws into an `LdpError`. */
function failing<T>(file: string, what: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof LdpError) throw cause;
    throw new LdpError("EMRX_STORE_FAILED", `store ${file}: cannot ${what} it: ${String(cause)}`, {
      cause,
    });
  }
}

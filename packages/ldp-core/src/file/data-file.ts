// The one data file of a store in a folder: read whole when it is opened, appended to and synced, written anew when more than
// half of it is entries that were overwritten.
import { chmodSync } from "node:fs";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { equalBytes } from "@emrx/internal/bytes";
import { openRegularHandle, standsAt, syncFolder } from "@emrx/internal/regular-file";
import { LdpError } from "../errors/ldp-error.js";
import type { ByteMap } from "../stores/byte-map.js";
import {
  bodyLength,
  type Entry,
  encodeFrame,
  fileHeader,
  frameHeadBytes,
  headerBytes,
  readFrame,
} from "./frame.js";

/** Bytes of overwritten entries that are not worth a new file. */
const slackBytes = 1 << 20;
/** Bytes of entries in one frame of a new file, about. */
const newFrameBytes = 1 << 22;

/** The data file, open. */
export interface DataFile {
  /** Throws `EMRX_STORE_LOCKED` unless the open file still is the one at its path, under no second name, and as long as it was left. */
  check(): Promise<void>;
  /** Appends the entries and syncs them. */
  append(entries: readonly Entry[]): Promise<void>;
  /** Writes a new file of what `map` holds, if the old one is more than twice that. A kill leaves the old one or the new one. */
  compact(map: ByteMap): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens, or creates, the data file of a folder that is owned, and reads its entries into `map`.
 *
 * @param proof proof of the secret, 16 bytes
 * @param anew whether to write a new file at once, since a former owner may still have the old one open
 */
export async function openDataFile(
  folder: string,
  proof: Uint8Array,
  map: ByteMap,
  anew: boolean,
): Promise<DataFile> {
  const path = join(folder, "data");
  const draft = `${path}.new`;
  await rm(draft, { force: true });
  let handle =
    (await openIfThere(path)) ?? (await writeNew(folder, draft, path, proof, map)).handle;
  let { end, frames } = await load(path, handle, proof, map).catch(async (error: unknown) => {
    await handle.close();
    throw error;
  });
  const replace = async (): Promise<void> => {
    const fresh = await writeNew(folder, draft, path, proof, map);
    const old = handle;
    ({ handle, end, frames } = fresh);
    await old.close();
  };
  if (anew) await replace();
  return {
    async check() {
      const { size, nlink } = await handle.stat();
      if (standsAt(path, handle.fd) && nlink === 1 && size === end) return;
      throw new LdpError(
        "EMRX_STORE_LOCKED",
        `store ${path}: the file was deleted, replaced, cut or given a second name while it was open; ` +
          "nothing more is acknowledged. See who else uses it, then close the store and open it again",
      );
    },
    async append(entries) {
      const frame = encodeFrame(frames, entries);
      await writeAll(handle, frame, end);
      await handle.datasync();
      end += frame.length;
      frames++;
    },
    async compact(entries) {
      if (end > 2 * entries.liveBytes + slackBytes) await replace();
    },
    close: () => handle.close(),
  };
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await openRegularHandle(path, "write");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Writes a file of what the map holds under another name, and gives it its name once it is synced. */
async function writeNew(
  folder: string,
  draft: string,
  path: string,
  proof: Uint8Array,
  map: ByteMap,
): Promise<{ readonly handle: FileHandle; readonly end: number; readonly frames: number }> {
  await rm(draft, { force: true });
  const handle = await open(draft, "wx+", 0o600);
  try {
    let [end, frames] = [headerBytes, 0];
    await writeAll(handle, fileHeader(proof), 0);
    for (const entries of pieces(map)) {
      const frame = encodeFrame(frames++, entries);
      await writeAll(handle, frame, end);
      end += frame.length;
    }
    await handle.sync();
    await rename(draft, path);
    await syncFolder(folder);
    return { handle, end, frames };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function* pieces(map: ByteMap): Generator<readonly Entry[]> {
  let entries: Entry[] = [];
  let size = 0;
  for (const entry of map.entries()) {
    entries.push(entry);
    size += entry[1].length;
    if (size < newFrameBytes) continue;
    yield entries;
    [entries, size] = [[], 0];
  }
  if (entries.length > 0) yield entries;
}

/** Reads all frames; a frame that a crash cut short was never acknowledged and is cut off. */
async function load(
  path: string,
  handle: FileHandle,
  proof: Uint8Array,
  map: ByteMap,
): Promise<{ end: number; frames: number }> {
  chmodSync(path, 0o600);
  const { size, nlink } = await handle.stat();
  if (nlink !== 1)
    throw new LdpError(
      "EMRX_STORE_LOCKED",
      `store ${path}: the file has ${nlink} names (hard links), under which another process could write to it; remove the others`,
    );
  const header = await readBytes(handle, 0, Math.min(headerBytes, size));
  const expected = fileHeader(proof);
  if (!equalBytes(header.subarray(0, 16), expected.subarray(0, 16)))
    throw damaged(path, 0, "it does not begin like a store; is it another file?");
  if (!equalBytes(header, expected))
    throw new LdpError(
      "EMRX_STORE_SECRET",
      `store ${path}: its entries are kept under another secret; with this one nobody's account would be found`,
    );
  let [end, frames] = [headerBytes, 0];
  while (end < size) {
    const head = await readBytes(handle, end, Math.min(frameHeadBytes, size - end));
    if (head.length < frameHeadBytes) break; // cut short
    const length = bodyLength(head);
    if (length === undefined) {
      // Some file systems extend a file before its data arrives: then the tail is zeros, of which no frame consists.
      if (await isZero(handle, end, size)) break;
      throw damaged(path, end, "the length of a frame is not confirmed");
    }
    const next = end + frameHeadBytes + length + 1;
    if (next > size) break; // cut short
    const frame = readFrame(
      frames,
      head,
      await readBytes(handle, end + frameHeadBytes, length + 1),
    );
    if ("why" in frame) {
      if (!frame.whole && next === size) break;
      throw damaged(path, end, frame.why);
    }
    map.set(frame.entries);
    end = next;
    frames++;
  }
  if (end < size) {
    await handle.truncate(end);
    await handle.sync();
  }
  return { end, frames };
}

async function isZero(handle: FileHandle, from: number, to: number): Promise<boolean> {
  for (let at = from; at < to; at += 1 << 16) {
    const bytes = await readBytes(handle, at, Math.min(1 << 16, to - at));
    if (bytes.some((byte) => byte !== 0)) return false;
  }
  return true;
}

async function readBytes(
  handle: FileHandle,
  at: number,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await handle.read(bytes, done, length - done, at + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return bytes.subarray(0, done);
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; )
    done += (await handle.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
}

function damaged(path: string, at: number, why: string): LdpError {
  return new LdpError(
    "EMRX_STORE_DAMAGED",
    `store ${path}: byte ${at}: ${why}; restore the file from a copy, and mind that an older copy forgets what was spent since`,
  );
}

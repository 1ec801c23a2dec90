// Files that must be files: opening never waits on a FIFO that stands in the place of one, and what is open is compared with
// what stands at its path.
import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  openSync,
  readSync,
  statSync,
} from "node:fs";
import { type FileHandle, open, rm } from "node:fs/promises";

/** An error of the form that the system's own have. */
const refusal = (code: string, message: string): Error =>
  Object.assign(new Error(message), { code });

const notRegular = (file: string): Error =>
  refusal("EFTYPE", `${file} is no regular file; remove it`);

type Access = "read" | "write";

// O_NONBLOCK changes nothing for a regular file, and lets a FIFO be opened at once.
const flagsOf = (access: Access): number =>
  (access === "read" ? constants.O_RDONLY : constants.O_RDWR) | constants.O_NONBLOCK;

/**
 * Opens a file that exists. Throws what the system throws, and for anything but a regular file (a FIFO, a socket, a device,
 * a folder) at once, without waiting.
 *
 * @param access `read`, or `write` for reading and writing
 */
export function openRegularFile(file: string, access: Access = "read"): number {
  const descriptor = openSync(file, flagsOf(access));
  try {
    if (fstatSync(descriptor).isFile()) return descriptor;
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
  closeSync(descriptor);
  throw notRegular(file);
}

/**
 * The bytes of a regular file; throws as `openRegularFile` does.
 *
 * @param part `from`: where to begin, 0 by default; `limit`: throws if the file has more bytes than this
 */
export function readRegularFile(
  file: string,
  { from = 0, limit = Number.POSITIVE_INFINITY }: { from?: number; limit?: number } = {},
): Buffer {
  const descriptor = openRegularFile(file);
  try {
    const { size } = fstatSync(descriptor);
    if (size > limit) {
      throw refusal("EFBIG", `${file} has ${size} bytes, more than the ${limit} that it may have`);
    }
    const bytes = Buffer.allocUnsafeSlow(Math.max(0, size - from));
    let length = 0;
    while (length < bytes.length) {
      const piece = Math.min(bytes.length - length, 1 << 30);
      const count = readSync(descriptor, bytes, length, piece, from + length);
      if (count === 0) break; // it has become shorter
      length += count;
    }
    return bytes.subarray(0, length);
  } finally {
    closeSync(descriptor);
  }
}

/** What an open file is known by. */
export type FileIdentity = Pick<BigIntStats, "dev" | "ino">;

/** Whether an open file, by its descriptor or what it is known by, is the one that stands at a path. */
export function standsAt(file: string, opened: number | FileIdentity): boolean {
  const there = statSync(file, { bigint: true, throwIfNoEntry: false });
  if (there === undefined) return false;
  const { dev, ino } = typeof opened === "number" ? fstatSync(opened, { bigint: true }) : opened;
  return there.dev === dev && there.ino === ino;
}

/** `openRegularFile`, for a file that is read piece by piece. */
export async function openRegularHandle(
  file: string,
  access: Access = "read",
): Promise<FileHandle> {
  const handle = await open(file, flagsOf(access));
  try {
    if ((await handle.stat()).isFile()) return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
  await handle.close();
  throw notRegular(file);
}

/**
 * Writes a file under a name that nobody reads it by yet, and syncs it; `rename` then gives it its name, whole. What stood
 * there is removed, not written to.
 */
export async function writeFreshFile(file: string, bytes: Uint8Array): Promise<void> {
  await rm(file, { force: true });
  const handle = await open(file, "wx");
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Syncs a folder, so that names created or changed in it last. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

// Files that must be files: opening never waits on a FIFO that stands in the place of one, and what is open is compared with
// what stands at its path.
import { closeSync, constants, fstatSync, openSync, readSync, statSync } from "node:fs";

/** An error of the form that the system's own have. */
const refusal = (code: string, message: string): Error =>
  Object.assign(new Error(message), { code });

/**
 * Opens a file that exists. Throws what the system throws, and for anything but a regular file (a FIFO, a socket, a device,
 * a folder) at once, without waiting.
 *
 * @param access `read`, or `write` for reading and writing
 */
export function openRegularFile(file: string, access: "read" | "write" = "read"): number {
  const { O_RDONLY, O_RDWR, O_NONBLOCK } = constants;
  // O_NONBLOCK changes nothing for a regular file; it is undefined on Windows, which has no FIFOs among its files.
  const descriptor = openSync(file, (access === "read" ? O_RDONLY : O_RDWR) | (O_NONBLOCK ?? 0));
  try {
    if (fstatSync(descriptor).isFile()) return descriptor;
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
  closeSync(descriptor);
  throw refusal("EINVAL", `${file} is no regular file`);
}

/** All bytes of a regular file; throws as `openRegularFile` does, and if it has more bytes than `limit`. */
export function readRegularFile(file: string, limit: number = Number.POSITIVE_INFINITY): Buffer {
  const descriptor = openRegularFile(file);
  try {
    const { size } = fstatSync(descriptor);
    if (size > limit) {
      throw refusal("EFBIG", `${file} has ${size} bytes, more than the ${limit} that it may have`);
    }
    const bytes = Buffer.allocUnsafeSlow(size);
    let length = 0;
    while (length < size) {
      const count = readSync(descriptor, bytes, length, Math.min(size - length, 1 << 30), length);
      if (count === 0) break; // it has become shorter
      length += count;
    }
    return bytes.subarray(0, length);
  } finally {
    closeSync(descriptor);
  }
}

/** Whether an open file is the one that stands at a path. */
export function standsAt(file: string, descriptor: number): boolean {
  const there = statSync(file, { bigint: true, throwIfNoEntry: false });
  if (there === undefined) return false;
  const open = fstatSync(descriptor, { bigint: true });
  return there.dev === open.dev && there.ino === open.ino;
}

// The two calls by which a log brings its records to the disk, so that others can be put in their place.
import { fdatasync, writeSync } from "node:fs";

/** How records are written. Tests replace it, to see what becomes of a disk that is full, read-only or fails to sync. */
export interface Disk {
  /**
   * Writes bytes at a position of an open file and returns how many the system took, which may be fewer. The system has
   * them when this returns; the disk has them after `sync`. It throws what the system throws.
   */
  write(descriptor: number, bytes: Uint8Array<ArrayBuffer>, position: number): number;
  /** Resolves when everything written to an open file is on the disk. */
  sync(descriptor: number): Promise<void>;
}

/** The platform's own calls. Writing goes to the page cache and takes microseconds; syncing waits for the disk. */
export const platformDisk: Disk = {
  write: (descriptor, bytes, position) => writeSync(descriptor, bytes, 0, bytes.length, position),
  sync: (descriptor) =>
    new Promise((resolve, reject) => {
      fdatasync(descriptor, (error) => (error === null ? resolve() : reject(error)));
    }),
};

// The file that commits are written to: the last segment, with room made ahead.
import { closeSync, fstatSync, ftruncateSync, readSync } from "node:fs";
import { type FileIdentity, standsAt } from "@emrx/internal/regular-file";
import { LedgerError } from "../errors.js";
import type { Disk } from "./disk.js";
import { HEADER_BYTES } from "./format.js";
import { openLedgerFile } from "./ledger-file.js";
import type { Segment } from "./segments.js";

/**
 * The file grows by as many bytes at once, zeros at first. Syncing bytes that were there before takes half as long as
 * syncing a file that has grown, whose new length goes to the disk as well.
 */
const GROWTH = 1 << 20;

/** Room for the last byte of a file and one after it. */
const LAST = /* @__PURE__ */ Buffer.alloc(2);

/** The last segment, open for writing. */
export class Tail {
  readonly segment: Segment;
  readonly #disk: Disk;
  /** Size from which another segment is begun, bytes. */
  readonly #limit: number;
  readonly #descriptor: number;
  readonly #opened: FileIdentity;
  /** Bytes of the file; those after the segment's end are zeros. */
  #length: number;

  /** Opens a segment's file and cuts off what follows the segment's end: room, or a write that was not finished. */
  constructor(segment: Segment, disk: Disk, limit: number) {
    this.segment = segment;
    this.#disk = disk;
    this.#limit = limit;
    this.#descriptor = openLedgerFile(segment.file);
    this.#opened = fstatSync(this.#descriptor, { bigint: true });
    this.#length = segment.end;
    this.cut();
  }

  /** Whether the next commit goes to another segment. One without commits takes one, however short it is to be. */
  get full(): boolean {
    const { end } = this.segment;
    return end > HEADER_BYTES && end >= this.#limit;
  }

  /** Writes a commit after the segment's end, and room after that if it ends beyond it. A full segment has no room. */
  write(commit: Uint8Array<ArrayBuffer>): void {
    const end = this.segment.end + commit.length;
    this.#write(commit, this.segment.end);
    if (end <= this.#length) return;
    this.#length = Math.max(end, Math.min(this.#limit, Math.ceil(end / GROWTH) * GROWTH));
    this.#write(Buffer.alloc(this.#length - end), end);
  }

  /** Throws `EMRX_OWNERSHIP_LOST` if the file at the segment's path is another or gone. */
  checkName(): void {
    if (!standsAt(this.segment.file, this.#opened)) throw this.#lost("deleted or replaced");
  }

  /** Throws `EMRX_OWNERSHIP_LOST` if the file is not as long as it was made. */
  checkLength(): void {
    const count = readSync(this.#descriptor, LAST, 0, 2, this.#length - 1);
    if (count !== 1) throw this.#lost("cut short or written to");
  }

  sync(): Promise<void> {
    return this.#disk.sync(this.#descriptor);
  }

  /** Cuts the file at the segment's end. */
  cut(): void {
    ftruncateSync(this.#descriptor, this.segment.end);
    this.#length = this.segment.end;
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #lost(what: string): LedgerError {
    return new LedgerError(
      "EMRX_OWNERSHIP_LOST",
      `${this.segment.file} was ${what} by somebody else while it was open; nothing more is acknowledged. Restore the folder from a copy, or open it again to see what is there`,
    );
  }

  #write(bytes: Uint8Array<ArrayBuffer>, position: number): void {
    for (let done = 0; done < bytes.length; ) {
      done += this.#disk.write(this.#descriptor, bytes.subarray(done), position + done);
    }
  }
}

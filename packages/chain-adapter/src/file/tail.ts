// The file that commits are written to: the last segment, with room made ahead.
import { closeSync, ftruncateSync, openSync } from "node:fs";
import type { Disk } from "./disk.js";
import { HEADER_BYTES } from "./format.js";
import type { Segment } from "./segments.js";

/**
 * The file grows by as many bytes at once, zeros at first. Syncing bytes that were there before takes half as long as
 * syncing a file that has grown, whose new length goes to the disk as well.
 */
const GROWTH = 1 << 20;
const zeros = /* @__PURE__ */ Buffer.alloc(GROWTH);

/** The last segment, open for writing. */
export class Tail {
  readonly segment: Segment;
  readonly #disk: Disk;
  /** Size from which another segment is begun, bytes. */
  readonly #limit: number;
  readonly #descriptor: number;
  /** Bytes of the file; those after the segment's end are zeros. */
  #length: number;

  /** Opens a segment's file and cuts off what follows the segment's end: room, or a write that was not finished. */
  constructor(segment: Segment, disk: Disk, limit: number) {
    this.segment = segment;
    this.#disk = disk;
    this.#limit = limit;
    this.#descriptor = openSync(segment.file, "r+");
    this.#length = segment.end;
    this.cut();
  }

  /** Whether the next commit goes to another segment. One without commits takes one, however short it is to be. */
  get full(): boolean {
    const { end } = this.segment;
    return end > HEADER_BYTES && end >= this.#limit;
  }

  /** Writes a commit after the segment's end, and room after that if it ends beyond it. A full segment has no room. */
  write(commit: Buffer): void {
    const end = this.segment.end + commit.length;
    this.#write(commit, this.segment.end);
    if (end <= this.#length) return;
    this.#length = Math.max(end, Math.min(this.#limit, Math.ceil(end / GROWTH) * GROWTH));
    this.#write(zeros.subarray(0, this.#length - end), end);
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

  #write(bytes: Buffer, position: number): void {
    for (let done = 0; done < bytes.length; ) {
      done += this.#disk.write(this.#descriptor, bytes.subarray(done), position + done);
    }
  }
}

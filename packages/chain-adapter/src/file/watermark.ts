// The watermark: how many entries were acknowledged, with the hash chain there. It is written after the entries are on disk
// and before they are acknowledged, so at reopening everything up to the watermark must be there, and only what lies beyond
// may be an unfinished write. Two slots are written in turn: a write that is cut short leaves the other.
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { crc32c } from "./crc32c.js";
import { damaged } from "./format.js";
import { segmentNames } from "./segments.js";

/** What a watermark says. */
export interface Watermark {
  readonly size: number;
  /** Hash chain over that many entries, 32 bytes. */
  readonly chain: Uint8Array;
}

/** One disk sector, which is written whole or not at all. */
const SLOT = 512;

function encodeSlot(turn: number, { size, chain }: Watermark): Uint8Array {
  const bytes = new Uint8Array(SLOT);
  const data = new DataView(bytes.buffer);
  data.setBigUint64(0, BigInt(turn));
  data.setBigUint64(8, BigInt(size));
  bytes.set(chain, 16);
  data.setUint32(SLOT - 4, crc32c(bytes, 0, SLOT - 4));
  return bytes;
}

function decodeSlot(
  file: string,
  bytes: Uint8Array,
  slot: number,
): Watermark & { readonly turn: number } {
  const data = new DataView(bytes.buffer, bytes.byteOffset);
  if (data.getUint32(SLOT - 4) !== crc32c(bytes, 0, SLOT - 4)) {
    throw damaged(file, slot * SLOT, "the watermark's CRC is wrong");
  }
  const turn = Number(data.getBigUint64(0));
  return { turn, size: Number(data.getBigUint64(8)), chain: bytes.slice(16, 48) };
}

/** Whether a watermark was set more than once, after `turn` writes: then a checkpoint must be there too. */
export const wasUsed = (turn: number): boolean => turn > 2;

/** Whether a folder has a watermark, and so a ledger; throws `EMRX_DAMAGED` if it has one without. */
export function hasWatermark(folder: string): boolean {
  const file = join(folder, "watermark");
  if (existsSync(file)) return true;
  const begun = existsSync(folder) && segmentNames(folder).length > 0;
  if (begun || existsSync(join(folder, "checkpoint"))) throw damaged(file, 0, "it is missing");
  return false;
}

/** The file that keeps the watermark. */
export class WatermarkFile {
  readonly #descriptor: number;
  #turn: number;
  get used(): boolean {
    return wasUsed(this.#turn);
  }

  /** The watermark found or written last. */
  current: Watermark;

  private constructor(descriptor: number, turn: number, current: Watermark) {
    this.#descriptor = descriptor;
    this.#turn = turn;
    this.current = current;
  }

  /** A new watermark of no entries. It gets its name only when it is whole. */
  static create(file: string): WatermarkFile {
    const watermark = { size: 0, chain: new Uint8Array(32) };
    const temporary = `${file}.new`;
    const descriptor = openSync(temporary, "w");
    writeSync(descriptor, encodeSlot(0, watermark), 0, SLOT, 0);
    writeSync(descriptor, encodeSlot(1, watermark), 0, SLOT, SLOT);
    fsyncSync(descriptor);
    renameSync(temporary, file);
    return new WatermarkFile(descriptor, 1, watermark);
  }

  /** The watermark in a file; throws `EMRX_DAMAGED`. */
  static read(file: string): Watermark & { readonly turn: number } {
    const bytes = new Uint8Array(readFileSync(file));
    if (bytes.length !== 2 * SLOT)
      throw damaged(file, bytes.length, `it must have ${2 * SLOT} bytes`);
    const even = decodeSlot(file, bytes.subarray(0, SLOT), 0);
    const odd = decodeSlot(file, bytes.slice(SLOT), 1);
    if (Math.abs(even.turn - odd.turn) !== 1 || even.turn % 2 !== 0) {
      throw damaged(file, 0, `its two slots are of turns ${even.turn} and ${odd.turn}`);
    }
    return even.turn > odd.turn ? even : odd;
  }

  static open(file: string): WatermarkFile {
    const { turn, ...watermark } = WatermarkFile.read(file);
    return new WatermarkFile(openSync(file, "r+"), turn, watermark);
  }

  /** Sets the watermark. The operating system has it when this returns; the disk may have it later. */
  write(watermark: Watermark): void {
    this.#turn++;
    writeSync(
      this.#descriptor,
      encodeSlot(this.#turn, watermark),
      0,
      SLOT,
      (this.#turn % 2) * SLOT,
    );
    this.current = watermark;
  }

  close(): void {
    fsyncSync(this.#descriptor);
    closeSync(this.#descriptor);
  }
}

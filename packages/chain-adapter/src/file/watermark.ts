// The watermark: how many entries were acknowledged, with the hash chain there. It is written after the entries are on disk
// and before they are acknowledged, so at reopening everything up to the watermark must be there, and only what lies beyond
// may be an unfinished write. Two slots are written in turn: a write that is cut short leaves the other.
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { type FileIdentity, standsAt } from "@emrx/internal/regular-file";
import { LedgerError } from "../errors.js";
import { crc32c } from "./crc32c.js";
import { damaged } from "./format.js";
import { openLedgerFile, readLedgerFile } from "./ledger-file.js";
import { segmentNames } from "./segments.js";

/** What a watermark says. */
export interface Watermark {
  readonly size: number;
  /** Hash chain over that many entries, 32 bytes. */
  readonly chain: Uint8Array;
}

/** One disk sector, which is written whole or not at all. */
const SLOT = 512;

function encodeSlot(turn: number, { size, chain }: Watermark): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(SLOT);
  const data = new DataView(bytes.buffer);
  data.setBigUint64(0, BigInt(turn));
  data.setBigUint64(8, BigInt(size));
  bytes.set(chain, 16);
  data.setUint32(SLOT - 4, crc32c(bytes, 0, SLOT - 4));
  return bytes;
}

function decodeSlot(file: string, bytes: Uint8Array, slot: number): FoundWatermark {
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

/** A watermark, and how often one was written. */
export type FoundWatermark = Watermark & { readonly turn: number };

/** The watermark in a file; throws `EMRX_DAMAGED`. */
export function readWatermark(file: string): FoundWatermark {
  const bytes = readLedgerFile(file);
  if (bytes.length !== 2 * SLOT)
    throw damaged(file, bytes.length, `it must have ${2 * SLOT} bytes`);
  const even = decodeSlot(file, bytes.subarray(0, SLOT), 0);
  const odd = decodeSlot(file, bytes.subarray(SLOT), 1);
  if (Math.abs(even.turn - odd.turn) !== 1 || even.turn % 2 !== 0) {
    throw damaged(file, 0, `its two slots are of turns ${even.turn} and ${odd.turn}`);
  }
  return even.turn > odd.turn ? even : odd;
}

/** The watermark in a file that its owner writes to now: one that is half written is another a moment later. */
export async function readMovingWatermark(file: string): Promise<FoundWatermark> {
  for (let attempt = 1; ; attempt++) {
    try {
      return readWatermark(file);
    } catch (error) {
      if (attempt === 20 || !(error instanceof LedgerError)) throw error;
      await new Promise((resolve) => setTimeout(resolve, attempt));
    }
  }
}

/** Writes the watermark of no entries. It gets its name only when it is whole. */
export function createWatermark(file: string): void {
  const watermark = { size: 0, chain: new Uint8Array(32) };
  const temporary = `${file}.new`;
  rmSync(temporary, { force: true });
  const descriptor = openSync(temporary, "wx");
  try {
    writeSync(descriptor, encodeSlot(0, watermark), 0, SLOT, 0);
    writeSync(descriptor, encodeSlot(1, watermark), 0, SLOT, SLOT);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(temporary, file);
}

/** The file that keeps the watermark, to be written to. */
export class WatermarkFile {
  readonly #file: string;
  readonly #descriptor: number;
  readonly #opened: FileIdentity;
  #turn: number;

  /** @param turn of the watermark that was read from the file */
  constructor(file: string, turn: number) {
    this.#file = file;
    this.#descriptor = openLedgerFile(file);
    this.#opened = fstatSync(this.#descriptor, { bigint: true });
    this.#turn = turn;
  }

  /** Throws `EMRX_OWNERSHIP_LOST` if the file at its path is another or gone. */
  check(): void {
    if (standsAt(this.#file, this.#opened)) return;
    const message = `${this.#file} was deleted or replaced while it was open; nothing more is acknowledged. Restore the folder from a copy, or open it again if the file is the right one`;
    throw new LedgerError("EMRX_OWNERSHIP_LOST", message);
  }

  /** The bytes of the next watermark, to be made while there is time. */
  encode(watermark: Watermark): Uint8Array<ArrayBuffer> {
    return encodeSlot(this.#turn + 1, watermark);
  }

  /** Sets the watermark that was encoded. The operating system has it when this returns; the disk may have it later. */
  write(slot: Uint8Array): void {
    this.#turn++;
    writeSync(this.#descriptor, slot, 0, SLOT, (this.#turn % 2) * SLOT);
  }

  close(): void {
    fsyncSync(this.#descriptor);
    closeSync(this.#descriptor);
  }
}

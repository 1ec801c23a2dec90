// The bytes of a ledger's folder, written down from the format's description and not by the code that is tested.
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32c } from "../../src/file/crc32c.js";
import { leafHash, u32 } from "../merkle/reference.js";

/** A record of a commit. */
export interface PlainRecord {
  readonly time: number;
  readonly bytes: Uint8Array;
}

const sha256 = (...parts: readonly Uint8Array[]): Buffer =>
  createHash("sha256").update(Buffer.concat(parts)).digest();

/** Bytes with their CRC before them, and what is not under it after them. */
const withCrc = (covered: Uint8Array, rest: Uint8Array = Buffer.alloc(0)): Buffer =>
  Buffer.concat([u32(crc32c(covered)), covered, rest]);
const u64 = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
};

/** The chain before the first entry. */
export const NO_CHAIN: Buffer = Buffer.alloc(32);

/** A segment of these commits, and the hash chain after each of them, that before the first included. */
export function segmentOf(
  firstIndex: number,
  chainBefore: Uint8Array,
  commits: readonly (readonly PlainRecord[])[],
): { readonly data: Buffer; readonly chains: readonly Buffer[]; readonly ends: readonly number[] } {
  const known = Buffer.concat([Buffer.from("EMRXLOG2"), u64(firstIndex)]);
  const header = Buffer.concat([known, u32(crc32c(known)), chainBefore]);
  const chains: Buffer[] = [Buffer.from(chainBefore)];
  const parts: Buffer[] = [header];
  const ends = [header.length];
  for (const records of commits) {
    const leaves = records.map(({ time, bytes }) => leafHash(Buffer.concat([u64(time), bytes])));
    const chain = sha256(Buffer.of(2), chains.at(-1) as Buffer, ...leaves);
    for (const [i, { time, bytes }] of records.entries()) {
      const covered = Buffer.concat([u32(bytes.length), Buffer.of(0), u64(time)]);
      parts.push(withCrc(covered, Buffer.concat([bytes, leaves[i] as Uint8Array])));
    }
    parts.push(withCrc(Buffer.concat([u32(records.length), Buffer.of(2), chain])));
    chains.push(chain);
    ends.push(parts.reduce((sum, { length }) => sum + length, 0));
  }
  return { data: Buffer.concat(parts), chains, ends };
}

/** One slot of the watermark. */
export function slotOf(turn: number, size: number, chain: Uint8Array): Buffer {
  const said = Buffer.concat([u64(turn), u64(size), chain, Buffer.alloc(508 - 48)]);
  return Buffer.concat([said, u32(crc32c(said))]);
}

/** A watermark that was set once, right after the first commit, when there need be no checkpoint yet. */
export const markOf = (size: number, chain: Uint8Array): Buffer =>
  Buffer.concat([slotOf(2, size, chain), slotOf(1, 0, NO_CHAIN)]);

/** Puts files into a new folder. */
export function put(folder: string, files: Readonly<Record<string, Uint8Array>>): void {
  mkdirSync(folder);
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
}

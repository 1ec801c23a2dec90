// Segment files: listing them, beginning one, taking one away, reading entries back.
import { createHash, type Hash } from "node:crypto";
import { readdirSync } from "node:fs";
import { type FileHandle, open, unlink } from "node:fs/promises";
import { join } from "node:path";
import { syncFolder } from "@emrx/internal/regular-file";
import type { LogEntry } from "../ledger/port.js";
import {
  CHAIN_BYTES,
  damaged,
  encodeHeader,
  HEADER_BYTES,
  readRecord,
  segmentName,
} from "./format.js";
import { openLedgerHandle } from "./ledger-file.js";
import type { OffsetIndex } from "./offset-index.js";

/** A segment file. */
export interface Segment {
  readonly file: string;
  readonly firstIndex: number;
  /** Byte after the last sound record. */
  end: number;
  /** The hash chain that stands before `end`. */
  chain: Buffer;
  /** SHA-256 of the file up to `end`: as it grows, or in hexadecimal as a snapshot has it; undefined if not kept. */
  digest: Hash | string | undefined;
}

/** An unfinished write that nobody had been told was done: bytes after the last sound entry, up to the last that is not zero. */
export interface TornTail {
  readonly file: string;
  readonly offset: number;
  readonly bytes: number;
  readonly problem: string;
}

/** A log's files, and where its entries stand in them. */
export interface LogFiles {
  readonly segments: readonly Segment[];
  readonly size: number;
  readonly offsetIndex: OffsetIndex;
}

/** The hash chain over all entries of a log, before the first of which it is zero. */
export function chainOf(segments: readonly Segment[]): Buffer {
  return segments.at(-1)?.chain ?? Buffer.alloc(32);
}

/** The names of the segments in a folder, in the order of their entries. */
export const segmentNames = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".log"))
    .sort();

/** Begins a segment. */
export async function addSegment(
  folder: string,
  firstIndex: number,
  chain: Uint8Array,
  digests: boolean,
): Promise<Segment> {
  const file = join(folder, segmentName(firstIndex));
  const header = encodeHeader(firstIndex, chain);
  const handle = await open(file, "wx");
  try {
    await handle.writeFile(header);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await syncFolder(folder);
  return {
    file,
    firstIndex,
    end: HEADER_BYTES,
    chain: header.subarray(-CHAIN_BYTES),
    digest: digests ? createHash("sha256").update(header) : undefined,
  };
}

/** Takes away a segment that was begun and has no whole header. */
export async function dropSegment(folder: string, file: string): Promise<void> {
  await unlink(file);
  await syncFolder(folder);
}

/** Bytes read at a time. */
const READ_BYTES = 4 << 20;

/** Entries `from` to `to` of a log of `size` entries. */
export async function* readSegments(
  { segments, size, offsetIndex }: LogFiles,
  from: number,
  to: number,
): AsyncGenerator<LogEntry, void, undefined> {
  let at = from;
  for (const [position, segment] of segments.entries()) {
    const next = segments[position + 1]?.firstIndex ?? size;
    const last = Math.min(to, next);
    if (at >= last) continue;
    yield* readSegment(segment, next, offsetIndex, at, last);
    at = last;
  }
}

/** The entries from `from` to `to` of one segment that ends before entry `next`. */
async function* readSegment(
  { file, end }: Segment,
  next: number,
  offsetIndex: OffsetIndex,
  from: number,
  to: number,
): AsyncGenerator<LogEntry, void, undefined> {
  const offsetOf = (index: number): number => (index === next ? end : offsetIndex.at(index));
  const handle = await openLedgerHandle(file);
  try {
    for (let at = from; at < to; ) {
      let until = at + 1;
      while (until < to && offsetOf(until + 1) - offsetOf(at) <= READ_BYTES) until++;
      const data = await readBytes(handle, file, offsetOf(at), offsetOf(until));
      yield* recordsIn(data, file, offsetOf(at), offsetIndex, at, until);
      at = until;
    }
  } finally {
    await handle.close();
  }
}

async function readBytes(
  handle: FileHandle,
  file: string,
  start: number,
  end: number,
): Promise<Buffer> {
  const data = Buffer.allocUnsafeSlow(end - start);
  for (let done = 0; done < data.length; ) {
    const { bytesRead } = await handle.read(data, done, data.length - done, start + done);
    if (bytesRead === 0) throw damaged(file, start + done, "the file has become shorter");
    done += bytesRead;
  }
  return data;
}

/** Entries `from` to `to` in what stands at `start` of a file, checked again: the file may have changed since. */
export function* recordsIn(
  data: Buffer,
  file: string,
  start: number,
  offsetIndex: OffsetIndex,
  from: number,
  to: number,
): Generator<LogEntry, void, undefined> {
  for (let index = from; index < to; index++) {
    const record = readRecord(data, offsetIndex.at(index) - start);
    if (typeof record === "string") throw damaged(file, offsetIndex.at(index), record);
    yield { index, time: record.time, bytes: new Uint8Array(record.bytes) };
  }
}

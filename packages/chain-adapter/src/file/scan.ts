// Reads a whole folder of segments, checks every byte, and says where the sound part ends.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  damaged,
  followsChain,
  HEADER_BYTES,
  headerFault,
  readRecord,
  segmentName,
} from "./format.js";
import type { Mark } from "./mark.js";

/** A segment file and the places of its entries. */
export interface Segment {
  readonly file: string;
  readonly firstIndex: number;
  /** Byte offset of every record. */
  readonly offsets: number[];
  /** Byte after the last sound record. */
  end: number;
}

/** One entry as the scan found it. */
export interface ScannedEntry {
  readonly index: number;
  readonly time: number;
  readonly bytes: Uint8Array;
  readonly leaf: Uint8Array;
  readonly chain: Uint8Array;
}

/** Bytes after the last sound entry that no acknowledged entry was in: an unfinished write. */
export interface TornTail {
  readonly file: string;
  readonly offset: number;
  readonly bytes: number;
  readonly problem: string;
}

/** What a scan found. */
export interface Scan {
  readonly segments: Segment[];
  readonly size: number;
  readonly time: number;
  readonly chain: Uint8Array;
  readonly torn?: TornTail;
}

/**
 * Scans a folder. Anything wrong at or before the mark is damage and thrown, with file and offset; what is wrong after
 * it is reported as a torn tail.
 *
 * @param folder the ledger's folder
 * @param mark what was acknowledged
 * @param visit called for every sound entry, in order
 */
export function scanSegments(
  folder: string,
  mark: Mark,
  visit: (entry: ScannedEntry) => void,
): Scan {
  const names = readdirSync(folder)
    .filter((name) => name.endsWith(".log"))
    .sort();
  const segments: Segment[] = [];
  let size = 0;
  let time = 0;
  let chain: Uint8Array = new Uint8Array(32);
  let torn: TornTail | undefined;
  for (const [position, name] of names.entries()) {
    const file = join(folder, name);
    const data = readFileSync(file);
    const last = position === names.length - 1;
    /** An unfinished write if nothing acknowledged can be missing, else damage. */
    const stop = (offset: number, problem: string): void => {
      if (size < mark.size || !last) throw damaged(file, offset, problem);
      torn = { file, offset, bytes: data.length - offset, problem };
    };
    if (name !== segmentName(size)) {
      throw damaged(file, 0, `the next segment must be ${segmentName(size)}`);
    }
    const fault = headerFault(data, size, chain);
    if (fault !== undefined) {
      stop(0, fault);
      break;
    }
    const segment: Segment = { file, firstIndex: size, offsets: [], end: HEADER_BYTES };
    segments.push(segment);
    while (segment.end < data.length) {
      const record = readRecord(data, segment.end);
      if (typeof record === "string") {
        stop(segment.end, record);
        break;
      }
      const hashes = followsChain(record, chain);
      if (hashes === undefined || record.time < time) {
        stop(
          segment.end,
          hashes === undefined ? "the record does not follow the hash chain" : "time goes back",
        );
        break;
      }
      ({ time } = record);
      ({ chain } = hashes);
      segment.offsets.push(segment.end);
      segment.end = record.end;
      visit({ index: size, time, bytes: record.bytes, leaf: hashes.leaf, chain });
      size++;
      if (size === mark.size && !chain.every((byte, i) => byte === mark.chain[i])) {
        throw damaged(
          file,
          segment.offsets.at(-1) ?? 0,
          "the hash chain is not the one acknowledged",
        );
      }
    }
  }
  if (size < mark.size) {
    const at = segments.at(-1);
    const file = at?.file ?? join(folder, segmentName(0));
    throw damaged(file, at?.end ?? 0, `${mark.size} entries were acknowledged, ${size} are there`);
  }
  return { segments, size, time, chain, ...(torn === undefined ? {} : { torn }) };
}

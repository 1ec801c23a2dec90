// Reads a folder of segments, checks every byte, and says where the sound part ends.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  CHAIN_BYTES,
  damaged,
  HEADER_BYTES,
  headerFault,
  leafData,
  readRecord,
  segmentName,
} from "./format.js";
import type { Mark } from "./mark.js";
import { chainOf, rest, type Segment, type TornTail } from "./segments.js";

/** One entry as the scan found it. */
export interface ScannedEntry {
  readonly index: number;
  readonly time: number;
  readonly bytes: Uint8Array;
  /** Offset of its record in its segment. */
  readonly offset: number;
  /** What its leaf hash is over. */
  readonly leafData: Buffer;
}

/** What is known of the beginning of a log: nothing, or what a snapshot says of it and its bytes bear out. */
export interface ScanStart {
  readonly segments: readonly Segment[];
  readonly size: number;
  readonly time: number;
}

/** What a scan found. */
export interface Scan extends ScanStart {
  readonly segments: Segment[];
  readonly torn?: TornTail;
}

const nothing: ScanStart = { segments: [], size: 0, time: 0 };

/**
 * Scans a folder. Anything wrong at or before the mark is damage and thrown, with file and offset; what is wrong after
 * it is reported as a torn tail.
 *
 * @param folder the ledger's folder
 * @param mark what was acknowledged; if that is no more than `start`, its chain is for the caller to compare
 * @param visit called for every sound entry from `start` on, in order
 * @param options `start`: where to begin; `digests`: whether to keep the segments' digests
 */
export function scanSegments(
  folder: string,
  mark: Mark,
  visit: (entry: ScannedEntry) => void,
  { start = nothing, digests = false }: { start?: ScanStart; digests?: boolean } = {},
): Scan {
  const names = readdirSync(folder)
    .filter((name) => name.endsWith(".log"))
    .sort();
  const segments = [...start.segments];
  let { size, time } = start;
  let torn: TornTail | undefined;
  const known = segments.pop(); // may go on after what is known of it
  const skipped = segments.length;
  for (const [position, name] of names.entries()) {
    if (position < skipped) continue;
    const file = join(folder, name);
    const data = readFileSync(file);
    const last = position === names.length - 1;
    /** An unfinished write if nothing acknowledged can be missing, else damage. */
    const stop = (offset: number, problem: string): void => {
      if (size < mark.size || !last) throw damaged(file, offset, problem);
      torn = { file, offset, bytes: data.length - offset, problem };
    };
    const begun = position === skipped ? known : undefined;
    if (name !== segmentName(begun?.firstIndex ?? size)) {
      throw damaged(file, 0, `the next segment must be ${segmentName(size)}`);
    }
    const fault = begun === undefined ? headerFault(data, size, chainOf(segments)) : undefined;
    if (fault !== undefined) {
      stop(0, fault);
      break;
    }
    const from = begun?.end ?? 0;
    const segment: Segment = begun ?? {
      file,
      firstIndex: size,
      end: HEADER_BYTES,
      chain: data.subarray(HEADER_BYTES - CHAIN_BYTES, HEADER_BYTES),
      digest: digests ? createHash("sha256") : undefined,
    };
    segments.push(segment);
    while (segment.end < data.length) {
      const record = readRecord(data, segment.end);
      if (typeof record === "string") {
        stop(segment.end, record);
        break;
      }
      if (record.time < time) {
        stop(segment.end, "time goes back");
        break;
      }
      ({ time } = record);
      const { bytes } = record;
      const offset = segment.end;
      segment.end = record.end;
      segment.chain = data.subarray(segment.end - CHAIN_BYTES, segment.end);
      visit({ index: size, time, bytes, offset, leafData: leafData(data, offset) });
      size++;
      if (size === mark.size && Buffer.compare(chainOf(segments), mark.chain) !== 0) {
        throw damaged(file, offset, "the hash chain is not the one acknowledged");
      }
    }
    segment.chain = Buffer.from(segment.chain); // lets go of the file's bytes
    if (typeof segment.digest === "object") segment.digest.update(data.subarray(from, segment.end));
    if (!last) rest(segment);
  }
  if (size < mark.size) {
    const at = segments.at(-1);
    const file = at?.file ?? join(folder, segmentName(0));
    throw damaged(file, at?.end ?? 0, `${mark.size} entries were acknowledged, ${size} are there`);
  }
  return { segments, size, time, ...(torn === undefined ? {} : { torn }) };
}

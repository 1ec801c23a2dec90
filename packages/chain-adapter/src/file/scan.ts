// Reads a folder of segments, checks every byte, and says where the sound part ends.
import { createHash } from "node:crypto";
import { join } from "node:path";
import {
  CHAIN_BYTES,
  damaged,
  type Fault,
  type FoundCommit,
  type FoundRecord,
  HEADER_BYTES,
  headerFault,
  leafBefore,
  readCommit,
  segmentName,
} from "./format.js";
import { readLedgerFile } from "./ledger-file.js";
import { chainOf, type Segment, segmentNames, type TornTail } from "./segments.js";
import type { Watermark } from "./watermark.js";

/** One entry as the scan found it. */
export interface ScannedEntry {
  readonly index: number;
  readonly time: number;
  readonly bytes: Uint8Array;
  /** Offset of its record in its segment. */
  readonly offset: number;
  readonly leaf: Buffer;
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

/** The first record of a commit whose time is before the one before it. */
function wrongTime({ records }: FoundCommit, time: number): Fault | undefined {
  let latest = time;
  for (const { offset, time: at } of records) {
    if (at < latest) return { offset, problem: "time goes back" };
    latest = at;
  }
  return undefined;
}

interface ScanOptions {
  readonly start?: ScanStart;
  readonly digests?: boolean;
  readonly acknowledged?: boolean;
}

const nothing: ScanStart = { segments: [], size: 0, time: 0 };

/**
 * Scans a folder. Anything wrong at or before the watermark is damage and thrown, with file and offset; what is wrong after
 * it is reported as a torn tail, and zeros at the end of the last segment are room for what comes.
 *
 * @param folder the ledger's folder
 * @param watermark what was acknowledged; if that is no more than `start`, its chain is for the caller to compare
 * @param visit called for every sound entry from `start` on, in order
 * @param options `start`: where to begin; `digests`: whether to keep the segments' digests; `acknowledged`: whether to end
 * with the watermark, as whoever reads while another writes must: what lies beyond may never be acknowledged
 */
export function scanSegments(
  folder: string,
  watermark: Watermark,
  visit: (entry: ScannedEntry) => void,
  { start = nothing, digests = false, acknowledged = false }: ScanOptions = {},
): Scan {
  const names = segmentNames(folder);
  const segments = [...start.segments];
  let { size, time } = start;
  let torn: TornTail | undefined;
  const known = segments.pop(); // may go on after what is known of it
  const skipped = segments.length;
  for (const [position, name] of names.entries()) {
    if (position < skipped) continue;
    if (acknowledged && size === watermark.size && position > skipped) break;
    const file = join(folder, name);
    const begun = position === skipped ? known : undefined;
    const from = begun?.end ?? 0; // where the bytes begin that are read
    const data = readLedgerFile(file, from);
    const last = position === names.length - 1;
    /** Room or an unfinished write, from `end` on, if nothing acknowledged can be missing, else damage where the fault is. */
    const stop = (end: number, { offset, problem }: Fault): void => {
      if (size < watermark.size || !last) throw damaged(file, offset, problem);
      let used = from + data.length;
      while (used > end && data[used - 1 - from] === 0) used--;
      if (used > end || end < HEADER_BYTES)
        torn = { file, offset: end, bytes: used - end, problem };
    };
    if (name !== segmentName(begun?.firstIndex ?? size)) {
      throw damaged(file, 0, `the next segment must be ${segmentName(size)}`);
    }
    const fault = begun === undefined ? headerFault(data, size, chainOf(segments)) : undefined;
    if (fault !== undefined) {
      stop(0, { offset: 0, problem: fault });
      break;
    }
    const segment: Segment = begun ?? {
      file,
      firstIndex: size,
      end: HEADER_BYTES,
      chain: data.subarray(HEADER_BYTES - CHAIN_BYTES, HEADER_BYTES),
      digest: digests ? createHash("sha256") : undefined,
    };
    segments.push(segment);
    while (segment.end < from + data.length && !(acknowledged && size >= watermark.size)) {
      const commit = readCommit(data, segment.end - from, chainOf(segments));
      const fault = "problem" in commit ? commit : wrongTime(commit, time);
      if (fault !== undefined || "problem" in commit) {
        const { offset, problem } = fault as Fault;
        stop(segment.end, { offset: from + offset, problem });
        break;
      }
      const before = size;
      segment.end = from + commit.end;
      segment.chain = commit.chain;
      for (const { offset, bytes, time: at, end } of commit.records) {
        time = at;
        visit({ index: size, time, bytes, offset: from + offset, leaf: leafBefore(data, end) });
        size++;
      }
      // What was acknowledged ends with a commit.
      const wrongEnd = size !== watermark.size || chainOf(segments).compare(watermark.chain) !== 0;
      if (before < watermark.size && size >= watermark.size && wrongEnd) {
        const { offset } = commit.records.at(-1) as FoundRecord;
        throw damaged(file, from + offset, "the hash chain is not the one acknowledged");
      }
    }
    segment.chain = Buffer.from(segment.chain); // lets go of the file's bytes
    if (typeof segment.digest === "object")
      segment.digest.update(data.subarray(0, segment.end - from));
  }
  if (size < watermark.size) {
    const at = segments.at(-1);
    const file = at?.file ?? join(folder, segmentName(0));
    throw damaged(
      file,
      at?.end ?? 0,
      `${watermark.size} entries were acknowledged, ${size} are there`,
    );
  }
  return { segments, size, time, ...(torn === undefined ? {} : { torn }) };
}

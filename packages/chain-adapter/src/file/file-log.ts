// A log in a folder of append-only files. Appends that come together share one sync (group commit); an entry is
// acknowledged only when it is on disk; at reopening every byte is checked.
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { type FileHandle, open, truncate, unlink } from "node:fs/promises";
import { join } from "node:path";
import { sha256 } from "@noble/hashes/sha2.js";
import { toHex } from "../codec/hex.js";
import type { CallSigner } from "../codec/signed-call.js";
import { LedgerError } from "../errors.js";
import { requireRange } from "../ledger/memory.js";
import type { LogChange, OrderedLog } from "../ledger/ordered-log.js";
import type { Head, LogEntry } from "../ledger/port.js";
import {
  damaged,
  encodeHeader,
  HEADER_BYTES,
  LONGEST_ENTRY,
  RECORD_OVERHEAD,
  readRecord,
  segmentName,
  writeRecord,
} from "./format.js";
import { Frontier } from "./frontier.js";
import { readHead, syncFolder, writeHead } from "./head-file.js";
import { takeLock } from "./lock.js";
import { MarkFile } from "./mark.js";
import { type Scan, type Segment, scanSegments, type TornTail } from "./scan.js";

/** Settings of a log in files. */
export interface FileLogOptions {
  /** The clock, in milliseconds; the platform's by default. The log's time never goes back even if the clock does. */
  readonly clock?: () => number;
  /** Signs the head. */
  readonly signer?: CallSigner;
  /**
   * Public key that the head found must be signed by, 32 bytes. Without it a head without signature is accepted, and
   * with a `signer` a head signed by another key is not.
   */
  readonly verifyKey?: Uint8Array;
  /** Size from which a new segment is begun, bytes; 64 MiB by default. */
  readonly segmentBytes?: number;
}

/** A log in files. */
export interface FileLog extends OrderedLog {
  /** What was cut off at opening: an unfinished write that nobody had been told was done. */
  readonly recovered: TornTail | undefined;
}

/** A head is written at the first commit, at opening, closing and new segments, and when the last is older than this. */
const HEAD_EVERY = 1000;

/** Bytes read at a time. */
const READ_BYTES = 4 << 20;

interface Append {
  readonly records: readonly Uint8Array[];
  readonly resolve: (index: number) => void;
  readonly reject: (error: LedgerError) => void;
}

/**
 * Opens a log in a folder, or begins one there.
 *
 * @param folder path of the folder; made if it does not exist
 * @param options clock, signer of heads, segment size
 * @returns the log, every byte of it checked
 * @throws LedgerError `EMRX_LOCKED` if another process writes to it, `EMRX_DAMAGED` naming file and offset if anything
 * is altered or missing, `EMRX_HEAD_SIGNATURE` if the head is signed by another key, `EMRX_STORAGE` if the system
 * refuses
 */
export async function openFileLog(folder: string, options: FileLogOptions = {}): Promise<FileLog> {
  let release: (() => void) | undefined;
  try {
    mkdirSync(folder, { recursive: true });
    release = takeLock(join(folder, "lock"));
    return await FolderLog.open(folder, options, release);
  } catch (cause) {
    release?.();
    if (cause instanceof LedgerError) throw cause;
    throw new LedgerError(
      "EMRX_STORAGE",
      `${folder} cannot be opened: ${(cause as Error).message}`,
      {
        cause,
      },
    );
  }
}

class FolderLog implements FileLog {
  readonly name = "file";
  readonly durable = true;
  readonly finalityDepth = 0;
  readonly recovered: TornTail | undefined;
  readonly #folder: string;
  readonly #options: FileLogOptions;
  readonly #release: () => void;
  readonly #mark: MarkFile;
  readonly #segments: Segment[];
  readonly #listeners = new Set<(change: LogChange) => void>();
  #handle: FileHandle;
  #size: number;
  #time: number;
  #chain: Uint8Array;
  readonly #frontier: Frontier;
  /** SHA-256 of the first entry: the ledger's id. */
  #ledger: string;
  #queue: Append[] = [];
  #flushing: Promise<void> | undefined;
  /** Entries of the last commit, which are usually read at once. */
  #recent: readonly LogEntry[] = [];
  #headAt = 0;
  /** Whether the head in the folder is signed: then one without signature does not replace it. */
  readonly #headSigned: boolean;
  #failure: LedgerError | undefined;
  #closed = false;

  private constructor(
    folder: string,
    options: FileLogOptions,
    release: () => void,
    mark: MarkFile,
    handle: FileHandle,
    scan: Scan,
    frontier: Frontier,
    ledger: string,
    headSigned: boolean,
  ) {
    this.#folder = folder;
    this.#options = options;
    this.#release = release;
    this.#mark = mark;
    this.#handle = handle;
    this.#segments = scan.segments;
    this.#size = scan.size;
    this.#time = scan.time;
    this.#chain = scan.chain;
    this.#frontier = frontier;
    this.#ledger = ledger;
    this.#headSigned = headSigned;
    this.recovered = scan.torn;
  }

  static async open(
    folder: string,
    options: FileLogOptions,
    release: () => void,
  ): Promise<FolderLog> {
    const markPath = join(folder, "mark");
    const headPath = join(folder, "head");
    const begun = readdirSync(folder).some((name) => name.endsWith(".log"));
    if (!existsSync(markPath) && (begun || existsSync(headPath))) {
      throw damaged(markPath, 0, "it is missing");
    }
    const fresh = !existsSync(markPath);
    const mark = fresh ? MarkFile.create(markPath) : MarkFile.open(markPath);
    try {
      const head = await readHead(headPath, options.verifyKey, options.signer?.publicKey);
      if (head === undefined && mark.used) throw damaged(headPath, 0, "it is missing");
      const frontier = new Frontier();
      let ledger = "";
      let headTime = -1;
      let headRoot = "";
      const scan = scanSegments(folder, mark.current, ({ index, time, bytes, leaf }) => {
        frontier.append(leaf);
        if (index === 0) ledger = toHex(sha256(bytes));
        if (index + 1 === head?.size) {
          headRoot = toHex(frontier.root());
          headTime = time;
        }
      });
      if (
        head !== undefined &&
        (headRoot !== head.root || headTime !== head.time || ledger !== head.ledger)
      ) {
        throw damaged(headPath, 0, `the log has another root or time at ${head.size} entries`);
      }
      if (scan.torn !== undefined) await cut(folder, scan.torn);
      if (scan.segments.length === 0) scan.segments.push(await addSegment(folder, 0, scan.chain));
      const handle = await open((scan.segments.at(-1) as Segment).file, "r+");
      // What lies beyond the mark was written but perhaps not synced; from now on it counts.
      await handle.datasync();
      const log = new FolderLog(
        folder,
        options,
        release,
        mark,
        handle,
        scan,
        frontier,
        ledger,
        head?.signer !== undefined,
      );
      await log.#writeHead();
      if (mark.current.size !== scan.size) mark.write({ size: scan.size, chain: scan.chain });
      return log;
    } catch (error) {
      mark.close();
      throw error;
    }
  }

  append(records: readonly Uint8Array[]): Promise<number> {
    const refused = this.#refusal(records);
    if (refused !== undefined) return Promise.reject(refused);
    return new Promise((resolve, reject) => {
      this.#queue.push({ records: records.map((bytes) => bytes.slice()), resolve, reject });
      this.#flushing ??= this.#flush();
    });
  }

  async *read(from: number, to: number): AsyncGenerator<LogEntry, void, undefined> {
    if (this.#closed) throw new LedgerError("EMRX_CLOSED", "the log is closed");
    requireRange(from, to, this.#size);
    const first = this.#recent[0]?.index ?? Number.POSITIVE_INFINITY;
    if (from >= first) {
      const entries = this.#recent.slice(from - first, to - first);
      for (const entry of entries) yield { ...entry, bytes: entry.bytes.slice() };
      return;
    }
    let at = from;
    for (const segment of this.#segments) {
      const last = Math.min(to, segment.firstIndex + segment.offsets.length);
      if (at >= last) continue;
      const handle = await open(segment.file, "r");
      try {
        while (at < last) {
          for (const entry of await readEntries(handle, segment, at, last)) {
            yield entry;
            at++;
          }
        }
      } finally {
        await handle.close();
      }
    }
  }

  async size(): Promise<number> {
    return this.#size;
  }

  subscribe(listener: (change: LogChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#flushing;
    try {
      if (this.#failure === undefined) await this.#writeHead();
    } finally {
      await this.#handle.close();
      this.#mark.close();
      this.#listeners.clear();
      this.#release();
    }
  }

  #refusal(records: readonly Uint8Array[]): LedgerError | undefined {
    if (this.#failure !== undefined) return this.#failure;
    if (this.#closed) return new LedgerError("EMRX_CLOSED", "the log is closed");
    const long = records.find(({ length }) => length > LONGEST_ENTRY);
    if (long === undefined) return undefined;
    return new LedgerError(
      "EMRX_TOO_LARGE",
      `an entry has ${long.length} bytes, at most ${LONGEST_ENTRY} go`,
    );
  }

  /** Commits what is queued, and what is queued meanwhile, until nothing is left. */
  async #flush(): Promise<void> {
    await Promise.resolve(); // appends made in the same turn go together
    while (this.#queue.length > 0) {
      const batch = this.#queue;
      this.#queue = [];
      try {
        const from = await this.#commit(batch.flatMap(({ records }) => records));
        let index = from;
        for (const { records, resolve } of batch) {
          resolve(index);
          index += records.length;
        }
        for (const listener of this.#listeners) listener({ size: this.#size });
        const now = Date.now();
        if (now - this.#headAt >= HEAD_EVERY) await this.#writeHead();
      } catch (cause) {
        // After a failed write or sync nobody knows what is on disk: only reopening tells (as PostgreSQL does).
        this.#failure = new LedgerError(
          "EMRX_STORAGE",
          `${this.#folder} could not be written: ${(cause as Error).message}. Reopen the ledger; status(id) tells which calls are in it.`,
          { cause },
        );
        for (const { reject } of [...batch, ...this.#queue]) reject(this.#failure);
        this.#queue = [];
      }
    }
    // In the same turn as the last look at the queue, so that no append falls between the two.
    this.#flushing = undefined;
  }

  /** Writes records, syncs, sets the mark; only then do they count. */
  async #commit(records: readonly Uint8Array[]): Promise<number> {
    const from = this.#size;
    if (records.length === 0) return from;
    let segment = this.#segments.at(-1) as Segment;
    if (segment.end >= (this.#options.segmentBytes ?? 64 << 20)) segment = await this.#rotate();
    const time = Math.max(this.#time, Math.floor((this.#options.clock ?? Date.now)()));
    const data = new Uint8Array(
      records.reduce((sum, bytes) => sum + bytes.length + RECORD_OVERHEAD, 0),
    );
    let [at, chain] = [0, this.#chain];
    const leaves: Uint8Array[] = [];
    const offsets: number[] = [];
    const entries: LogEntry[] = [];
    for (const bytes of records) {
      offsets.push(segment.end + at);
      const hashes = writeRecord(data, at, { time, bytes }, chain);
      at += bytes.length + RECORD_OVERHEAD;
      chain = hashes.chain;
      leaves.push(hashes.leaf);
      entries.push({ index: from + entries.length, time, bytes });
    }
    for (let done = 0; done < data.length; ) {
      const { bytesWritten } = await this.#handle.write(
        data,
        done,
        data.length - done,
        segment.end + done,
      );
      done += bytesWritten;
    }
    await this.#handle.datasync();
    this.#mark.write({ size: from + records.length, chain });
    segment.offsets.push(...offsets);
    segment.end += data.length;
    if (from === 0) this.#ledger = toHex(sha256(records[0] as Uint8Array));
    this.#time = time;
    this.#chain = chain;
    for (const leaf of leaves) this.#frontier.append(leaf);
    this.#recent = entries;
    this.#size = from + records.length;
    if (from === 0) await this.#writeHead();
    return from;
  }

  async #rotate(): Promise<Segment> {
    await this.#writeHead();
    const segment = await addSegment(this.#folder, this.#size, this.#chain);
    await this.#handle.close();
    this.#handle = await open(segment.file, "r+");
    this.#segments.push(segment);
    return segment;
  }

  async #writeHead(): Promise<void> {
    this.#headAt = Date.now();
    const { signer } = this.#options;
    if (this.#size === 0 || (signer === undefined && this.#headSigned)) return;
    const root = toHex(this.#frontier.root());
    const head: Head = { ledger: this.#ledger, size: this.#size, root, time: this.#time };
    await writeHead(join(this.#folder, "head"), head, signer);
  }
}

/** Begins a segment. */
async function addSegment(folder: string, firstIndex: number, chain: Uint8Array): Promise<Segment> {
  const file = join(folder, segmentName(firstIndex));
  const handle = await open(file, "wx");
  try {
    await handle.writeFile(encodeHeader(firstIndex, chain));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await syncFolder(folder);
  return { file, firstIndex, offsets: [], end: HEADER_BYTES };
}

/** Cuts an unfinished write off; a segment without a whole header goes altogether. */
async function cut(folder: string, { file, offset }: TornTail): Promise<void> {
  if (offset < HEADER_BYTES) await unlink(file);
  else {
    await truncate(file, offset);
    const handle = await open(file, "r+");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
  await syncFolder(folder);
}

/** Reads as many entries as fit in one piece. Their CRCs are checked again: the file may have changed since. */
async function readEntries(
  handle: FileHandle,
  segment: Segment,
  from: number,
  to: number,
): Promise<LogEntry[]> {
  const { file, firstIndex, offsets } = segment;
  const offsetOf = (index: number): number => offsets[index - firstIndex] ?? segment.end;
  const start = offsetOf(from);
  let end = from + 1;
  while (end < to && offsetOf(end + 1) - start <= READ_BYTES) end++;
  const data = new Uint8Array(offsetOf(end) - start);
  for (let done = 0; done < data.length; ) {
    const { bytesRead } = await handle.read(data, done, data.length - done, start + done);
    if (bytesRead === 0) throw damaged(file, start + done, "the file has become shorter");
    done += bytesRead;
  }
  const entries: LogEntry[] = [];
  for (let index = from; index < end; index++) {
    const record = readRecord(data, offsetOf(index) - start);
    if (typeof record === "string") throw damaged(file, offsetOf(index), record);
    entries.push({ index, time: record.time, bytes: record.bytes });
  }
  return entries;
}

// The log itself: commits at the end of the last segment, reads anywhere, and keeps tree, watermark, checkpoint and snapshots beside it.
import { createHash } from "node:crypto";
import { join } from "node:path";
import { toHex } from "@emrx/internal/bytes";
import type { Ownership } from "@emrx/internal/owned-folder";
import { LedgerError } from "../errors.js";
import { AppendQueue } from "../ledger/append-queue.js";
import type { LogChange, LogClock, LogFinality, LogLimits } from "../ledger/ordered-log.js";
import type { Checkpoint, LogEntry } from "../ledger/port.js";
import type { Replica } from "../ledger/replica.js";
import { nextTime, requireLimits, requireRange } from "../ledger/require.js";
import { writeCheckpoint } from "./checkpoint-file.js";
import { platformDisk } from "./disk.js";
import type { FileLog, FileLogOptions } from "./file-log-options.js";
import { FolderNames } from "./folder-names.js";
import {
  CHAIN_BYTES,
  FILE_LIMITS,
  HEADER_BYTES,
  joinCommits,
  layCommit,
  sealCommit,
} from "./format.js";
import { type Found, readFolder } from "./open-folder.js";
import { takeOwnInodes } from "./own-inodes.js";
import {
  addSegment,
  chainOf,
  dropSegment,
  readSegments,
  recordsIn,
  type Segment,
  type TornTail,
} from "./segments.js";
import { SnapshotWriter } from "./snapshot-writer.js";
import { Tail } from "./tail.js";
import { createWatermark, hasWatermark, WatermarkFile } from "./watermark.js";

/** A checkpoint is written at the first commit, at opening, closing and new segments, and when the last is older than this. */
const CHECKPOINT_EVERY = 1000;

/** Records to be appended. */
interface Append {
  /** As `layCommit` gave it: the records, all but time, CRC and hashes. */
  readonly data: Buffer<ArrayBuffer>;
  readonly count: number;
}

/** Entries that were written together. */
interface Written {
  readonly from: number;
  readonly to: number;
  readonly data: Buffer<ArrayBuffer>;
  readonly file: string;
  /** Where the first record stands in its file. */
  readonly start: number;
}

/** The last segment, to be written to. */
const tailOf = (
  last: Segment,
  { disk = platformDisk, segmentBytes = 64 << 20 }: FileLogOptions,
): Tail => new Tail(last, disk, segmentBytes);

/** The log, and the snapshots of the ledger over it. */
export class FolderLog implements FileLog {
  readonly name = "file";
  readonly durable = true;
  readonly limits: LogLimits = FILE_LIMITS;
  readonly clock: LogClock = { whose: "the process that writes the folder", resolution: 1 };
  readonly finality: LogFinality = { kind: "immediate" };
  /** What was found at opening. */
  readonly found: Found;
  readonly #folder: string;
  readonly #options: FileLogOptions;
  readonly #owner: Ownership;
  readonly #watermark: WatermarkFile;
  readonly #names: FolderNames;
  readonly #segments: Segment[];
  readonly #snapshots: SnapshotWriter | undefined;
  readonly #listeners = new Set<(change: LogChange) => void>();
  #tail: Tail;
  #size: number;
  #time: number;
  /** SHA-256 of the first entry: the ledger's id. */
  #ledger: string;
  readonly #queue: AppendQueue<Append>;
  /** What was written last and before that: usually read at once, beginning with the entry before the last. */
  #recent: readonly Written[] = [];
  #checkpointAt = 0;
  #failure: LedgerError | undefined;
  #closed = false;

  private constructor(
    folder: string,
    options: FileLogOptions,
    owner: Ownership,
    found: Found,
    files: { readonly watermark: WatermarkFile; readonly tail: Tail },
  ) {
    const { signer } = options;
    const { scan, ledger, snapshot } = found;
    this.#folder = folder;
    this.#options = options;
    this.#owner = owner;
    this.found = found;
    this.#watermark = files.watermark;
    this.#tail = files.tail;
    this.#names = new FolderNames(folder, () => {
      this.#tail.checkName();
      this.#watermark.check();
    });
    this.#segments = scan.segments;
    this.#size = scan.size;
    this.#time = scan.time;
    this.#ledger = ledger;
    if (signer !== undefined) {
      this.#snapshots = new SnapshotWriter(folder, signer, () => owner.check(), snapshot);
    }
    this.#queue = new AppendQueue({
      commit: (batch) => this.#commit(batch),
      committed: () => this.#committed(),
      failed: (cause) => this.#failed(cause),
    });
  }

  /** Opens a folder that is owned. */
  static async open(
    folder: string,
    options: FileLogOptions,
    owner: Ownership,
    useSnapshot: boolean,
  ): Promise<FolderLog> {
    const watermarkFile = join(folder, "watermark");
    if (owner.formerMayRun) await takeOwnInodes(folder);
    if (!hasWatermark(folder)) createWatermark(watermarkFile);
    const found = await readFolder(folder, options, {
      snapshot: useSnapshot,
      acknowledged: false,
    });
    const { segments, size, torn } = found.scan;
    if (torn !== undefined && torn.offset < HEADER_BYTES) await dropSegment(folder, torn.file);
    let tail: Tail | undefined;
    const watermark = new WatermarkFile(watermarkFile, found.watermark.turn);
    try {
      const digests = options.signer !== undefined;
      if (segments.length === 0) {
        segments.push(await addSegment(folder, 0, chainOf(segments), digests));
      }
      tail = tailOf(segments.at(-1) as Segment, options);
      const log = new FolderLog(folder, options, owner, found, { watermark, tail });
      // What lies beyond the watermark was written but perhaps not synced; from now on it counts.
      await tail.sync();
      await log.#writeCheckpoint();
      if (found.watermark.size !== size) {
        watermark.write(watermark.encode({ size, chain: chainOf(segments) }));
      }
      return log;
    } catch (error) {
      watermark.close();
      tail?.close();
      throw error;
    }
  }

  get recovered(): TornTail | undefined {
    return this.found.scan.torn;
  }

  append(records: readonly Uint8Array[]): Promise<number> {
    const refused = this.#refusal(records);
    if (refused !== undefined) return Promise.reject(refused);
    return this.#queue.add({ data: layCommit(records), count: records.length });
  }

  async *read(from: number, to: number): AsyncGenerator<LogEntry, void, undefined> {
    if (this.#closed) throw new LedgerError("EMRX_CLOSED", "the log is closed");
    requireRange(from, to, this.#size);
    const { offsetIndex } = this.found;
    const recent = this.#recent;
    if (from < to && from >= (recent[0]?.from ?? to)) {
      for (const { data, file, start, ...has } of recent) {
        const [first, end] = [Math.max(from, has.from), Math.min(to, has.to)];
        yield* recordsIn(data, file, start, offsetIndex, first, end);
      }
      return;
    }
    yield* readSegments({ segments: this.#segments, size: this.#size, offsetIndex }, from, to);
  }

  async size(): Promise<number> {
    return this.#size;
  }

  subscribe(listener: (change: LogChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Writes a snapshot if `every` entries have come since the last and the replica has read all of them. */
  snapshotIfDue(replica: Replica, every: number): void {
    const writer = this.#snapshots;
    if (every === 0 || writer?.ready !== true || this.#closed) return;
    if (replica.size !== this.#size) return;
    if (replica.size - writer.size < every) return;
    writer.write(replica, this.#segments, (index) => this.found.offsetIndex.at(index));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#queue.idle();
    try {
      await this.#snapshots?.idle();
      if (this.#failure === undefined) {
        this.#owner.check();
        this.#tail.cut();
        await this.#writeCheckpoint();
      }
    } finally {
      this.#tail.close();
      this.#watermark.close();
      this.#listeners.clear();
      this.#owner.release();
    }
  }

  #refusal(records: readonly Uint8Array[]): LedgerError | undefined {
    if (this.#failure !== undefined) return this.#failure;
    if (this.#closed) return new LedgerError("EMRX_CLOSED", "the log is closed");
    try {
      requireLimits(records, FILE_LIMITS);
      return undefined;
    } catch (error) {
      return error as LedgerError;
    }
  }

  async #committed(): Promise<void> {
    for (const listener of this.#listeners) listener({ size: this.#size });
    if (Date.now() - this.#checkpointAt >= CHECKPOINT_EVERY) await this.#writeCheckpoint();
  }

  /** After a failed write or sync nobody knows what is on disk: only reopening tells (as PostgreSQL does). */
  #failed(cause: unknown): LedgerError {
    const lost = cause instanceof LedgerError && cause.code === "EMRX_OWNERSHIP_LOST";
    const message = `${this.#folder} could not be written: ${(cause as Error).message}. Reopen the ledger; status(id) tells which calls are in it.`;
    this.#failure ??= lost ? cause : new LedgerError("EMRX_STORAGE", message, { cause });
    return this.#failure;
  }

  /**
   * Writes records, syncs, makes sure that the folder is still ours, sets the watermark; only then do they count. One write
   * and one sync, however many appends. A new owner writes its fence before it reads: if ours still stands after the sync,
   * whoever comes next sees these records.
   */
  async #commit(batch: readonly Append[]): Promise<number> {
    if (this.#failure !== undefined) throw this.#failure; // what waited when it happened
    const from = this.#size;
    const count = batch.reduce((sum, append) => sum + append.count, 0);
    if (count === 0) return from;
    const { offsetIndex, range } = this.found;
    if (this.#tail.full) await this.#rotate();
    const { segment } = this.#tail;
    const data =
      batch.length === 1
        ? (batch[0] as Append).data
        : joinCommits(batch.map((append) => append.data));
    const time = nextTime(this.#time, this.#options.clock ?? Date.now);
    const { offsets, leaves } = sealCommit(data, count, time, segment.chain);
    this.#tail.write(data);
    const synced = this.#tail.sync();
    synced.catch(() => {}); // it is awaited below, unless something is found before
    // While the disk is at work: the tree, the digest, the watermark, and whether the files are still those at their paths. If the
    // sync fails, the log ends here anyway.
    for (let i = 0; i < count; i++) range.append(leaves.subarray(i * 32, i * 32 + 32));
    const digest =
      typeof segment.digest === "object" ? segment.digest.copy().update(data) : undefined;
    for (const at of offsets) offsetIndex.push(segment.end + at);
    const chain = data.subarray(-CHAIN_BYTES);
    const slot = this.#watermark.encode({ size: from + count, chain });
    this.#tail.checkLength();
    this.#names.check();
    await synced;
    this.#owner.check();
    this.#watermark.write(slot);
    segment.chain = chain;
    const written = { from, to: from + count, data, file: segment.file, start: segment.end };
    this.#recent = [...this.#recent.slice(-1), written];
    segment.end += data.length;
    segment.digest = digest;
    if (from === 0) {
      const first = recordsIn(data, segment.file, HEADER_BYTES, offsetIndex, 0, 1).next().value;
      this.#ledger = createHash("sha256")
        .update((first as LogEntry).bytes)
        .digest("hex");
    }
    this.#time = time;
    this.#size = from + count;
    if (from === 0) await this.#writeCheckpoint();
    return from;
  }

  async #rotate(): Promise<void> {
    this.#owner.check();
    await this.#writeCheckpoint();
    const digests = this.#snapshots !== undefined;
    const chain = chainOf(this.#segments);
    const next = await addSegment(this.#folder, this.#size, chain, digests);
    const tail = tailOf(next, this.#options);
    this.#tail.close();
    this.#segments.push(next);
    this.#tail = tail;
  }

  async #writeCheckpoint(): Promise<void> {
    this.#checkpointAt = Date.now();
    const { signer } = this.#options;
    // A checkpoint that is signed is not replaced by one that is not.
    if (this.#size === 0 || (signer === undefined && this.found.checkpointSigned)) return;
    const root = toHex(this.found.range.root());
    const checkpoint: Checkpoint = {
      ledger: this.#ledger,
      size: this.#size,
      root,
      time: this.#time,
    };
    const file = join(this.#folder, "checkpoint");
    await writeCheckpoint(file, checkpoint, signer, () => this.#owner.check());
  }
}

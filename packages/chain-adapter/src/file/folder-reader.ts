// A log in a folder that another process may own and write to: reads what was acknowledged, follows as it grows, and writes
// nothing, no lock either.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { LedgerError } from "../errors.js";
import type { PublicKey } from "../identity/public-key.js";
import type {
  LogChange,
  LogClock,
  LogFinality,
  LogLimits,
  OrderedLog,
} from "../ledger/ordered-log.js";
import type { LogEntry } from "../ledger/port.js";
import { requireRange } from "../ledger/require.js";
import { FILE_LIMITS } from "./format.js";
import { type Found, readFolder } from "./open-folder.js";
import { type ScannedEntry, scanSegments } from "./scan.js";
import { chainOf, readSegments, type Segment } from "./segments.js";
import { type FoundWatermark, readMovingWatermark } from "./watermark.js";

/** What a reader is told. */
interface ReaderOptions {
  readonly verifyKey?: PublicKey;
  /** Milliseconds from one look at the folder to the next. */
  readonly pollEvery: number;
}

/** The log, as far as it was acknowledged. */
export class FolderReader implements OrderedLog {
  readonly name = "file";
  readonly durable = true;
  readonly limits: LogLimits = FILE_LIMITS;
  readonly clock: LogClock = { whose: "the process that writes the folder", resolution: 1 };
  readonly finality: LogFinality = { kind: "immediate" };
  readonly found: Found;
  readonly #folder: string;
  readonly #listeners = new Set<(change: LogChange) => void>();
  readonly #timer: ReturnType<typeof setInterval>;
  #segments: readonly Segment[];
  #watermark: FoundWatermark;
  #time: number;
  #looking: Promise<void> = Promise.resolve();
  #closed = false;

  private constructor(folder: string, found: Found, pollEvery: number) {
    this.#folder = folder;
    this.found = found;
    this.#segments = found.scan.segments;
    this.#watermark = found.watermark;
    this.#time = found.scan.time;
    this.#timer = setInterval(() => {
      // Whoever listens asks for the size then, and is told what went wrong.
      this.#look().catch(() => this.#tell());
    }, pollEvery);
    this.#timer.unref();
  }

  static async open(
    folder: string,
    { verifyKey, pollEvery }: ReaderOptions,
    useSnapshot: boolean,
  ): Promise<FolderReader> {
    if (!existsSync(join(folder, "watermark"))) {
      throw new LedgerError("EMRX_STORAGE", `${folder} holds no ledger`);
    }
    const keys = verifyKey === undefined ? {} : { verifyKey };
    const options = { snapshot: useSnapshot, acknowledged: true };
    return new FolderReader(folder, await readFolder(folder, keys, options), pollEvery);
  }

  append(): Promise<number> {
    const message = `${this.#folder} was opened for reading only; submit calls through the process that owns it, or open it with openFileLedger`;
    return Promise.reject(new LedgerError("EMRX_NOT_SUPPORTED", message));
  }

  async *read(from: number, to: number): AsyncGenerator<LogEntry, void, undefined> {
    this.#requireOpen();
    const { size } = this.#watermark;
    requireRange(from, to, size);
    const { offsetIndex } = this.found;
    yield* readSegments({ segments: this.#segments, size, offsetIndex }, from, to);
  }

  async size(): Promise<number> {
    this.#requireOpen();
    await this.#look();
    return this.#watermark.size;
  }

  subscribe(listener: (change: LogChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    this.#listeners.clear();
    await this.#looking.catch(() => {});
  }

  #requireOpen(): void {
    if (this.#closed) throw new LedgerError("EMRX_CLOSED", "the log is closed");
  }

  /** Looks at the folder, after whoever looks at it now: what was acknowledged before this call is seen. */
  #look(): Promise<void> {
    this.#looking = this.#looking.catch(() => {}).then(() => this.#grow());
    return this.#looking;
  }

  /** Takes in what was acknowledged since the last look. */
  async #grow(): Promise<void> {
    const before = this.#watermark;
    let watermark: FoundWatermark;
    try {
      watermark = await readMovingWatermark(join(this.#folder, "watermark"));
    } catch (cause) {
      throw this.#failed(cause);
    }
    if (watermark.turn === before.turn && watermark.size === before.size) return;
    const other =
      watermark.size === before.size &&
      Buffer.compare(watermark.chain, chainOf(this.#segments)) !== 0;
    if (watermark.size < before.size || other) {
      const message = `${this.#folder} had ${before.size} acknowledged entries and now has ${watermark.size}, not the same: an older copy or another ledger was put in its place`;
      throw new LedgerError("EMRX_ROLLED_BACK", message, { details: { size: watermark.size } });
    }
    this.#scan(watermark);
    this.#tell();
  }

  #scan(watermark: FoundWatermark): void {
    // A scan goes on in the last segment; if it fails, ours must be as it was.
    const segments = this.#segments.map((segment) => ({ ...segment }));
    const start = { segments, size: this.#watermark.size, time: this.#time };
    const added: ScannedEntry[] = [];
    const visit = (entry: ScannedEntry): void => {
      added.push(entry);
    };
    try {
      const scan = scanSegments(this.#folder, watermark, visit, { start, acknowledged: true });
      for (const { offset } of added) this.found.offsetIndex.push(offset);
      this.#segments = scan.segments;
      this.#time = scan.time;
      this.#watermark = watermark;
    } catch (cause) {
      throw this.#failed(cause);
    }
  }

  #failed(cause: unknown): LedgerError {
    if (cause instanceof LedgerError) return cause;
    const message = `${this.#folder} cannot be read: ${(cause as Error).message}`;
    return new LedgerError("EMRX_STORAGE", message, { cause });
  }

  #tell(): void {
    for (const listener of this.#listeners) listener({ size: this.#watermark.size });
  }
}

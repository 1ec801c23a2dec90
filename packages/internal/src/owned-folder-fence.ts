// The fence: a file that names the folder's owner. Whoever owns the folder reads it again before every acknowledgement, and
// whoever takes the folder writes it before reading anything else.
import {
  type BigIntStats,
  closeSync,
  fstatSync,
  readFileSync,
  readSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { openRegularFile, readRegularFile } from "./regular-file.js";

/** What a fence says. */
export interface Fence {
  /** Random, another for every owner. */
  readonly token: string;
  /** The number of the owner's lock. */
  readonly generation: number;
  /** One start of one kernel. */
  readonly machine: string;
  /** For people. */
  readonly host: string;
  readonly pid: number;
  /** Whether the owner gave the folder back and writes no more. */
  readonly released: boolean;
}

let kernel: string | undefined;

/** A name of this start of this machine's kernel, the same in all its containers; the host's name where the system gives none. */
export function machine(): string {
  if (kernel === undefined) {
    try {
      kernel = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    } catch {
      kernel = hostname();
    }
  }
  return kernel;
}

/** The longest fence: more is none. */
const MAX_BYTES = 4096;

/** A fence that its owner wrote. */
export class FenceFile {
  readonly #file: string;
  readonly #bytes: Buffer;
  readonly #buffer: Buffer;
  /** Kept open, so that no other file gets its inode. */
  #descriptor: number;
  /** The file as it was when its bytes were compared last. */
  #compared: BigIntStats;

  private constructor(file: string, bytes: Buffer, descriptor: number) {
    this.#file = file;
    this.#bytes = bytes;
    this.#buffer = Buffer.alloc(bytes.length + 1);
    this.#descriptor = descriptor;
    this.#compared = fstatSync(descriptor, { bigint: true });
  }

  /** Puts a fence in the place of the one that is there, whole. */
  static write(file: string, fence: Fence): FenceFile {
    const bytes = Buffer.from(`${JSON.stringify(fence)}\n`);
    const draft = `${file}.${fence.token}`;
    writeFileSync(draft, bytes);
    const descriptor = openRegularFile(draft);
    try {
      renameSync(draft, file);
      return new FenceFile(file, bytes, descriptor);
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
  }

  /** The fence in a file; undefined if there is none that can be read. */
  static read(file: string): Fence | undefined {
    try {
      const bytes = readRegularFile(file, { limit: MAX_BYTES });
      const fence = JSON.parse(bytes.toString("utf8")) as Partial<Fence> | null;
      const { token, generation, machine, host, pid, released } = fence ?? {};
      const sound =
        typeof token === "string" &&
        Number.isSafeInteger(generation) &&
        typeof machine === "string" &&
        typeof host === "string" &&
        Number.isSafeInteger(pid) &&
        typeof released === "boolean";
      return sound ? (fence as Fence) : undefined;
    } catch {
      return undefined;
    }
  }

  /** What stands at the fence's path now: this fence, another, or none. */
  found(): "mine" | "gone" | Fence {
    if (this.#descriptor >= 0 && this.#isMine()) return "mine";
    return FenceFile.read(this.#file) ?? "gone";
  }

  /**
   * Same file, same bytes: a folder that was copied and put in the place of the original has the bytes and not the file. Every
   * owner puts a file of its own here, and whatever is done to a file changes its `ctime`, so the bytes are read only then.
   */
  #isMine(): boolean {
    const there = statSync(this.#file, { bigint: true, throwIfNoEntry: false });
    const { dev, ino, ctimeNs } = this.#compared;
    if (there === undefined || there.dev !== dev || there.ino !== ino) return false;
    if (there.ctimeNs === ctimeNs) return true;
    const length = readSync(this.#descriptor, this.#buffer, 0, this.#buffer.length, 0);
    const same =
      length === this.#bytes.length && this.#bytes.compare(this.#buffer, 0, length) === 0;
    if (same) this.#compared = there;
    return same;
  }

  close(): void {
    if (this.#descriptor >= 0) closeSync(this.#descriptor);
    this.#descriptor = -1;
  }
}

// What a snapshot says of the log that it was taken of, compared with the log in the folder.
import { createHash, type Hash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { toHex } from "@emrx/internal/bytes";
import type { LedgerError } from "../errors.js";
import type { Rows } from "../ledger/snapshot-rows.js";
import { CHAIN_BYTES, damaged, segmentName } from "./format.js";
import { openLedgerHandle } from "./ledger-file.js";

import type { ScanStart } from "./scan.js";
import { chainOf, type Segment } from "./segments.js";
import { type SnapshotStatement, snapshotFiles } from "./snapshot.js";

/** A log that its own key's snapshot was not taken of: altered, or whole but another or an older one. */
export class OtherLog {
  readonly #statement: SnapshotStatement;
  readonly #reason: string;

  constructor(statement: SnapshotStatement, reason: string) {
    this.#statement = statement;
    this.#reason = reason;
  }

  /** What to say when a scan of the log's `size` entries finds nothing wrong with them. */
  damage(folder: string, size: number): LedgerError {
    return damaged(
      snapshotFiles(folder).statement,
      0,
      `it was taken of another log or a longer one: ${this.#reason}, and the log has ${size} entries, the snapshot ${this.#statement.size}; if the log was put back on purpose, delete the snapshot`,
    );
  }
}

/**
 * Compares the log's files with what a statement says of them.
 *
 * @returns where a scan goes on, or why the log is not the one that the snapshot was taken of
 */
export async function compareLog(
  folder: string,
  statement: SnapshotStatement,
): Promise<ScanStart | OtherLog> {
  const segments: Segment[] = [];
  for (const [position, { firstIndex, bytes, sha256 }] of statement.segments.entries()) {
    const file = join(folder, segmentName(firstIndex));
    const last = position === statement.segments.length - 1;
    const differs = new OtherLog(statement, `${file} is not as the snapshot says`);
    let handle: FileHandle;
    try {
      handle = await openLedgerHandle(file);
    } catch {
      return differs;
    }
    try {
      const { size } = await handle.stat();
      if (size < bytes || (size > bytes && !last)) return differs;
      const { digest, end: chain } = await digestOf(handle, bytes);
      if (digest.copy().digest("hex") !== sha256) return differs;
      segments.push({ file, firstIndex, end: bytes, chain, digest: last ? digest : sha256 });
    } finally {
      await handle.close();
    }
  }
  const { size, time: at, chain } = statement;
  if (toHex(chainOf(segments)) !== chain)
    return new OtherLog(statement, "the log has another hash chain");
  return { segments, size, time: at };
}

/** The hash chain that stands in the log after its first `size` entries, of those that a snapshot covers. */
export async function chainAt(
  folder: string,
  { segments, size: all }: SnapshotStatement,
  rows: Rows,
  size: number,
): Promise<Buffer> {
  const position = segments.filter(({ firstIndex }) => firstIndex < size).length - 1;
  const segment = segments[position];
  if (segment === undefined) return Buffer.alloc(32);
  const next = segments[position + 1]?.firstIndex ?? all;
  const end = size === next ? segment.bytes : rows.offsetOf(size);
  const handle = await openLedgerHandle(join(folder, segmentName(segment.firstIndex)));
  try {
    const { buffer } = await handle.read(Buffer.alloc(32), 0, 32, end - CHAIN_BYTES);
    return buffer;
  } finally {
    await handle.close();
  }
}

/** SHA-256 of the first bytes of a file, and the last 32 of them, read piece by piece into the same memory. */
async function digestOf(
  handle: FileHandle,
  bytes: number,
): Promise<{ readonly digest: Hash; readonly end: Buffer }> {
  const digest = createHash("sha256");
  const piece = Buffer.allocUnsafeSlow(Math.min(bytes, 4 << 20));
  const end = Buffer.alloc(CHAIN_BYTES);
  for (let done = 0; done < bytes; ) {
    const { bytesRead } = await handle.read(piece, 0, Math.min(piece.length, bytes - done), done);
    if (bytesRead === 0) break;
    const found = piece.subarray(0, bytesRead);
    digest.update(found);
    Buffer.concat([end, found.subarray(-CHAIN_BYTES)]).copy(
      end,
      0,
      Math.min(bytesRead, CHAIN_BYTES),
    );
    done += bytesRead;
  }
  return { digest, end };
}

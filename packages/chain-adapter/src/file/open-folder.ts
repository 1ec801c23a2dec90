// What opening finds in a folder: watermark, checkpoint, snapshot and every byte of the log, each checked against the others.
import { createHash } from "node:crypto";
import { join } from "node:path";
import { toHex } from "@emrx/internal/bytes";
import type { Identity } from "../identity/identity.js";
import type { PublicKey } from "../identity/public-key.js";
import { Unusable } from "../ledger/snapshot-parts.js";
import { CompactRange } from "../merkle/compact-range.js";
import { readCheckpoint, type SignedCheckpoint } from "./checkpoint-file.js";
import { damaged } from "./format.js";
import { nativeNodeHash } from "./native-hash.js";
import { OffsetIndex } from "./offset-index.js";
import { type Scan, type ScanStart, scanSegments } from "./scan.js";
import { readSnapshot, readStatement, type Snapshot, type SnapshotStatement } from "./snapshot.js";
import { chainAt, compareLog, OtherLog } from "./snapshot-log.js";
import { type FoundWatermark, readMovingWatermark, wasUsed } from "./watermark.js";

/** What was found in a folder. */
export interface Found {
  readonly watermark: FoundWatermark;
  readonly scan: Scan;
  readonly range: CompactRange;
  readonly offsetIndex: OffsetIndex;
  /** SHA-256 of the first entry; empty if there is none. */
  readonly ledger: string;
  readonly checkpointSigned: boolean;
  /** The snapshot that the ledger goes on from. */
  readonly snapshot?: Snapshot;
  /** Why the snapshot that is there was not used. */
  readonly ignored?: string;
}

interface Keys {
  readonly signer?: Identity;
  readonly verifyKey?: PublicKey;
}

/**
 * Reads and checks a folder. Another process may own it and write meanwhile: so what lags behind, the checkpoint and the snapshot,
 * is read first, and the watermark last.
 *
 * @param acknowledged whether to end with the watermark; without, sound entries beyond it count too
 */
export async function readFolder(
  folder: string,
  keys: Keys,
  options: { readonly snapshot: boolean; readonly acknowledged: boolean },
): Promise<Found> {
  const checkpointFile = join(folder, "checkpoint");
  const readSigned = (due: boolean): Promise<SignedCheckpoint | undefined> =>
    readCheckpoint(checkpointFile, due, keys.verifyKey, keys.signer);
  const watermarkFile = join(folder, "watermark");
  let checkpoint = await readSigned(false);
  const saved = options.snapshot ? await readSaved(folder, keys) : undefined;
  let watermark = await readMovingWatermark(watermarkFile);
  if (checkpoint === undefined && wasUsed(watermark.turn)) {
    checkpoint = await readSigned(true);
    watermark = await readMovingWatermark(watermarkFile);
  }
  const log = { folder, watermark, acknowledged: options.acknowledged };
  const start = saved === undefined ? undefined : await startFrom(saved, log);
  const sound = start instanceof Unusable ? undefined : start;
  const found = readLog(log, checkpoint, keys.signer !== undefined, sound);
  return start instanceof Unusable ? { ...found, ignored: start.reason } : found;
}

type Start = ScanStart & { readonly snapshot: Snapshot };

interface ReadLog {
  readonly folder: string;
  readonly watermark: FoundWatermark;
  readonly acknowledged: boolean;
}

/** A statement that the folder's key signed, with what was found of its snapshot and of the log that it was taken of. */
interface Saved {
  readonly statement: SnapshotStatement;
  readonly snapshot: Snapshot | Unusable;
  readonly compared: ScanStart | OtherLog;
}

async function readSaved(
  folder: string,
  { signer, verifyKey }: Keys,
): Promise<Saved | Unusable | undefined> {
  const statement = await readStatement(folder, verifyKey ?? signer);
  if (statement === undefined || statement instanceof Unusable) return statement;
  const [snapshot, compared] = await Promise.all([
    readSnapshot(folder, statement),
    compareLog(folder, statement),
  ]);
  return { statement, snapshot, compared };
}

/** The log's beginning as a snapshot has it, or why it cannot be taken from there. */
async function startFrom(saved: Saved | Unusable, log: ReadLog): Promise<Start | Unusable> {
  if (saved instanceof Unusable) return saved;
  const { statement, snapshot, compared } = saved;
  const { folder, watermark } = log;
  if (compared instanceof OtherLog) {
    // The scan finds where the log is damaged; if it finds nothing, the log is whole but another or an older one.
    throw compared.damage(folder, readLog(log, undefined, false).scan.size);
  }
  if (snapshot instanceof Unusable) return snapshot;
  const { size, chain } = watermark;
  if (size <= statement.size) {
    const found = await chainAt(folder, statement, snapshot.rows, size);
    if (found.compare(chain) !== 0) {
      const problem = `the log has another hash chain at ${size} entries`;
      throw damaged(join(folder, "watermark"), 0, problem);
    }
  }
  return { ...compared, snapshot };
}

/** Reads the log from a start on and compares it with watermark and checkpoint. */
function readLog(
  { folder, watermark, acknowledged }: ReadLog,
  checkpoint: SignedCheckpoint | undefined,
  digests: boolean,
  start?: Start,
): Omit<Found, "ignored"> {
  const rows = start?.snapshot.rows;
  const covered = rows?.size ?? 0;
  const range = new CompactRange({
    size: covered,
    hashes: Buffer.from(start?.snapshot.statement.range ?? "", "hex"),
    nodeHash: nativeNodeHash,
  });
  const offsetIndex = new OffsetIndex(
    Float64Array.from({ length: covered }, (_, index) => rows?.offsetOf(index) ?? 0),
  );
  let ledger = start?.snapshot.statement.ledger ?? "";
  let at: { readonly time: number; readonly root: string } | undefined;
  if (checkpoint !== undefined && rows !== undefined && checkpoint.size <= covered) {
    const root = toHex(start?.snapshot.past.tree.root(checkpoint.size) as Uint8Array);
    at = { root, time: rows.timeOf(checkpoint.size - 1) };
  }
  const scan = scanSegments(
    folder,
    watermark,
    ({ index, time, bytes, offset, leaf }) => {
      range.append(leaf);
      offsetIndex.push(offset);
      if (index === 0) ledger = createHash("sha256").update(bytes).digest("hex");
      if (index + 1 === checkpoint?.size) at = { root: toHex(range.root()), time };
    },
    { digests, acknowledged, ...(start === undefined ? {} : { start }) },
  );
  if (
    checkpoint !== undefined &&
    (at?.root !== checkpoint.root || at.time !== checkpoint.time || ledger !== checkpoint.ledger)
  ) {
    const problem = `the log has another root or time at ${checkpoint.size} entries`;
    throw damaged(join(folder, "checkpoint"), 0, problem);
  }
  const snapshot = start === undefined ? {} : { snapshot: start.snapshot };
  return {
    watermark,
    scan,
    range,
    offsetIndex,
    ledger,
    checkpointSigned: checkpoint?.signer !== undefined,
    ...snapshot,
  };
}

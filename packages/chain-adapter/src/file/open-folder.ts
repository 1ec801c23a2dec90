// What opening finds in a folder: watermark, checkpoint, snapshot and every byte of the log, each checked against the others.
import { createHash } from "node:crypto";
import { join } from "node:path";
import { toHex } from "../codec/hex.js";
import type { CallSigner } from "../codec/signed-call.js";
import { CompactRange } from "../merkle/compact-range.js";
import { readCheckpoint, type SignedCheckpoint } from "./checkpoint-file.js";
import { damaged, HEADER_BYTES } from "./format.js";
import { nativeNodeHash } from "./native-hash.js";
import { OffsetIndex } from "./offset-index.js";
import { type Scan, type ScanStart, scanSegments } from "./scan.js";
import { dropSegment } from "./segments.js";
import { readSnapshot, readStatement, type Snapshot, Unusable } from "./snapshot.js";
import { chainAt, compareLog, OtherLog } from "./snapshot-log.js";
import { hasWatermark, WatermarkFile } from "./watermark.js";

/** What was found in a folder. */
export interface Found {
  readonly watermark: WatermarkFile;
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
  readonly signer?: CallSigner;
  readonly verifyKey?: Uint8Array;
}

/** Reads and checks a folder, and takes away a segment of which not even the header was finished. */
export async function readFolder(folder: string, keys: Keys, useSnapshot: boolean): Promise<Found> {
  const watermarkPath = join(folder, "watermark");
  const watermark = hasWatermark(folder)
    ? WatermarkFile.open(watermarkPath)
    : WatermarkFile.create(watermarkPath);
  try {
    const checkpoint = await readCheckpoint(
      join(folder, "checkpoint"),
      watermark.used,
      keys.verifyKey,
      keys.signer?.publicKey,
    );
    const start = useSnapshot ? await fromSnapshot(folder, keys, watermark) : undefined;
    const sound = start instanceof Unusable ? undefined : start;
    const found = readLog(folder, watermark, checkpoint, keys.signer !== undefined, sound);
    const { torn } = found.scan;
    if (torn !== undefined && torn.offset < HEADER_BYTES) await dropSegment(folder, torn.file);
    return start instanceof Unusable ? { ...found, ignored: start.reason } : found;
  } catch (error) {
    watermark.close();
    throw error;
  }
}

type Start = ScanStart & { readonly snapshot: Snapshot };

/** The log's beginning as a snapshot has it, or why it cannot be taken from there. */
async function fromSnapshot(
  folder: string,
  { signer, verifyKey }: Keys,
  watermark: WatermarkFile,
): Promise<Start | Unusable | undefined> {
  const statement = await readStatement(folder, verifyKey ?? signer?.publicKey);
  if (statement === undefined || statement instanceof Unusable) return statement;
  const [snapshot, compared] = await Promise.all([
    readSnapshot(folder, statement),
    compareLog(folder, statement),
  ]);
  if (compared instanceof OtherLog) {
    // The scan finds where the log is damaged; if it finds nothing, the log is whole but another or an older one.
    throw compared.damage(folder, readLog(folder, watermark, undefined, false).scan.size);
  }
  if (snapshot instanceof Unusable) return snapshot;
  const { size, chain } = watermark.current;
  if (size <= statement.size) {
    const found = await chainAt(folder, statement, snapshot.rows, size);
    if (found.compare(chain) !== 0) {
      throw damaged(
        join(folder, "watermark"),
        0,
        `the log has another hash chain at ${size} entries`,
      );
    }
  }
  return { ...compared, snapshot };
}

/** Reads the log from a start on and compares it with watermark and checkpoint. */
function readLog(
  folder: string,
  watermark: WatermarkFile,
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
    watermark.current,
    ({ index, time, bytes, offset, leaf }) => {
      range.append(leaf);
      offsetIndex.push(offset);
      if (index === 0) ledger = createHash("sha256").update(bytes).digest("hex");
      if (index + 1 === checkpoint?.size) at = { root: toHex(range.root()), time };
    },
    { digests, ...(start === undefined ? {} : { start }) },
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

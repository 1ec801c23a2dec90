// What opening finds in a folder: mark, head, snapshot and every byte of the log, each checked against the others.
import { createHash } from "node:crypto";
import { join } from "node:path";
import { toHex } from "../codec/hex.js";
import type { CallSigner } from "../codec/signed-call.js";
import { damaged, HEADER_BYTES } from "./format.js";
import { Frontier } from "./frontier.js";
import { readHead, type SignedHead } from "./head-file.js";
import { hasMark, MarkFile } from "./mark.js";
import { Places } from "./places.js";
import { type Scan, type ScanStart, scanSegments } from "./scan.js";
import { dropSegment } from "./segments.js";
import { readSnapshot, readStatement, type Snapshot, Unusable } from "./snapshot.js";
import { chainAt, compareLog, OtherLog } from "./snapshot-log.js";

/** What was found in a folder. */
export interface Found {
  readonly mark: MarkFile;
  readonly scan: Scan;
  readonly frontier: Frontier;
  readonly places: Places;
  /** SHA-256 of the first entry; empty if there is none. */
  readonly ledger: string;
  readonly headSigned: boolean;
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
  const markPath = join(folder, "mark");
  const mark = hasMark(folder) ? MarkFile.open(markPath) : MarkFile.create(markPath);
  try {
    const head = await readHead(
      join(folder, "head"),
      mark.used,
      keys.verifyKey,
      keys.signer?.publicKey,
    );
    const start = useSnapshot ? await fromSnapshot(folder, keys, mark) : undefined;
    const sound = start instanceof Unusable ? undefined : start;
    const found = readLog(folder, mark, head, keys.signer !== undefined, sound);
    const { torn } = found.scan;
    if (torn !== undefined && torn.offset < HEADER_BYTES) await dropSegment(folder, torn.file);
    return start instanceof Unusable ? { ...found, ignored: start.reason } : found;
  } catch (error) {
    mark.close();
    throw error;
  }
}

type Start = ScanStart & { readonly snapshot: Snapshot };

/** The log's beginning as a snapshot has it, or why it cannot be taken from there. */
async function fromSnapshot(
  folder: string,
  { signer, verifyKey }: Keys,
  mark: MarkFile,
): Promise<Start | Unusable | undefined> {
  const statement = await readStatement(folder, verifyKey ?? signer?.publicKey);
  if (statement === undefined || statement instanceof Unusable) return statement;
  const [snapshot, compared] = await Promise.all([
    readSnapshot(folder, statement),
    compareLog(folder, statement),
  ]);
  if (compared instanceof OtherLog) {
    // The scan finds where the log is damaged; if it finds nothing, the log is whole but another or an older one.
    throw compared.damage(folder, readLog(folder, mark, undefined, false).scan.size);
  }
  if (snapshot instanceof Unusable) return snapshot;
  const { size, chain } = mark.current;
  if (size <= statement.size) {
    const found = await chainAt(folder, statement, snapshot.rows, size);
    if (found.compare(chain) !== 0) {
      throw damaged(join(folder, "mark"), 0, `the log has another hash chain at ${size} entries`);
    }
  }
  return { ...compared, snapshot };
}

/** Reads the log from a start on and compares it with mark and head. */
function readLog(
  folder: string,
  mark: MarkFile,
  head: SignedHead | undefined,
  digests: boolean,
  start?: Start,
): Omit<Found, "ignored"> {
  const rows = start?.snapshot.rows;
  const covered = rows?.size ?? 0;
  const frontier =
    start === undefined
      ? new Frontier()
      : new Frontier(covered, Buffer.from(start.snapshot.statement.range, "hex"));
  const places = new Places(
    Float64Array.from({ length: covered }, (_, index) => rows?.placeOf(index) ?? 0),
  );
  let ledger = start?.snapshot.statement.ledger ?? "";
  let at: { readonly time: number; readonly root: string } | undefined;
  if (head !== undefined && rows !== undefined && head.size <= covered) {
    const root = toHex(start?.snapshot.past.tree.root(head.size) as Uint8Array);
    at = { root, time: rows.timeOf(head.size - 1) };
  }
  const scan = scanSegments(
    folder,
    mark.current,
    ({ index, time, bytes, offset, leaf }) => {
      frontier.append(leaf);
      places.push(offset);
      if (index === 0) ledger = createHash("sha256").update(bytes).digest("hex");
      if (index + 1 === head?.size) at = { root: toHex(frontier.root()), time };
    },
    { digests, ...(start === undefined ? {} : { start }) },
  );
  if (
    head !== undefined &&
    (at?.root !== head.root || at.time !== head.time || ledger !== head.ledger)
  ) {
    const problem = `the log has another root or time at ${head.size} entries`;
    throw damaged(join(folder, "head"), 0, problem);
  }
  const snapshot = start === undefined ? {} : { snapshot: start.snapshot };
  return {
    mark,
    scan,
    frontier,
    places,
    ledger,
    headSigned: head?.signer !== undefined,
    ...snapshot,
  };
}

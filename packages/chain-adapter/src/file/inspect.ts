// For operators: checks a folder without opening it for writing, and moves a ledger from one place to another.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { toHex } from "@emrx/internal/bytes";
import { deferred, integer, object } from "@emrx/internal/shape";
import { decodeCanonical, encodeCanonical } from "../codec/canonical.js";
import { hexBytes, time } from "../codec/fields.js";
import { fromHex } from "../codec/hex.js";
import { check } from "../errors/check.js";
import { LedgerError } from "../errors.js";
import type { PublicKey } from "../identity/public-key.js";
import type { ChainAdapter, Checkpoint, LogEntry } from "../ledger/port.js";
import { replayEntries } from "../ledger/replay.js";
import { Unusable } from "../ledger/snapshot-parts.js";
import { CompactRange } from "../merkle/compact-range.js";
import { sha256 } from "../merkle/sha256.js";
import { readCheckpoint } from "./checkpoint-file.js";
import { openFileLog } from "./file-log.js";
import type { FileLogOptions } from "./file-log-options.js";
import { LONGEST_ENTRY } from "./format.js";
import { nativeNodeHash } from "./native-hash.js";
import { type ScannedEntry, scanSegments } from "./scan.js";
import type { TornTail } from "./segments.js";
import { readSnapshot, readStatement, type Snapshot } from "./snapshot.js";
import { compareLog, OtherLog } from "./snapshot-log.js";
import { hasWatermark, readWatermark, wasUsed } from "./watermark.js";

/** What a check of a folder found. */
export interface FolderReport {
  /** Whether every byte is as it was acknowledged. */
  readonly sound: boolean;
  /** Sound entries. */
  readonly entries: number;
  /** Where the first damage is; absent if there is none. */
  readonly damage?: { readonly file: string; readonly offset: number; readonly problem: string };
  /** An unfinished write that opening will cut off. */
  readonly torn?: TornTail;
  /**
   * The snapshot, if there is one: entries that it covers, or why opening would not use it. A bad snapshot is no damage
   * to the ledger, but one that `verifyKey` signed and the log does not bear out is. Its state is compared by
   * `auditLedger`, which runs every call again.
   */
  readonly snapshot?: { readonly entries: number } | { readonly problem: string };
}

/**
 * Checks the folder of a ledger byte by byte and changes nothing. The ledger may be open elsewhere; then what is being
 * written at the moment may show as an unfinished write.
 *
 * @param folder the ledger's folder
 * @param options `verifyKey`: public key that the checkpoint and the snapshot must be signed by
 * @returns what was found; damage does not throw
 * @throws LedgerError `EMRX_STORAGE` if there is no ledger in the folder or it cannot be read
 * @example
 * ```ts
 * import { mkdtempSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { createGenesis } from "@emrx/chain-adapter";
 * import { checkFolder, openFileLedger } from "@emrx/chain-adapter/file";
 *
 * const folder = mkdtempSync(join(tmpdir(), "ledger-"));
 * await (await openFileLedger(folder, { genesis: createGenesis({ name: "trial" }) })).close();
 * await checkFolder(folder); // => { sound: true, entries: 1 }
 * ```
 */
export async function checkFolder(
  folder: string,
  options: { readonly verifyKey?: PublicKey } = {},
): Promise<FolderReport> {
  const range = new CompactRange({ nodeHash: nativeNodeHash });
  try {
    if (!hasWatermark(folder)) throw new LedgerError("EMRX_STORAGE", `${folder} holds no ledger`);
    const { turn, ...watermark } = readWatermark(join(folder, "watermark"));
    const checkpoint = await readCheckpoint(
      join(folder, "checkpoint"),
      wasUsed(turn),
      options.verifyKey,
      undefined,
    );
    const found = await findSnapshot(folder, options.verifyKey);
    let ledger = "";
    let contained = checkpoint === undefined;
    let contradicted: number | undefined;
    const { torn } = scanSegments(folder, watermark, (entry) => {
      if (found !== undefined && "rows" in found && !agrees(found, entry)) {
        contradicted ??= entry.index;
      }
      range.append(entry.leaf);
      if (entry.index === 0) ledger = toHex(sha256(entry.bytes));
      if (range.size === checkpoint?.size) {
        const root = toHex(range.root());
        contained =
          root === checkpoint.root &&
          entry.time === checkpoint.time &&
          ledger === checkpoint.ledger;
      }
    });
    const entries = range.size;
    if (!contained) {
      const problem = `the log has another root, time or id at ${checkpoint?.size} entries`;
      return {
        sound: false,
        entries,
        damage: { file: join(folder, "checkpoint"), offset: 0, problem },
      };
    }
    if (found instanceof OtherLog) throw found.damage(folder, entries);
    return {
      sound: true,
      entries,
      ...(torn === undefined ? {} : { torn }),
      ...(found === undefined ? {} : { snapshot: snapshotReport(found, contradicted) }),
    };
  } catch (error) {
    if (error instanceof LedgerError && error.code === "EMRX_STORAGE") throw error;
    if (!(error instanceof LedgerError)) {
      throw new LedgerError("EMRX_STORAGE", `${folder} cannot be read`, { cause: error });
    }
    const { file, offset } = error.details;
    const damage = {
      file: String(file ?? folder),
      offset: Number(offset ?? 0),
      problem: error.message,
    };
    return { sound: false, entries: range.size, damage };
  }
}

async function findSnapshot(
  folder: string,
  key: PublicKey | undefined,
): Promise<Snapshot | Unusable | OtherLog | undefined> {
  const statement = await readStatement(folder, key);
  if (statement === undefined || statement instanceof Unusable) return statement;
  const compared = await compareLog(folder, statement);
  return compared instanceof OtherLog ? compared : readSnapshot(folder, statement);
}

/** Whether a snapshot has an entry as it stands in the log. */
function agrees(
  { rows, past }: Snapshot,
  { index, time: at, offset, leaf }: ScannedEntry,
): boolean {
  if (index >= rows.size) return true;
  return (
    rows.timeOf(index) === at &&
    rows.offsetOf(index) === offset &&
    toHex(past.tree.leaf(index)) === toHex(leaf)
  );
}

function snapshotReport(
  found: Snapshot | Unusable,
  contradicted: number | undefined,
): FolderReport["snapshot"] & object {
  if (found instanceof Unusable) return { problem: found.reason };
  if (contradicted !== undefined) return { problem: `entry ${contradicted} is another in the log` };
  return { entries: found.rows.size };
}

const lineShape = /* @__PURE__ */ deferred(() =>
  object({ index: integer(0), time, bytes: hexBytes(0, LONGEST_ENTRY) }),
);

/**
 * The entries of any ledger as lines of text, one a line, that `importLedger` reads.
 *
 * @param ledger a ledger that gives out its entries
 * @returns lines without their ends: canonical JSON of index, time and bytes in hexadecimal
 * @throws LedgerError whatever the ledger throws while its entries are read
 */
export async function* exportLedger(
  ledger: Pick<ChainAdapter, "entries">,
): AsyncGenerator<string, void, undefined> {
  const text = new TextDecoder();
  for await (const { index, time: at, bytes } of ledger.entries()) {
    yield text.decode(encodeCanonical({ index, time: at, bytes: toHex(bytes) }));
  }
}

/**
 * Writes exported entries to a new folder: the same entries with the same times, and so the same root and id.
 *
 * @param folder path of a folder without a ledger
 * @param lines what `exportLedger` gave
 * @param options `trustedCheckpoint`: the checkpoint that the entries must lead to; signer and segment size of the new ledger
 * @returns the checkpoint that the entries lead to
 * @throws LedgerError `EMRX_NOT_CANONICAL` or `EMRX_INVALID_CALL` for a line that is no entry, `EMRX_DAMAGED` if entries
 * are missing, out of order or lead to another checkpoint (then nothing is written), `EMRX_STORAGE` if the folder has a ledger
 */
export async function importLedger(
  folder: string,
  lines: AsyncIterable<string> | Iterable<string>,
  options: Omit<FileLogOptions, "clock"> & { readonly trustedCheckpoint?: Checkpoint } = {},
): Promise<Checkpoint> {
  if (existsSync(join(folder, "watermark"))) {
    throw new LedgerError("EMRX_STORAGE", `${folder} has a ledger already; choose a new folder`);
  }
  const entries: LogEntry[] = [];
  for await (const line of lines) {
    const {
      index,
      time: at,
      bytes,
    } = check(
      lineShape,
      decodeCanonical(new TextEncoder().encode(line)),
      `line ${entries.length + 1}`,
      "EMRX_INVALID_CALL",
    );
    entries.push({ index, time: at, bytes: fromHex(bytes) });
  }
  const { checkpoint } = await replayEntries(entries);
  const { trustedCheckpoint, ...logOptions } = options;
  if (
    trustedCheckpoint !== undefined &&
    (checkpoint.root !== trustedCheckpoint.root || checkpoint.size !== trustedCheckpoint.size)
  ) {
    throw new LedgerError(
      "EMRX_DAMAGED",
      `the entries lead to root ${checkpoint.root} at ${checkpoint.size}, not to ${trustedCheckpoint.root} at ${trustedCheckpoint.size}`,
    );
  }
  let now = 0;
  const log = await openFileLog(folder, { ...logOptions, clock: () => now });
  try {
    for (let from = 0; from < entries.length; ) {
      now = (entries[from] as LogEntry).time;
      let to = from;
      while (to < entries.length && to - from < 1000 && entries[to]?.time === now) to++;
      await log.append(entries.slice(from, to).map(({ bytes }) => bytes));
      from = to;
    }
  } finally {
    await log.close();
  }
  return checkpoint;
}

// The snapshot of a ledger in files: what became of every entry, and the state after the last, so that opening need not
// verify every signature and run every contract again. It is used only if the ledger's own key signed it, if every byte
// of it is as signed, and if every byte of the log up to there has the digest that it states.
import { createHash, type Hash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { arrayOf, deferred, integer, literal, object, type Shape } from "@emrx/internal/shape";
import { decodeCanonical } from "../codec/canonical.js";
import { type Hex32, hex32, hexBytes, time } from "../codec/fields.js";
import { check } from "../errors/check.js";
import { LedgerError } from "../errors.js";
import {
  type PublicKey,
  type PublicKeyText,
  publicKeyText,
  type SignatureText,
  signatureText,
} from "../identity/public-key.js";
import type { Past } from "../ledger/replica.js";
import { notSignedBy, pastOf, Unusable } from "../ledger/snapshot-parts.js";
import type { Rows } from "../ledger/snapshot-rows.js";
import { openLedgerHandle, readLedgerFile } from "./ledger-file.js";
import { nativeNodeHash } from "./native-hash.js";

/** A file of a snapshot, up to where it counts. */
interface Covered {
  readonly bytes: number;
  readonly sha256: Hex32;
}

/** What a snapshot says, signed. */
export interface SnapshotStatement {
  readonly format: "emrx-snapshot/1";
  readonly ledger: Hex32;
  /** Entries of the log that it covers, with the ledger time, hash chain and Merkle root there. */
  readonly size: number;
  readonly time: number;
  readonly chain: Hex32;
  readonly root: Hex32;
  /** Roots of the complete subtrees (the compact range), in hexadecimal, end to end. */
  readonly range: string;
  /** The log's files, each up to the last entry covered. */
  readonly segments: readonly (Covered & { readonly firstIndex: number })[];
  readonly rows: Covered;
  readonly details: Covered;
  /** The state of the contracts as canonical JSON; its SHA-256 is the state's digest. */
  readonly state: Covered;
  readonly signer: PublicKeyText;
  readonly signature: SignatureText;
}

const shape: Shape<SnapshotStatement> = /* @__PURE__ */ deferred(() => {
  const covered = { bytes: integer(0), sha256: hex32 };
  return object({
    format: literal("emrx-snapshot/1"),
    ledger: hex32,
    size: integer(1),
    time,
    chain: hex32,
    root: hex32,
    range: hexBytes(32, 53 * 32),
    segments: arrayOf(object({ firstIndex: integer(0), ...covered }), {
      least: 1,
      most: 1_000_000,
    }),
    rows: object(covered),
    details: object(covered),
    state: object(covered),
    signer: publicKeyText,
    signature: signatureText,
  });
});

/** Names of a snapshot's files. */
export const snapshotFiles = (
  folder: string,
): { readonly statement: string; readonly rows: string; readonly details: string } => ({
  statement: join(folder, "snapshot"),
  rows: join(folder, "snapshot.rows"),
  details: join(folder, "snapshot.details"),
});

/** The state's file: another for every snapshot, since it is the one that does not only grow. */
export const stateFile = (folder: string, size: number): string =>
  join(folder, `snapshot.state-${size}`);

/** A snapshot that was read and found good. */
export interface Snapshot {
  readonly statement: SnapshotStatement;
  readonly rows: Rows;
  readonly past: Past;
  /** The digests of the growing files, for the next snapshot to go on from. */
  readonly rowsDigest: Hash;
  readonly detailsDigest: Hash;
}

/** The statement of the snapshot in a folder; undefined if there is none. */
export async function readStatement(
  folder: string,
  key: PublicKey | undefined,
): Promise<SnapshotStatement | Unusable | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = readLedgerFile(snapshotFiles(folder).statement);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    if (error instanceof LedgerError) return new Unusable(error.message);
    throw error;
  }
  if (key === undefined) return new Unusable("no key was given that it must be signed by");
  let statement: SnapshotStatement;
  try {
    statement = check(shape, decodeCanonical(bytes), "snapshot", "EMRX_DAMAGED");
  } catch (error) {
    return new Unusable((error as Error).message);
  }
  return (await notSignedBy(statement, key)) ?? statement;
}

/** Reads what a statement covers of a snapshot's files, and checks every byte. */
export async function readSnapshot(
  folder: string,
  statement: SnapshotStatement,
): Promise<Snapshot | Unusable> {
  const files = snapshotFiles(folder);
  const [rowsDigest, detailsDigest] = [createHash("sha256"), createHash("sha256")];
  const rows = await readCovered(files.rows, statement.rows, rowsDigest);
  if (rows instanceof Unusable) return rows;
  const details = await readCovered(files.details, statement.details, detailsDigest);
  if (details instanceof Unusable) return details;
  const state = await readCovered(
    stateFile(folder, statement.size),
    statement.state,
    createHash("sha256"),
  );
  if (state instanceof Unusable) return state;
  const read = pastOf({ rows, details, state }, statement, nativeNodeHash);
  return read instanceof Unusable ? read : { statement, ...read, rowsDigest, detailsDigest };
}

async function readExactly(handle: FileHandle, bytes: number): Promise<Buffer<ArrayBuffer>> {
  const data = Buffer.allocUnsafeSlow(bytes);
  for (let done = 0; done < bytes; ) {
    const piece = Math.min(bytes - done, 64 << 20);
    const { bytesRead } = await handle.read(data, done, piece, done);
    if (bytesRead === 0) throw new Error("the file has become shorter");
    done += bytesRead;
  }
  return data;
}

async function readCovered(
  file: string,
  { bytes, sha256 }: Covered,
  digest: Hash,
): Promise<Buffer<ArrayBuffer> | Unusable> {
  let data: Buffer<ArrayBuffer>;
  try {
    const handle = await openLedgerHandle(file);
    try {
      data = await readExactly(handle, bytes);
    } finally {
      await handle.close();
    }
  } catch (error) {
    return new Unusable(`${file} cannot be read: ${(error as Error).message}`);
  }
  digest.update(data);
  return digest.copy().digest("hex") === sha256
    ? data
    : new Unusable(`${file} is not as the snapshot says`);
}

// The snapshot of a ledger in files: what became of every entry, and the state after the last, so that opening need not
// verify every signature and run every contract again. It is used only if the ledger's own key signed it, if every byte
// of it is as signed, and if every byte of the log up to there has the digest that it states.
import { createHash, type Hash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { toHex } from "@emrx/internal/bytes";
import { arrayOf, deferred, integer, literal, object, type Shape } from "@emrx/internal/shape";
import { decodeCanonical, encodeCanonical, type Json } from "../codec/canonical.js";
import { type Hex32, hex32, hexBytes, time } from "../codec/fields.js";
import { dumpState, loadState } from "../contracts/snapshot.js";
import { check } from "../errors/check.js";
import { LedgerError } from "../errors.js";
import {
  encodePublicKey,
  type PublicKey,
  type PublicKeyText,
  publicKeyText,
  type SignatureText,
  signatureBytes,
  signatureText,
} from "../identity/public-key.js";
import { verifySignature } from "../identity/scheme.js";
import type { Past } from "../ledger/replica.js";
import { MerkleTree } from "../merkle/tree.js";
import { openLedgerHandle, readLedgerFile } from "./ledger-file.js";
import { nativeNodeHash } from "./native-hash.js";
import { ROW_BYTES, Rows } from "./rows.js";

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

/** The bytes that the signature covers. */
export const statementMessage = (statement: Omit<SnapshotStatement, "signature">): Uint8Array =>
  encodeCanonical({ ...statement, signature: undefined });

/** A snapshot that was read and found good. */
export interface Snapshot {
  readonly statement: SnapshotStatement;
  readonly rows: Rows;
  readonly past: Past;
  /** The digests of the growing files, for the next snapshot to go on from. */
  readonly rowsDigest: Hash;
  readonly detailsDigest: Hash;
}

/** Why a snapshot is not used. */
export class Unusable {
  readonly reason: string;
  constructor(reason: string) {
    this.reason = reason;
  }
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
  const { signer, signature } = statement;
  if (signer !== encodePublicKey(key))
    return new Unusable(`it is signed by ${signer}, not by ${encodePublicKey(key)}`);
  if (
    !(await verifySignature(
      key,
      statementMessage(statement),
      signatureBytes(key.scheme, signature),
    ))
  ) {
    return new Unusable("its signature is wrong");
  }
  return statement;
}

/** Reads what a statement covers of a snapshot's files, and checks every byte. */
export async function readSnapshot(
  folder: string,
  statement: SnapshotStatement,
): Promise<Snapshot | Unusable> {
  const files = snapshotFiles(folder);
  const { size, root } = statement;
  const [rowsDigest, detailsDigest] = [createHash("sha256"), createHash("sha256")];
  const rowBytes = await readCovered(files.rows, statement.rows, rowsDigest);
  if (rowBytes instanceof Unusable) return rowBytes;
  const details = await readCovered(files.details, statement.details, detailsDigest);
  if (details instanceof Unusable) return details;
  const state = await readCovered(stateFile(folder, size), statement.state, createHash("sha256"));
  if (state instanceof Unusable) return state;
  if (rowBytes.length !== size * ROW_BYTES) return new Unusable("its rows are not one an entry");
  const contracts = loadState(JSON.parse(state.toString("utf8")) as Json);
  // Also finds a state that another version of the contracts wrote.
  if (state.compare(encodeCanonical(dumpState(contracts))) !== 0) {
    return new Unusable("its state is not of this version of the contracts");
  }
  const rows = new Rows(rowBytes, details);
  const tree = new MerkleTree(rows.leaves(), nativeNodeHash);
  if (toHex(tree.root()) !== root) return new Unusable("its rows do not lead to its root");
  const past: Past = {
    size,
    contracts,
    tree,
    call: (id) => rows.call(id),
    outcome: (index) => rows.outcome(index),
    timeOf: (index) => rows.timeOf(index),
    chain: (at) => rows.chain(at),
  };
  return { statement, rows, past, rowsDigest, detailsDigest };
}

async function readExactly(handle: FileHandle, bytes: number): Promise<Buffer> {
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
): Promise<Buffer | Unusable> {
  let data: Buffer;
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

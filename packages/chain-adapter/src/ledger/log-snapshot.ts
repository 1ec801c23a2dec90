// Snapshots of a ledger over any log, kept wherever the caller says: what became of every entry, and the state after the last,
// so that opening need not verify every signature and run every contract again. One is used only if its key signed it, every
// byte of it is as signed, and every entry of the log up to there has the leaf hash and time that it states.
import { concatBytes, equalBytes, toHex } from "@emrx/internal/bytes";
import { ByteReader, ByteWriter } from "@emrx/internal/cursor";
import { deferred, integer, literal, object, type Shape } from "@emrx/internal/shape";
import { decodeCanonical, encodeCanonical } from "../codec/canonical.js";
import { type Hex32, hex32, time } from "../codec/fields.js";
import { dumpState } from "../contracts/snapshot.js";
import { check } from "../errors/check.js";
import { LedgerError } from "../errors.js";
import type { Identity } from "../identity/identity.js";
import {
  encodePublicKey,
  encodeSignature,
  type PublicKey,
  publicKeyText,
  signatureText,
} from "../identity/public-key.js";
import { sha256 } from "../merkle/sha256.js";
import type { CheckedLog } from "./checked-log.js";
import { entryLeafHash } from "./entry.js";
import type { Past, Replica } from "./replica.js";
import { requireOption } from "./require.js";
import {
  notSignedBy,
  pastOf,
  type SignedStatement,
  statementMessage,
  Unusable,
} from "./snapshot-parts.js";
import { rowsOf } from "./snapshot-rows.js";

/** Where the snapshot of a ledger is kept: a file, an object in a store, a row of a database. */
export interface SnapshotStore {
  /** The bytes that were saved last; undefined if there are none. */
  load(): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** Puts bytes in the place of those saved before, all or none. */
  save(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
}

/** Settings of a ledger's snapshots. */
export interface SnapshotOptions {
  readonly store: SnapshotStore;
  /** Signs snapshots; without it none are written. */
  readonly signer?: Identity;
  /** Key that a snapshot must be signed by to be used; the signer's own by default. */
  readonly verifyKey?: PublicKey;
  /** Entries after which the next snapshot is written, at least; 10,000 by default, and never less than a tenth of the log. */
  readonly every?: number;
  /** Told when a snapshot cannot be saved. The ledger goes on without. */
  onError?(error: unknown): void;
}

interface Statement extends SignedStatement {
  readonly format: "emrx-log-snapshot/1";
  readonly ledger: Hex32;
  readonly size: number;
  readonly time: number;
  readonly root: Hex32;
  /** Bytes of the parts, which follow in this order; `sha256` is of all of them. */
  readonly rows: number;
  readonly details: number;
  readonly state: number;
  readonly sha256: Hex32;
}

const shape: Shape<Statement> = /* @__PURE__ */ deferred(() =>
  object({
    format: literal("emrx-log-snapshot/1"),
    ledger: hex32,
    size: integer(1),
    time,
    root: hex32,
    rows: integer(0),
    details: integer(0),
    state: integer(0),
    sha256: hex32,
    signer: publicKeyText,
    signature: signatureText,
  }),
);

const damaged = (message: string): LedgerError => new LedgerError("EMRX_DAMAGED", message);

/** Most bytes of a statement. */
const LONGEST_STATEMENT = 4096;

/** A snapshot of what is final: the length of its statement, the statement, rows, details, state. */
async function encodeSnapshot(
  replica: Replica,
  signer: Identity,
): Promise<Uint8Array<ArrayBuffer>> {
  const size = replica.final;
  const { ledger, root, time: at } = replica.checkpoint(size);
  const range = { from: 0, to: size, detailAt: 0, offsetOf: () => 0 };
  const { rows, details } = rowsOf(replica, range);
  const state = encodeCanonical(dumpState(replica.finalState.contracts));
  const parts = concatBytes(rows, details, state);
  const statement = {
    format: "emrx-log-snapshot/1",
    ledger,
    size,
    time: at,
    root,
    rows: rows.length,
    details: details.length,
    state: state.length,
    sha256: toHex(sha256(parts)),
    signer: encodePublicKey(signer),
  } as const;
  const signature = encodeSignature(signer.scheme, await signer.sign(statementMessage(statement)));
  const head = encodeCanonical({ ...statement, signature });
  return new ByteWriter("big", damaged).sized(4, head).bytes(parts).finish();
}

/** The past that saved bytes tell of, or why they are of no use. */
async function decodeSnapshot(bytes: Uint8Array, key: PublicKey): Promise<Past | Unusable> {
  let statement: Statement;
  let parts: Uint8Array<ArrayBuffer>;
  try {
    const reader = new ByteReader(bytes, "big", damaged);
    const text = reader.sized(4, "its statement");
    if (text.length > LONGEST_STATEMENT) return new Unusable("its statement is too long");
    statement = check(shape, decodeCanonical(text), "snapshot", "EMRX_DAMAGED");
    parts = reader.rest();
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    return new Unusable(error.message);
  }
  const notSigned = await notSignedBy(statement, key);
  if (notSigned !== undefined) return notSigned;
  const { rows, details, state } = statement;
  if (parts.length !== rows + details + state || toHex(sha256(parts)) !== statement.sha256) {
    return new Unusable("its parts are not as signed");
  }
  const read = pastOf(
    {
      rows: parts.subarray(0, rows),
      details: parts.subarray(rows, rows + details),
      state: parts.subarray(rows + details),
    },
    statement,
  );
  return read instanceof Unusable ? read : read.past;
}

/** Throws `EMRX_ROLLED_BACK` unless the log begins with the entries that a snapshot was taken of. */
async function requirePast(log: CheckedLog, past: Past): Promise<void> {
  const refuse = (index: number, what: string): never => {
    const message = `the log "${log.name}" ${what}, but its own key signed a snapshot of ${past.size} entries in which it is another: the log was altered or put back. If it was put back on purpose, remove the snapshot`;
    throw new LedgerError("EMRX_ROLLED_BACK", message, { details: { index } });
  };
  const size = await log.size();
  if (size < past.size) refuse(size, `has ${size} entries`);
  for (let at = 0; at < past.size; ) {
    const entries = await log.read(at, Math.min(past.size, at + 512));
    for (const entry of entries) {
      const { index } = entry;
      const same = equalBytes(entryLeafHash(entry), past.tree.leaf(index));
      if (!same || entry.time !== past.timeOf(index)) refuse(index, `has an entry ${index}`);
    }
    at += entries.length;
  }
}

/** What was found where snapshots are kept. */
export interface FoundSnapshot {
  readonly past?: Past;
  /** Why the snapshot that is there is not used. */
  readonly ignored?: string;
}

/** Reads the snapshot and compares every entry of the log with it. */
export async function readLogSnapshot(
  log: CheckedLog,
  { store, signer, verifyKey = signer }: SnapshotOptions,
): Promise<FoundSnapshot> {
  let bytes: Uint8Array | undefined;
  try {
    bytes = await store.load();
  } catch (error) {
    return { ignored: `it cannot be loaded: ${String(error)}` };
  }
  if (bytes === undefined) return {};
  if (verifyKey === undefined) return { ignored: "no key was given that it must be signed by" };
  const past = await decodeSnapshot(bytes, verifyKey);
  if (past instanceof Unusable) return { ignored: past.reason };
  await requirePast(log, past);
  return { past };
}

/** Writes a snapshot when it is time; returns what is to be called after entries were read, and a wait for what is being saved. */
export function snapshotSaver(
  { store, signer, every = 10_000, onError }: SnapshotOptions,
  saved: number,
): { readonly onRead: (replica: Replica) => void; readonly idle: () => Promise<void> } {
  requireOption("snapshots.every", every, 1);
  let size = saved;
  let saving: Promise<void> | undefined;
  return {
    onRead(replica) {
      const due = Math.max(every, Math.floor(size / 10));
      if (signer === undefined || saving !== undefined || replica.final - size < due) return;
      size = replica.final;
      saving = encodeSnapshot(replica, signer)
        .then((bytes) => store.save(bytes))
        .catch((error) => onError?.(error))
        .finally(() => {
          saving = undefined;
        });
    },
    idle: async () => saving,
  };
}

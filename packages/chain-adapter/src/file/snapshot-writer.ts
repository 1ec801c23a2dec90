// Writes snapshots: rows and details are added at the end of their files, the state goes to a file of its own, and only
// when all of them are on the disk does the signed statement replace the one before, which held until then.
import { createHash, type Hash } from "node:crypto";
import { readdirSync } from "node:fs";
import { rename, unlink } from "node:fs/promises";
import { join } from "node:path";
import { toHex } from "@emrx/internal/bytes";
import { openRegularHandle, syncFolder, writeFreshFile } from "@emrx/internal/regular-file";
import { encodeCanonical } from "../codec/canonical.js";
import { dumpState } from "../contracts/snapshot.js";
import type { Identity } from "../identity/identity.js";
import { encodePublicKey, encodeSignature } from "../identity/public-key.js";
import type { Replica } from "../ledger/replica.js";
import { statementMessage } from "../ledger/snapshot-parts.js";
import { ROW_BYTES, rowsOf } from "../ledger/snapshot-rows.js";
import { CompactRange } from "../merkle/compact-range.js";
import { nativeNodeHash } from "./native-hash.js";

import { chainOf, type Segment } from "./segments.js";
import { type Snapshot, type SnapshotStatement, snapshotFiles, stateFile } from "./snapshot.js";

/** The one that writes a folder's snapshots. */
export class SnapshotWriter {
  readonly #folder: string;
  readonly #signer: Identity;
  readonly #requireOwner: () => void;
  readonly #rows: Hash;
  readonly #details: Hash;
  readonly #range: CompactRange;
  #detailBytes: number;
  #writing: Promise<void> | undefined;
  /** A snapshot could not be written. It is only a saving of time: the log goes on without. */
  #failed = false;

  /**
   * @param requireOwner throws if the folder is no longer ours; then no snapshot is put in place
   * @param from the snapshot to go on from; without one, everything is written anew
   */
  constructor(folder: string, signer: Identity, requireOwner: () => void, from?: Snapshot) {
    this.#folder = folder;
    this.#signer = signer;
    this.#requireOwner = requireOwner;
    this.#rows = from?.rowsDigest ?? createHash("sha256");
    this.#details = from?.detailsDigest ?? createHash("sha256");
    this.#detailBytes = from?.statement.details.bytes ?? 0;
    this.#range = new CompactRange({
      size: from?.statement.size ?? 0,
      hashes: Buffer.from(from?.statement.range ?? "", "hex"),
      nodeHash: nativeNodeHash,
    });
  }

  /** Entries in the last snapshot. */
  get size(): number {
    return this.#range.size;
  }

  /** Whether it can write another now. */
  get ready(): boolean {
    return this.#writing === undefined && !this.#failed;
  }

  /** Resolves when nothing is being written. */
  async idle(): Promise<void> {
    await this.#writing;
  }

  /**
   * Writes a snapshot. What goes into it is taken at once; the disk gets it in the background.
   *
   * @param replica the ledger, with exactly the entries of the log
   * @param segments the log's files
   * @param offsetOf offset of an entry's record in its file
   */
  write(replica: Replica, segments: readonly Segment[], offsetOf: (index: number) => number): void {
    const [from, detailAt] = [this.size, this.#detailBytes];
    const { rows, details } = rowsOf(replica, {
      from,
      to: replica.size,
      detailAt,
      offsetOf,
    });
    const state = encodeCanonical(dumpState(replica.state.contracts));
    for (let index = from; index < replica.size; index++) {
      this.#range.append(replica.tree.leaf(index));
    }
    this.#detailBytes += details.length;
    const digestOf = (hash: Hash): string => hash.copy().digest("hex");
    const { ledger, size, root, time } = replica.checkpoint();
    const statement: Omit<SnapshotStatement, "signature"> = {
      format: "emrx-snapshot/1",
      ledger,
      size,
      time,
      chain: toHex(chainOf(segments)),
      root,
      range: toHex(this.#range.hashes()),
      segments: segments.map(({ firstIndex, end, digest }) => ({
        firstIndex,
        bytes: end,
        sha256: typeof digest === "object" ? digestOf(digest) : (digest as string),
      })),
      rows: { bytes: size * ROW_BYTES, sha256: digestOf(this.#rows.update(rows)) },
      details: { bytes: this.#detailBytes, sha256: digestOf(this.#details.update(details)) },
      state: { bytes: state.length, sha256: createHash("sha256").update(state).digest("hex") },
      signer: encodePublicKey(this.#signer),
    };
    this.#writing = this.#bring(statement, rows, from * ROW_BYTES, details, detailAt, state)
      .catch(() => {
        this.#failed = true;
      })
      .finally(() => {
        this.#writing = undefined;
      });
  }

  async #bring(
    statement: Omit<SnapshotStatement, "signature">,
    rows: Uint8Array,
    rowsAt: number,
    details: Uint8Array,
    detailAt: number,
    state: Uint8Array,
  ): Promise<void> {
    const files = snapshotFiles(this.#folder);
    this.#requireOwner();
    await put(files.rows, rows, rowsAt);
    await put(files.details, details, detailAt);
    const current = stateFile(this.#folder, statement.size);
    await put(current, state, 0);
    const { scheme } = this.#signer;
    const signature = encodeSignature(scheme, await this.#signer.sign(statementMessage(statement)));
    const temporary = `${files.statement}.new`;
    await put(temporary, encodeCanonical({ ...statement, signature }), 0);
    this.#requireOwner();
    await rename(temporary, files.statement);
    await syncFolder(this.#folder);
    for (const name of readdirSync(this.#folder)) {
      const file = join(this.#folder, name);
      if (name.startsWith("snapshot.state-") && file !== current) await unlink(file);
    }
  }
}

/** Puts bytes at a place of a file, which ends after them, and syncs it. */
async function put(file: string, bytes: Uint8Array, at: number): Promise<void> {
  if (at === 0) return writeFreshFile(file, bytes);
  const handle = await openRegularHandle(file, "write");
  try {
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, at + done);
      done += bytesWritten;
    }
    await handle.truncate(at + bytes.length);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

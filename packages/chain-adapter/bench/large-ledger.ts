// Ledgers in files with many entries, for what depends on their number.
//
// The one to be opened has calls. Making it takes a minute or two, and would take many more if every call were signed and
// verified: the signatures in it are zeros and are not looked at while it is made; the snapshot is signed as always. Nobody
// looks at them when it is opened from the snapshot either: that is what is measured.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createGenesis } from "../src/calls.js";
import { encodeSignedCall } from "../src/codec/signed-call.js";
import { openFolderLog } from "../src/file/file-log.js";
import type { FolderLog } from "../src/file/folder-log.js";
import { createIdentity, type Identity } from "../src/identity.js";
import { resumeLedger } from "../src/ledger/from-ordered-log.js";
import type { Replica } from "../src/ledger/replica.js";
import type { ChainAdapter } from "../src/ledger.js";

/** Policies whose versions the calls raise. */
const POLICIES = 1000;
/** Entries between two openings while it is made, so that the memory of one part is given back before the next. */
const PART = 125_000;

/** The folder of a ledger, with the key that signed its snapshot. */
export interface LargeLedger {
  readonly folder: string;
  readonly signer: Identity;
}

/** Makes a ledger of `size` entries in a new folder, all of them covered by a snapshot. */
export async function largeLedger(size: number): Promise<LargeLedger> {
  const folder = mkdtempSync(join(tmpdir(), "emrx-bench-"));
  const signer = await createIdentity({ secretKey: new Uint8Array(32).fill(1) });
  for (let from = 0; from < size; from += PART) {
    await grow(folder, signer, Math.min(size, from + PART));
  }
  return { folder, signer };
}

/** An open ledger of `size` entries that are no calls: proofs do not look at what they prove. */
export async function ledgerOfNoCalls(
  size: number,
): Promise<{ readonly folder: string; readonly ledger: ChainAdapter }> {
  const folder = mkdtempSync(join(tmpdir(), "emrx-bench-"));
  const log = await openFolderLog(folder, {}, false);
  const genesis = createGenesis({ name: "large", salt: "00".repeat(32) });
  const ledger = await resumeLedger(log, { genesis }, {});
  for (let at = 1; at < size; ) {
    const count = Math.min(1000, size - at);
    await log.append(Array.from({ length: count }, () => new Uint8Array(400)));
    at += count;
    while ((await ledger.checkpoint()).size < at) await new Promise((done) => setTimeout(done, 1));
  }
  return { folder, ledger };
}

/** Removes it. */
export function removeLedger({ folder }: { readonly folder: string }): void {
  rmSync(folder, { recursive: true });
}

async function grow(folder: string, signer: Identity, size: number): Promise<void> {
  const log: FolderLog = await openFolderLog(folder, { signer }, true);
  const { snapshot } = log.found;
  let current: Replica | undefined;
  const genesis = createGenesis({ name: "large", salt: "00".repeat(32) });
  const ledger = await resumeLedger(
    log,
    { genesis, verify: () => true },
    {
      ...(snapshot === undefined ? {} : { past: snapshot.past }),
      onRead: (replica) => {
        current = replica;
      },
    },
  );
  const key = Buffer.from(signer.publicKey).toString("hex");
  for (let at = await log.size(); at < size; ) {
    const count = Math.min(1000, size - at);
    await log.append(
      Array.from({ length: count }, (_, i) => {
        const version = Math.floor((at + i - 1) / POLICIES) + 1;
        return encodeSignedCall({
          format: "emrx-call/1",
          ledger: ledger.id,
          call: {
            type: "access.setPolicy",
            policyId: `policy-${(at + i - 1) % POLICIES}`,
            version,
            schemaHash: "ab".repeat(32),
            rules: [],
          },
          signer: key,
          key: `key-${at + i}`,
          signature: "0".repeat(128),
        });
      }),
    );
    at += count;
    while ((await ledger.checkpoint()).size < at) await new Promise((done) => setTimeout(done, 1));
  }
  log.snapshotIfDue(current as Replica, 1);
  await ledger.close();
}

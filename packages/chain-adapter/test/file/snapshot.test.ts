// Snapshots: what is opened from one is what a full replay gives, and none is used that is not exactly as signed.
import { cpSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { callId, type SignedCall } from "../../src/calls.js";
import { encodeCanonical } from "../../src/codec.js";
import type { LedgerError } from "../../src/errors.js";

import {
  checkFolder,
  type FileLedger,
  type FileLedgerOptions,
  openFileLedger,
  openFileLog,
} from "../../src/file.js";
import { encodeSignature } from "../../src/identity/public-key.js";
import type { Identity } from "../../src/identity.js";
import { encodePublicKey } from "../../src/identity.js";
import { statementMessage } from "../../src/ledger/snapshot-parts.js";
import { auditLedger, type ChainAdapter } from "../../src/ledger.js";
import * as w from "../contracts/world.js";
import { anyCall, codeOf, identity, sign, take } from "../ledger/helpers.js";
import { scratchFolders, segmentsOf } from "./folders.js";

const fresh = scratchFolders();

let site: Identity;
let lab: Identity;
let base: { readonly folder: string; readonly calls: readonly SignedCall[] };

const options = (more: FileLedgerOptions = {}): FileLedgerOptions => ({
  signer: site,
  segmentBytes: 3000,
  snapshotEvery: 10,
  clock: () => 1_000_000,
  ...more,
});

/** Everything that a ledger says. */
async function everything(ledger: ChainAdapter, calls: readonly SignedCall[]): Promise<unknown> {
  const { size } = await ledger.checkpoint();
  const checkpoints = Array.from({ length: size - 1 }, (_, i) => ledger.proveConsistency(i + 1));
  const replay = (await auditLedger(ledger)).replay.outcomes;
  const accepted = replay.filter(({ kind }) => kind === "accepted").length;
  return {
    checkpoint: await ledger.checkpoint(),
    digest: await ledger.view({ type: "ledger.digest" }),
    entries: await take(ledger.entries(), size),
    events: await take(ledger.events(), accepted),
    checkpoints: await Promise.all(checkpoints),
    proofs: await Promise.all(Array.from({ length: size }, (_, i) => ledger.proveEntry(i))),
    statuses: await Promise.all(calls.map((call) => ledger.status(callId(call)))),
    again: (await ledger.submitBatch(calls)).map((outcome) =>
      outcome.accepted ? outcome.receipt : [outcome.error.code, outcome.error.details],
    ),
  };
}

/** A copy of the folder with 33 entries, whose last snapshot covers 30. */
function copied(): string {
  const folder = fresh();
  cpSync(base.folder, folder, { recursive: true });
  return folder;
}

const namesOf = (folder: string): string[] =>
  readdirSync(folder).filter((name) => name.startsWith("snapshot"));

async function opened<T>(
  folder: string,
  use: (ledger: FileLedger) => Promise<T> | T,
  more: FileLedgerOptions = {},
): Promise<T> {
  const ledger = await openFileLedger(folder, options(more));
  try {
    return await use(ledger);
  } finally {
    await ledger.close();
  }
}

const openingOf = (folder: string, more: FileLedgerOptions = {}): Promise<FileLedger["opening"]> =>
  opened(folder, ({ opening }) => opening, more);

beforeAll(async () => {
  site = await identity(1);
  lab = await identity(2);
  const folder = fresh();
  const ledger = await openFileLedger(folder, options({ genesis: w.genesis }));
  const calls: SignedCall[] = [];
  // Accepted, refused, repeated and invalid entries.
  calls.push(await sign(ledger, lab, w.policy()), await sign(ledger, lab, w.policy()));
  for (let i = 0; i < 7; i++) calls.push(await anyCall(ledger, site));
  for (const call of calls) await ledger.submitBatch([call]);
  await ledger.close();
  const log = await openFileLog(folder, options());
  await log.append([encodeCanonical(calls[0]), new TextEncoder().encode("no call")]);
  await log.close();
  const again = await openFileLedger(folder, options());
  for (let i = 0; i < 21; i++) {
    calls.push(await anyCall(again, site));
    await again.submitBatch(calls.slice(-1));
  }
  await again.close();
  base = { folder, calls };
});

describe("a ledger opened from a snapshot", () => {
  test("says everything that the same ledger says when it is replayed in full", async () => {
    const folder = copied();
    expect(await openingOf(folder)).toEqual({ fromSnapshot: 30, replayed: 3 });
    const short = await opened(folder, (ledger) => everything(ledger, base.calls));
    const full = await opened(folder, (ledger) => everything(ledger, base.calls), {
      snapshotEvery: 0,
    });
    expect(short).toEqual(full);
    expect(await opened(folder, ({ opening }) => opening.fromSnapshot, { snapshotEvery: 0 })).toBe(
      0,
    );
  });

  test("goes on like any other: entries, snapshots, a third opening", async () => {
    const folder = copied();
    const calls = [...base.calls];
    for (let round = 0; round < 3; round++) {
      await opened(folder, async (ledger) => {
        for (let i = 0; i < 9; i++) {
          calls.push(await anyCall(ledger, site));
          await ledger.submit(calls.at(-1) as SignedCall);
        }
      });
    }
    const { fromSnapshot, replayed } = await openingOf(folder);
    expect([fromSnapshot + replayed, replayed < 10]).toEqual([60, true]);
    expect(fromSnapshot).toBeGreaterThanOrEqual(50);
    expect(namesOf(folder).sort()).toEqual(
      ["snapshot", "snapshot.details", "snapshot.rows", `snapshot.state-${fromSnapshot}`].sort(),
    );
    const short = await opened(folder, (ledger) => everything(ledger, calls));
    for (const name of namesOf(folder)) rmSync(join(folder, name));
    expect(await opened(folder, (ledger) => everything(ledger, calls))).toEqual(short);
  });

  test("reads every byte of the log: a flipped bit before the snapshot is found, with its place", async () => {
    const names = segmentsOf(base.folder);
    for (const name of names) {
      const data = readFileSync(join(base.folder, name));
      for (let at = 0; at < data.length; at += 601) {
        const folder = copied();
        const altered = Buffer.from(data);
        altered[at] = (altered[at] as number) ^ 4;
        writeFileSync(join(folder, name), altered);
        const error = await openFileLedger(folder, options()).catch((e: LedgerError) => e);
        expect(error, `${name} ${at}`).toMatchObject({
          code: "EMRX_DAMAGED",
          details: { file: join(folder, name) },
        });
        rmSync(folder, { recursive: true });
      }
    }
  });

  test("a watermark or checkpoint of another log is found", async () => {
    const other = fresh();
    await opened(
      other,
      async (ledger) => {
        for (let i = 0; i < 5; i++) await ledger.submit(await anyCall(ledger, site));
      },
      { genesis: w.genesis },
    );
    for (const name of ["watermark", "checkpoint"]) {
      const folder = copied();
      cpSync(join(other, name), join(folder, name));
      expect(await codeOf(openFileLedger(folder, options())), name).toBe("EMRX_DAMAGED");
    }
  });

  test("an older watermark and checkpoint of the same log do, as after a power cut", async () => {
    const folder = fresh();
    const old = fresh();
    await opened(folder, (ledger) => anyCall(ledger, site).then((call) => ledger.submit(call)), {
      genesis: w.genesis,
    });
    cpSync(folder, old, { recursive: true });
    await opened(folder, async (ledger) => {
      for (let i = 0; i < 15; i++) await ledger.submit(await anyCall(ledger, site));
    });
    for (const name of ["watermark", "checkpoint"]) cpSync(join(old, name), join(folder, name));
    const { fromSnapshot, replayed } = await openingOf(folder);
    expect([fromSnapshot > 0, fromSnapshot + replayed]).toEqual([true, 17]);
  });
});

describe("a snapshot is left aside, everything is replayed, and the opening says why, when", () => {
  const ignored = async (folder: string, why: string, more: FileLedgerOptions = {}) => {
    const { fromSnapshot, replayed, snapshotIgnored } = await openingOf(folder, more);
    expect([fromSnapshot, replayed]).toEqual([0, 33]);
    expect(snapshotIgnored).toContain(why);
  };

  test("any bit of it is flipped, or any of its files is cut or missing; then it is written anew", async () => {
    for (const name of namesOf(base.folder)) {
      const data = readFileSync(join(base.folder, name));
      for (let at = 0; at < data.length; at += Math.ceil(data.length / 4)) {
        const folder = copied();
        const altered = Buffer.from(data);
        altered[at] = (altered[at] as number) ^ (1 << (at % 8));
        writeFileSync(join(folder, name), altered);
        await ignored(folder, "");
        expect((await openingOf(folder)).fromSnapshot, `${name} ${at}`).toBe(33);
        rmSync(folder, { recursive: true });
      }
      const folder = copied();
      truncateSync(join(folder, name), data.length - 1);
      await ignored(folder, "");
      if (name === "snapshot") continue;
      const without = copied();
      rmSync(join(without, name));
      await ignored(without, "cannot be read");
    }
  });

  test("no key is given, or it is signed by another than the ledger's", async () => {
    const { signer: _, ...keyless } = options();
    const plain = await openFileLedger(copied(), keyless);
    expect(plain.opening).toMatchObject({ fromSnapshot: 0, replayed: 33 });
    expect(plain.opening.snapshotIgnored).toContain("no key");
    await plain.close();
    const folder = copied();
    const statement = JSON.parse(readFileSync(join(folder, "snapshot"), "utf8"));
    const forged = { ...statement, signer: encodePublicKey(lab) };
    forged.signature = encodeSignature("ed25519", await lab.sign(statementMessage(forged)));
    writeFileSync(join(folder, "snapshot"), encodeCanonical(forged));
    await ignored(folder, "signed by");
    // A signature that was put in place of the right one.
    const lied = copied();
    writeFileSync(
      join(lied, "snapshot"),
      encodeCanonical({ ...statement, signature: forged.signature }),
    );
    await ignored(lied, "signature");
  });

  test("the key signed it, but its state is of other contracts or its rows do not lead to its root", async () => {
    const hash = async (bytes: Uint8Array): Promise<string> =>
      Buffer.from(await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>)).toString(
        "hex",
      );
    const folder = copied();
    const statement = JSON.parse(readFileSync(join(folder, "snapshot"), "utf8"));
    const put = async (part: object): Promise<void> => {
      const changed = { ...statement, ...part };
      changed.signature = encodeSignature("ed25519", await site.sign(statementMessage(changed)));
      writeFileSync(join(folder, "snapshot"), encodeCanonical(changed));
    };
    const file = join(folder, "snapshot.state-30");
    const state = JSON.parse(readFileSync(file, "utf8"));
    const other = encodeCanonical({ ...state, contractOfTomorrow: {} });
    writeFileSync(file, other);
    await put({ state: { bytes: other.length, sha256: await hash(other) } });
    await ignored(folder, "version of the contracts");
    const again = copied();
    cpSync(again, folder, { recursive: true });
    await put({ root: "ab".repeat(32) });
    await ignored(folder, "root");
  });
});

describe("a snapshot that the key signed", () => {
  test("of fewer entries than the log has is gone on from, however old", async () => {
    const folder = copied();
    await opened(folder, async (ledger) => {
      for (let i = 0; i < 30; i++) await ledger.submit(await anyCall(ledger, site));
    });
    for (const name of namesOf(folder)) rmSync(join(folder, name));
    for (const name of namesOf(base.folder))
      cpSync(join(base.folder, name), join(folder, name), { recursive: true });
    expect(await openingOf(folder)).toEqual({ fromSnapshot: 30, replayed: 33 });
  });

  test("of a longer log shows that the log was put back: an error that names the snapshot", async () => {
    const folder = copied();
    await opened(folder, async (ledger) => {
      for (let i = 0; i < 30; i++) await ledger.submit(await anyCall(ledger, site));
    });
    const old = copied();
    for (const name of namesOf(old)) rmSync(join(old, name));
    for (const name of namesOf(folder)) cpSync(join(folder, name), join(old, name));
    const error = await openFileLedger(old, options()).catch((e: LedgerError) => e);
    expect(error).toMatchObject({
      code: "EMRX_DAMAGED",
      details: { file: join(old, "snapshot"), offset: 0 },
    });
    const { message: problem } = error as LedgerError;
    expect(problem).toContain("longer");
    // The check says the same, if it is told the key that a snapshot counts by.
    const damage = { file: join(old, "snapshot"), offset: 0, problem };
    const report = await checkFolder(old, { verifyKey: site });
    expect(report).toEqual({ sound: false, entries: 33, damage });
    expect(await checkFolder(old)).toMatchObject({ sound: true, entries: 33 });
  });

  test("counts only as far as its statement goes: what a kill left after that is passed over", async () => {
    const folder = copied();
    for (const name of ["snapshot.rows", "snapshot.details"]) {
      const file = join(folder, name);
      writeFileSync(file, Buffer.concat([readFileSync(file), Buffer.alloc(777, 7)]));
    }
    writeFileSync(join(folder, "snapshot.state-999"), "half a st");
    writeFileSync(join(folder, "snapshot.new"), "{");
    expect(await openingOf(folder)).toEqual({ fromSnapshot: 30, replayed: 3 });
    await opened(folder, async (ledger) => {
      for (let i = 0; i < 12; i++) await ledger.submit(await anyCall(ledger, site));
    });
    const { fromSnapshot } = await openingOf(folder);
    expect(fromSnapshot).toBeGreaterThan(30);
    expect(namesOf(folder)).toContain(`snapshot.state-${fromSnapshot}`);
    expect(namesOf(folder)).not.toContain("snapshot.state-999");
  });
});

test("the check of a folder checks the snapshot too, and a bad one is no damage to the ledger", async () => {
  const verifyKey = site;
  expect(await checkFolder(base.folder, { verifyKey })).toEqual({
    sound: true,
    entries: 33,
    snapshot: { entries: 30 },
  });
  expect(await checkFolder(base.folder)).toMatchObject({
    sound: true,
    snapshot: { problem: expect.stringContaining("no key") },
  });
  const folder = copied();
  const file = join(folder, "snapshot.rows");
  const rows = readFileSync(file);
  rows[40] = (rows[40] as number) ^ 1;
  writeFileSync(file, rows);
  expect(await checkFolder(folder, { verifyKey })).toMatchObject({
    sound: true,
    snapshot: { problem: expect.stringContaining("snapshot.rows") },
  });
});

import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { callId, createGenesis } from "../../src/calls.js";
import { LedgerError } from "../../src/errors.js";
import { crc32c } from "../../src/file/crc32c.js";
import { openFileLedger, openFileLog } from "../../src/file.js";
import { auditLedger } from "../../src/ledger.js";
import * as w from "../contracts/world.js";
import { anyCall, codeOf, identity, sign, take } from "../ledger/helpers.js";
import { NO_CHAIN, segmentOf, slotOf } from "./crafted.js";
import { filesOf, scratchFolders, segmentsOf } from "./folders.js";

const folder = scratchFolders();
const { genesis } = w;

/** A folder with a closed ledger of `calls` calls, in small segments. */
async function written(calls: number, segmentBytes = 1500): Promise<string> {
  const path = folder();
  const ledger = await openFileLedger(path, { genesis, segmentBytes });
  const me = await identity(1);
  for (let i = 0; i < calls; i++) await ledger.submit(await anyCall(ledger, me));
  await ledger.close();
  return path;
}

test("CRC-32C gives the check value of the catalogue and the values of RFC 3720 B.4", () => {
  expect(crc32c(new TextEncoder().encode("123456789"))).toBe(0xe3069283);
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
});

test("segment and watermark have the bytes that the format states: records with their leaf hashes, then the seal", async () => {
  const path = folder();
  const log = await openFileLog(path, { clock: () => 2 ** 40 + 7 });
  const commits = [[new Uint8Array(), Uint8Array.of(1, 2, 3)], [Uint8Array.of(4)]];
  for (const entries of commits) await log.append(entries);
  await log.close();
  const time = 2 ** 40 + 7;
  const records = commits.map((entries) => entries.map((bytes) => ({ time, bytes })));
  const { data, chains } = segmentOf(0, NO_CHAIN, records);
  expect(readFileSync(join(path, "0000000000000000.log"))).toEqual(data);
  const [, , last] = chains as [Buffer, Buffer, Buffer];
  const slots = [slotOf(2, 2, chains[1] as Buffer), slotOf(3, 3, last)];
  expect(readFileSync(join(path, "watermark"))).toEqual(Buffer.concat(slots));
});

test("a commit that was cut short counts not at all: appending is all or none, whatever happens", async () => {
  const path = folder();
  const name = "0000000000000000.log";
  const append = async (...entries: number[]): Promise<Buffer> => {
    const log = await openFileLog(path);
    await log.append(entries.map((value) => Uint8Array.of(value)));
    await log.close();
    return readFileSync(join(path, name));
  };
  const before = await append(1);
  const early = folder();
  cpSync(path, early, { recursive: true });
  const after = await append(2, 3, 4);
  const cuts = Array.from({ length: 20 }, (_, i) => before.length + 10 * i);
  expect(after.length).toBe(before.length + 3 * 50 + 41);
  // As a kill leaves it: the watermark does not know of the second append, of which a part stands in the file.
  for (const length of [...cuts, after.length]) {
    const copy = folder();
    cpSync(early, copy, { recursive: true });
    writeFileSync(join(copy, name), after.subarray(0, length));
    const found = await openFileLog(copy);
    expect(await found.size(), `${length}`).toBe(length === after.length ? 4 : 1);
    await found.close();
  }
});

describe("reopening", () => {
  test("finds everything again: entries, state, idempotency, events, proofs, time", async () => {
    const path = folder();
    let now = 1000;
    const options = { segmentBytes: 2000, clock: () => now };
    const first = await openFileLedger(path, { genesis, ...options });
    const me = await identity(1);
    const call = await sign(first, me, w.policy());
    const receipt = await first.submit(call);
    expect(await codeOf(first.submit(await sign(first, me, w.policy())))).toBe(
      "EMRX_POLICY_VERSION",
    );
    for (let i = 0; i < 20; i++) await first.submit(await anyCall(first, me));
    const [checkpoint, digest] = [
      await first.checkpoint(),
      await first.view({ type: "ledger.digest" }),
    ];
    const events = await take(first.events(), 21);
    await first.close();
    expect(segmentsOf(path).length).toBeGreaterThan(3);
    now = 500;
    const again = await openFileLedger(path, options);
    expect(await again.checkpoint()).toEqual(checkpoint);
    expect(await again.view({ type: "ledger.digest" })).toBe(digest);
    expect(await again.submit(call)).toEqual(receipt);
    expect(await take(again.events(events[9]?.cursor), 11)).toEqual(events.slice(10));
    expect((await again.submit(await anyCall(again, me))).time).toBe(1000);
    expect((await auditLedger(again, { trustedCheckpoint: checkpoint })).passed).toBe(true);
    await again.close();
  });

  test("appends made together share commits and come out in order", async () => {
    const log = await openFileLog(folder());
    const all = await Promise.all(
      Array.from({ length: 200 }, (_, i) => log.append([Uint8Array.of(i), Uint8Array.of(i, i)])),
    );
    expect(all).toEqual(Array.from({ length: 200 }, (_, i) => 2 * i));
    const entries = await take(log.read(0, 400), 400);
    expect(entries.map(({ bytes }) => [...bytes])).toEqual(
      Array.from({ length: 400 }, (_, i) => Array((i % 2) + 1).fill(i >> 1)),
    );
    await log.close();
  });

  test("an append from within the answer to another is not forgotten", async () => {
    const log = await openFileLog(folder());
    let index = await log.append([Uint8Array.of(0)]);
    for (let i = 0; i < 50; i++) index = await log.append([Uint8Array.of(i)]);
    expect(index).toBe(50);
    await log.close();
  });

  test("a new folder needs a genesis; another genesis is refused and leaves no lock", async () => {
    const path = folder();
    expect(await codeOf(openFileLedger(path))).toBe("EMRX_GENESIS");
    await (await openFileLedger(path, { genesis })).close();
    const other = createGenesis({ name: "other" });
    expect(await codeOf(openFileLedger(path, { genesis: other }))).toBe("EMRX_GENESIS");
    await (await openFileLedger(path)).close();
  });
});

describe("one writer", () => {
  test("a second opening is refused while the first lives, in this process or another", async () => {
    const path = folder();
    const ledger = await openFileLedger(path, { genesis });
    expect(await codeOf(openFileLedger(path))).toBe("EMRX_LOCKED");
    await ledger.close();
    await (await openFileLedger(path)).close();
  });
});

test("an open ledger and its readers let go of every file", {
  skip: !existsSync("/proc/self/fd"),
}, async () => {
  const held = (): number => readdirSync("/proc/self/fd").length;
  const path = await written(6, 600);
  const before = held();
  const log = await openFileLog(path, { segmentBytes: 600 });
  const open = held();
  expect(open).toBe(before + 4); // the last segment, the watermark, the fence and the lock
  for (let i = 0; i < 9; i++) await log.append([new Uint8Array(300)]);
  await take(log.read(0, 16), 16);
  expect(held()).toBe(open);
  await log.close();
  expect(held()).toBe(before);
  writeFileSync(join(path, "watermark"), "");
  expect(await codeOf(openFileLog(path))).toBe("EMRX_DAMAGED");
  expect(held()).toBe(before);
});

describe("damage", () => {
  /** Opens a damaged copy; the error, or undefined if it opens. */
  async function open(path: string): Promise<LedgerError | undefined> {
    try {
      await (await openFileLedger(path)).close();
      return undefined;
    } catch (error) {
      if (error instanceof LedgerError) return error;
      throw error;
    }
  }

  test("a flipped bit anywhere in any file is reported with file and offset", async () => {
    const path = await written(4);
    const copy = folder();
    let flips = 0;
    for (const name of filesOf(path)) {
      const data = readFileSync(join(path, name));
      for (let at = 0; at < data.length; at += 37) {
        rmSync(copy, { recursive: true, force: true });
        cpSync(path, copy, { recursive: true });
        const altered = Buffer.from(data);
        altered[at] = (altered[at] as number) ^ (1 << (at % 8));
        writeFileSync(join(copy, name), altered);
        const error = await open(copy);
        expect(error?.code, `${name} ${at}`).toBe("EMRX_DAMAGED");
        expect(error?.details["file"]).toContain(copy);
        expect(error?.details["offset"]).toBeTypeOf("number");
        flips++;
      }
    }
    expect(flips).toBeGreaterThan(90);
  });

  test("any cut, in any file, is reported: nothing acknowledged goes unnoticed", async () => {
    const path = await written(4);
    const copy = folder();
    for (const name of filesOf(path)) {
      const { length } = readFileSync(join(path, name));
      for (let at = 0; at < length; at += 97) {
        rmSync(copy, { recursive: true, force: true });
        cpSync(path, copy, { recursive: true });
        truncateSync(join(copy, name), at);
        expect((await open(copy))?.code, `${name} ${at}`).toBe("EMRX_DAMAGED");
      }
    }
  });

  test("a file that is missing, two segments that changed names, an entry put twice are reported", async () => {
    const path = await written(8);
    const names = filesOf(path);
    const logs = names.filter((name) => name.endsWith(".log"));
    expect(logs.length).toBeGreaterThan(2);
    const copy = folder();
    const fresh = (): void => {
      rmSync(copy, { recursive: true, force: true });
      cpSync(path, copy, { recursive: true });
    };
    for (const name of names) {
      fresh();
      rmSync(join(copy, name));
      expect((await open(copy))?.code, name).toBe("EMRX_DAMAGED");
    }
    fresh();
    cpSync(join(path, logs[0] as string), join(copy, logs[1] as string));
    cpSync(join(path, logs[1] as string), join(copy, logs[0] as string));
    expect((await open(copy))?.code).toBe("EMRX_DAMAGED");
    fresh();
    const first = readFileSync(join(copy, logs[0] as string));
    writeFileSync(join(copy, logs[0] as string), Buffer.concat([first, first.subarray(52)]));
    expect((await open(copy))?.code).toBe("EMRX_DAMAGED");
  });

  test("an unfinished write after the last acknowledged entry is cut off and reported as such", async () => {
    const path = await written(3, 1 << 20);
    const file = join(path, segmentsOf(path)[0] as string);
    const whole = readFileSync(file);
    const record = whole.subarray(52, 400);
    for (const length of [1, 12, 48, 49, 200]) {
      writeFileSync(file, Buffer.concat([whole, record.subarray(0, length)]));
      const log = await openFileLog(path);
      expect(log.recovered).toMatchObject({ file, offset: whole.length, bytes: length });
      expect(await log.size()).toBe(4);
      await log.close();
      expect(readFileSync(file)).toEqual(whole);
    }
  });

  test("a file altered while the ledger is open is noticed when it is read", async () => {
    const path = folder();
    const ledger = await openFileLedger(path, { genesis });
    const me = await identity(1);
    for (let i = 0; i < 3; i++) await ledger.submit(await anyCall(ledger, me));
    const file = join(path, segmentsOf(path)[0] as string);
    const data = readFileSync(file);
    data[100] = (data[100] as number) ^ 1;
    writeFileSync(file, data);
    expect(await codeOf(take(ledger.entries(), 4))).toBe("EMRX_DAMAGED");
    await ledger.close();
  });

  test("a file that has become shorter while the log is open is noticed when it is read", async () => {
    const path = folder();
    const log = await openFileLog(path);
    for (let i = 0; i < 3; i++) await log.append([new Uint8Array(100)]);
    const file = join(path, "0000000000000000.log");
    truncateSync(file, 52 + 190 + 10);
    await take(log.read(0, 1), 1);
    const error = await take(log.read(0, 2), 2).catch((cause) => cause);
    const details = { file, offset: 52 + 190 + 10 };
    expect(error).toMatchObject({ code: "EMRX_DAMAGED", details });
    await log.close();
  });

  test("an old copy put back opens, unless a checkpoint kept elsewhere is given", async () => {
    const path = await written(3);
    const old = folder();
    cpSync(path, old, { recursive: true });
    const ledger = await openFileLedger(path);
    await ledger.submit(await anyCall(ledger, await identity(1)));
    const trustedCheckpoint = await ledger.checkpoint();
    await ledger.close();
    expect(await open(old)).toBeUndefined();
    expect(await codeOf(openFileLedger(old, { trustedCheckpoint }))).toBe("EMRX_ROLLED_BACK");
    await (await openFileLedger(path, { trustedCheckpoint })).close();
    // The same length, but another history.
    const forked = await openFileLedger(old);
    await forked.submit(await anyCall(forked, await identity(1)));
    await forked.close();
    expect(await codeOf(openFileLedger(old, { trustedCheckpoint }))).toBe("EMRX_ROLLED_BACK");
  });
});

describe("the checkpoint", () => {
  const read = (path: string): Record<string, unknown> =>
    JSON.parse(readFileSync(join(path, "checkpoint"), "utf8"));

  test("is signed, states size, root and time, and is checked at opening", async () => {
    const path = folder();
    const [site, other] = [await identity(1), await identity(2)];
    const ledger = await openFileLedger(path, { genesis, signer: site });
    await ledger.submit(await anyCall(ledger, site));
    const checkpoint = await ledger.checkpoint();
    await ledger.close();
    expect(read(path)).toMatchObject({ ...checkpoint, format: "emrx-checkpoint/1" });
    await (await openFileLedger(path, { signer: site, verifyKey: site })).close();
    expect(await codeOf(openFileLedger(path, { verifyKey: other }))).toBe(
      "EMRX_CHECKPOINT_SIGNATURE",
    );
    expect(await codeOf(openFileLedger(path, { signer: other }))).toBe("EMRX_CHECKPOINT_SIGNATURE");
    // Without a key the signed checkpoint stays what it is.
    const plain = await openFileLedger(path);
    await plain.submit(await anyCall(plain, site));
    await plain.close();
    expect(read(path)).toMatchObject({ size: checkpoint.size });
    // A checkpoint whose signature was taken away does not pass for a signed one.
    const { signer: _, signature: __, ...bare } = read(path);
    writeFileSync(join(path, "checkpoint"), JSON.stringify(bare));
    expect(await codeOf(openFileLedger(path, { verifyKey: site }))).toBe(
      "EMRX_CHECKPOINT_SIGNATURE",
    );
  });
});

describe("a system that refuses", () => {
  test("options that are no whole numbers, before anything is made of them", async () => {
    const path = folder();
    for (const bad of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(await codeOf(openFileLog(path, { segmentBytes: bad }))).toBe("EMRX_INVALID_OPTION");
      const snapshotEvery = bad || -2;
      expect(await codeOf(openFileLedger(path, { genesis, snapshotEvery }))).toBe(
        "EMRX_INVALID_OPTION",
      );
    }
    expect(existsSync(path)).toBe(false);
  });

  test("a clock that gives no time: nothing is written, and the log opens again", async () => {
    const path = folder();
    let now = 5;
    const log = await openFileLog(path, { clock: () => now });
    await log.append([Uint8Array.of(1)]);
    now = Number.NaN;
    const error = await log.append([Uint8Array.of(2)]).catch((cause) => cause);
    expect(error).toMatchObject({ code: "EMRX_STORAGE", cause: { code: "EMRX_INVALID_OPTION" } });
    await log.close();
    const again = await openFileLog(path);
    expect(await again.size()).toBe(1);
    await again.close();
  });

  test("a path that is a file, a folder that cannot be written", async () => {
    const path = folder();
    writeFileSync(path, "x");
    expect(await codeOf(openFileLedger(path, { genesis }))).toBe("EMRX_STORAGE");
    expect(await codeOf(openFileLedger(join(path, "below"), { genesis }))).toBe("EMRX_STORAGE");
  });

  test("an entry that is too long is refused and the log goes on", async () => {
    const log = await openFileLog(folder());
    expect(await codeOf(log.append([new Uint8Array((16 << 20) + 1)]))).toBe("EMRX_ENTRY_TOO_LARGE");
    expect(await log.append([Uint8Array.of(1)])).toBe(0);
    await log.close();
    await log.close();
    expect(await codeOf(log.append([Uint8Array.of(1)]))).toBe("EMRX_CLOSED");
    expect(await codeOf(take(log.read(0, 1), 1))).toBe("EMRX_CLOSED");
  });
});

test("the status of a call survives closing", async () => {
  const path = folder();
  const ledger = await openFileLedger(path, { genesis });
  const call = await anyCall(ledger, await identity(1));
  await ledger.submit(call);
  await ledger.close();
  const again = await openFileLedger(path);
  expect((await again.status(callId(call))).state).toBe("final");
  await again.close();
});

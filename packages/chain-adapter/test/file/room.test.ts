// The last file grows by zeros, ahead of what is written to it. They must pass for room where room can be, and for damage where
// entries were.
import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { LedgerError } from "../../src/errors.js";
import { platformDisk } from "../../src/file/disk.js";
import { checkFolder, type FileLog, openFileLog } from "../../src/file.js";
import { codeOf, take } from "../ledger/helpers.js";
import { scratchFolders, segmentsOf } from "./folders.js";

const folder = scratchFolders();

/** A copy of a folder as a process leaves it that is killed now. */
function killed(path: string): string {
  const copy = folder();
  cpSync(path, copy, { recursive: true, filter: (name) => !name.endsWith("/owner") });
  return copy;
}
const lastFile = (path: string): string => join(path, segmentsOf(path).at(-1) as string);
const clock = (): number => 1000;
const entry = (i: number): Uint8Array<ArrayBuffer> => new Uint8Array(100).fill(i + 1);
const MEBIBYTE = 2 ** 20;

/** An open log with entries, one a commit, and where the last of them ends in its file. */
async function written(
  entries: number,
  segmentBytes?: number,
): Promise<{ path: string; log: FileLog; end: number }> {
  const path = folder();
  const log = await openFileLog(path, {
    clock,
    ...(segmentBytes === undefined ? {} : { segmentBytes }),
  });
  for (let i = 0; i < entries; i++) await log.append([entry(i)]);
  return { path, log, end: 52 + entries * (100 + 49 + 41) };
}

test("an open log has room behind its entries, a closed one has none", async () => {
  const { path, log, end } = await written(3);
  const open = readFileSync(lastFile(path));
  expect(open.length).toBe(MEBIBYTE);
  expect(open.subarray(end).every((byte) => byte === 0)).toBe(true);
  expect(open[end - 1]).not.toBe(0);
  expect(await checkFolder(path)).toEqual({ sound: true, entries: 3 });
  await log.close();
  expect(readFileSync(lastFile(path))).toEqual(open.subarray(0, end));
});

test("the file grows by whole mebibytes, also under commits that are longer than its room", async () => {
  const { path, log } = await written(1);
  const long = new Uint8Array(700_000).fill(7);
  const lengths: number[] = [];
  for (let i = 0; i < 5; i++) {
    await log.append([long, entry(i), long]);
    lengths.push(statSync(lastFile(path)).size / MEBIBYTE);
  }
  expect(lengths).toEqual([2, 3, 5, 6, 7]);
  const again = await openFileLog(killed(path), { clock });
  expect(again.recovered).toBeUndefined();
  expect((await take(again.read(0, 16), 16)).map(({ bytes }) => bytes.length)).toEqual([
    100,
    ...Array.from({ length: 15 }, (_, i) => (i % 3 === 1 ? 100 : 700_000)),
  ]);
  await again.close();
  await log.close();
});

test("killed at any entry, in files of any length, the log opens with all of them and goes on as if nothing had been", async () => {
  for (const segmentBytes of [1, 400, 1000, 1500, 2 ** 20]) {
    const { path, log } = await written(0, segmentBytes);
    for (let i = 0; i < 20; i++) {
      await log.append([entry(i)]);
      const copy = killed(path);
      expect(await checkFolder(copy)).toEqual({ sound: true, entries: i + 1 });
      const again = await openFileLog(copy, { clock, segmentBytes });
      expect(again.recovered).toBeUndefined();
      for (let j = i + 1; j < 20; j++) await again.append([entry(j)]);
      await again.close();
      const entries = await openFileLog(copy);
      expect((await take(entries.read(0, 20), 20)).map(({ bytes }) => bytes)).toEqual(
        Array.from({ length: 20 }, (_, j) => entry(j)),
      );
      await entries.close();
    }
    // A file has room up to its limit and none beyond, where the last commit in it may end.
    const files = segmentsOf(path);
    for (const [position, name] of files.entries()) {
      const { size } = statSync(join(path, name));
      const beyond = size > segmentBytes || position < files.length - 1;
      if (beyond) expect((size - 52) % 190).toBe(0);
      else expect(size).toBe(segmentBytes);
    }
    await log.close();
  }
});

test("a write that was not finished is found in the room and cut off, to its last byte that is not zero", async () => {
  const { path, log, end } = await written(2);
  const commit = readFileSync(lastFile(path)).subarray(52, 52 + 190);
  const copies = [1, 17, 18, 149, 189].map((length) => {
    const copy = killed(path);
    const file = lastFile(copy);
    const data = readFileSync(file);
    // Of a page that was written, anything may have come to the disk.
    data.set(commit.subarray(0, length), end);
    writeFileSync(file, data);
    return { copy, file, written: Buffer.from(data.subarray(end, end + length)) };
  });
  await log.close();
  for (const { copy, file, written } of copies) {
    const bytes = written.toString("latin1").replace(/\0+$/, "").length;
    const again = await openFileLog(copy, { clock });
    expect(again.recovered).toMatchObject({ file, offset: end, bytes });
    expect(await again.append([entry(2)])).toBe(2);
    await again.close();
    expect(readFileSync(file).length).toBe(end + 190);
    expect(await checkFolder(copy)).toEqual({ sound: true, entries: 3 });
  }
});

test("zeros where an acknowledged entry was are damage, not room", async () => {
  const { path, log, end } = await written(3);
  for (const from of [end - 190, end - 100, end - 41, end - 1]) {
    const copy = killed(path);
    const file = lastFile(copy);
    writeFileSync(file, readFileSync(file).fill(0, from));
    const found = await openFileLog(copy).catch((error: LedgerError) => error);
    expect(found, `${from}`).toMatchObject({ code: "EMRX_DAMAGED", details: { file } });
  }
  await log.close();
});

test("only the last file may have room", async () => {
  const { path, log } = await written(12, 400);
  await log.close();
  const files = segmentsOf(path);
  expect(files.length).toBeGreaterThan(3);
  for (const [position, name] of files.entries()) {
    const copy = folder();
    cpSync(path, copy, { recursive: true });
    const file = join(copy, name);
    const whole = readFileSync(file);
    writeFileSync(file, Buffer.concat([whole, Buffer.alloc(100)]));
    const report = await checkFolder(copy);
    if (position === files.length - 1) expect(report).toEqual({ sound: true, entries: 12 });
    else expect(report).toMatchObject({ sound: false, damage: { file, offset: whole.length } });
  }
});

test("a file that was begun and has no whole header yet is taken away", async () => {
  const { path, log } = await written(5, 500);
  await log.close();
  const next = join(path, "0000000000000005.log");
  for (const bytes of [0, 1, 51, 52]) {
    writeFileSync(next, new Uint8Array(bytes));
    const again = await openFileLog(path, { clock, segmentBytes: 500 });
    expect(again.recovered).toMatchObject({ file: next, offset: 0 });
    expect(readdirSync(path)).not.toContain("0000000000000005.log");
    await again.close();
    expect(await checkFolder(path)).toEqual({ sound: true, entries: 5 });
  }
});

test("where there is space for an entry but not for room, the log says so, and nothing that was acknowledged is lost", async () => {
  const path = folder();
  let space = Number.POSITIVE_INFINITY;
  const log = await openFileLog(path, {
    clock,
    disk: {
      ...platformDisk,
      write(descriptor, bytes, position) {
        if (position + bytes.length > space) {
          throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
        }
        return platformDisk.write(descriptor, bytes, position);
      },
    },
  });
  for (let i = 0; i < 3; i++) await log.append([entry(i)]);
  space = MEBIBYTE;
  await log.append([new Uint8Array(MEBIBYTE - 52 - 3 * 190 - 90)]); // to the end of the room
  expect(await codeOf(log.append([entry(4)]))).toBe("EMRX_STORAGE");
  await log.close();
  const again = await openFileLog(path, { clock });
  expect(await again.size()).toBe(4);
  await again.close();
});

test("a disk that takes only some bytes at a time gets all of them, each once", async () => {
  const path = folder();
  const written = new Map<number, number>();
  const log = await openFileLog(path, {
    clock,
    segmentBytes: 900,
    disk: {
      ...platformDisk,
      write(descriptor, bytes, position) {
        const some = bytes.subarray(0, 7);
        for (let i = 0; i < some.length; i++) {
          written.set(position + i, (written.get(position + i) ?? 0) + 1);
        }
        return platformDisk.write(descriptor, some, position);
      },
    },
  });
  for (let i = 0; i < 4; i++) await log.append([entry(i)]);
  // Room once, with the first commit; commits once, over the room from the second on.
  const end = 52 + 4 * 190;
  expect(written.size).toBe(900 - 52);
  for (let at = 52; at < 900; at++) {
    expect(written.get(at), `${at}`).toBe(at >= 52 + 190 && at < end ? 2 : 1);
  }
  await log.close();
  const again = await openFileLog(path, { clock });
  expect((await take(again.read(0, 4), 4)).map(({ bytes }) => bytes)).toEqual(
    [0, 1, 2, 3].map(entry),
  );
  await again.close();
});

test("a file that ends exactly where a new one is due is the last of its kind", async () => {
  const { path, log } = await written(5, 52 + 3 * 190);
  expect(segmentsOf(path)).toEqual(["0000000000000000.log", "0000000000000003.log"]);
  await log.close();
});

test("an append is acknowledged when the disk has it, not before", async () => {
  let release: (() => void) | undefined;
  let held = false;
  const log = await openFileLog(folder(), {
    clock,
    disk: {
      ...platformDisk,
      async sync(descriptor) {
        if (held) await new Promise<void>((done) => (release = done));
        await platformDisk.sync(descriptor);
      },
    },
  });
  held = true;
  let acknowledged = false;
  const appended = log.append([entry(0)]).then(() => {
    acknowledged = true;
  });
  while (release === undefined) await new Promise((turn) => setTimeout(turn, 1));
  await new Promise((turn) => setTimeout(turn, 20));
  expect(acknowledged).toBe(false);
  expect(await log.size()).toBe(0);
  held = false;
  release();
  await appended;
  expect(await log.size()).toBe(1);
  await log.close();
});

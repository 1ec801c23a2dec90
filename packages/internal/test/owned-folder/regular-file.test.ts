import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { openRegularFile, readRegularFile, standsAt } from "../../src/regular-file.js";

const folder = mkdtempSync(join(tmpdir(), "emrx-regular-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("a FIFO, a device or a folder in the place of a file is refused, without waiting", () => {
  const fifo = join(folder, "fifo");
  expect(spawnSync("mkfifo", [fifo]).status).toBe(0);
  for (const [file, access] of [
    [fifo, "read"],
    [fifo, "write"],
    ["/dev/zero", "read"],
    [folder, "read"],
  ] as const) {
    expect(() => openRegularFile(file, access)).toThrow("is no regular file");
  }
  expect(() => readRegularFile(fifo)).toThrow("is no regular file");
  expect(() => openRegularFile(join(folder, "none"))).toThrow("ENOENT");
});

test("a regular file is read whole, up to a limit", () => {
  const file = join(folder, "file");
  const bytes = Buffer.from("some bytes");
  writeFileSync(file, bytes);
  expect(readRegularFile(file)).toEqual(bytes);
  expect(readRegularFile(file, { from: 5 })).toEqual(bytes.subarray(5));
  expect(readRegularFile(file, { from: 11 })).toEqual(Buffer.alloc(0));
  expect(readRegularFile(file, { limit: bytes.length })).toEqual(bytes);
  expect(() => readRegularFile(file, { limit: bytes.length - 1 })).toThrow("more than the 9");
});

test("an open file is told from another of the same name and bytes", () => {
  const file = join(folder, "named");
  writeFileSync(file, "one");
  const descriptor = openRegularFile(file, "write");
  expect(standsAt(file, descriptor)).toBe(true);
  writeFileSync(`${file}.new`, "one");
  renameSync(`${file}.new`, file);
  expect(standsAt(file, descriptor)).toBe(false);
  rmSync(file);
  expect(standsAt(file, descriptor)).toBe(false);
  closeSync(descriptor);
});

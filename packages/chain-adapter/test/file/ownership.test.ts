// Two processes never both write: what one of them acknowledged is there in the end, whatever was done to lock and folder.
import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  bundleProgram,
  noNamespaces,
  type Running,
  startProgram,
} from "../../../internal/test/owned-folder/processes.js";
import { checkFolder, openFileLedger, openFileLog, readFileLog } from "../../src/file.js";
import * as w from "../contracts/world.js";
import { anyCall, codeOf, identity, take } from "../ledger/helpers.js";
import { filesOf, scratchFolders, segmentsOf } from "./folders.js";

const folder = scratchFolders();
let program = "";
beforeAll(async () => {
  const scratch = folder();
  mkdirSync(scratch);
  program = await bundleProgram(new URL("writer.ts", import.meta.url), scratch);
});
const running: Running[] = [];
const start = (path: string, name: string, ownNamespace = false): Running => {
  const writer = startProgram(program, [path, name], ownNamespace);
  running.push(writer);
  return writer;
};
afterEach(async () => {
  for (const writer of running.splice(0)) {
    writer.child.kill("SIGCONT");
    await writer.kill();
  }
});

const said = (line: string): boolean => /^\d+ /.test(line);
/** Every acknowledged entry stands where it was acknowledged. */
async function expectAcknowledged(path: string, lines: readonly string[]): Promise<void> {
  const log = await openFileLog(path);
  const entries = await take(log.read(0, await log.size()), await log.size());
  const texts = entries.map(({ bytes }) => new TextDecoder().decode(bytes));
  for (const line of lines.filter(said)) {
    const [index, ...text] = line.split(" ");
    expect(texts[Number(index)]).toBe(text.join(" "));
  }
  await log.close();
  expect(await checkFolder(path)).toMatchObject({ sound: true, entries: texts.length });
}
const lockOf = (path: string): string =>
  join(path, "owner", readdirSync(join(path, "owner")).find((name) => name !== "fence") ?? "");

describe.skipIf(noNamespaces() !== undefined)(
  `in PID namespaces of their own (skipped where unshare cannot make them: ${noNamespaces() ?? "here it can"})`,
  () => {
    test("of two containers with one volume one writes, and the other when that one is dead", async () => {
      const path = folder();
      const [a, b] = [start(path, "a", true), start(path, "b", true)];
      const opened = [await a.line(), await b.line()];
      expect(opened.sort()).toEqual(["EMRX_LOCKED", "open"]);
      const [first, second] = opened[0] === "open" ? [a, b] : [b, a];
      const holder = (await first.ask("append")).startsWith("0 ") ? first : second;
      const other = holder === a ? b : a;
      const lines: string[] = [];
      for (let i = 0; i < 3; i++) lines.push(await holder.ask("append"));
      expect(await other.ask("open")).toBe("EMRX_LOCKED");
      await holder.kill();
      expect(await other.ask("open")).toBe("open");
      for (let i = 0; i < 3; i++) lines.push(await other.ask("append"));
      expect(await other.ask("close")).toBe("closed");
      expect(lines.every(said)).toBe(true);
      await expectAcknowledged(path, lines);
    });
  },
);

test("a writer that is stopped keeps the folder, and goes on when it continues", async () => {
  const path = folder();
  const writer = start(path, "a");
  expect(await writer.line()).toBe("open");
  const lines = [await writer.ask("append")];
  writer.child.kill("SIGSTOP");
  expect(await codeOf(openFileLog(path))).toBe("EMRX_LOCKED");
  writer.child.kill("SIGCONT");
  lines.push(await writer.ask("append"));
  await writer.ask("close");
  expect(lines.every(said)).toBe(true);
  await expectAcknowledged(path, lines);
});

test.each([
  ["the lock", (path: string) => rmSync(lockOf(path))],
  ["lock and fence", (path: string) => rmSync(join(path, "owner"), { recursive: true })],
])(
  "%s deleted by hand: both go on, one is refused, nothing acknowledged is lost",
  async (_, lose) => {
    for (let turn = 0; turn < 10; turn++) {
      const path = folder();
      const [a, b] = [start(path, "a"), start(path, "b")];
      await Promise.all([a.line(), b.line()]);
      expect([await a.ask("close"), await b.ask("close")]).toContain("closed");
      expect(await a.ask("open")).toBe("open");
      const lines: string[] = [];
      for (let i = 0; i < 3; i++) lines.push(await a.ask("append"));
      // The first is in the middle of its work when it loses the folder.
      const late = Array.from({ length: 30 }, () => a.ask("append"));
      lose(path);
      expect(await b.ask("open")).toBe("open");
      for (let i = 0; i < 5; i++) lines.push(await b.ask("append"));
      lines.push(...(await Promise.all(late)));
      expect(await a.ask("append")).toBe("EMRX_OWNERSHIP_LOST");
      expect(await a.ask("append")).toBe("EMRX_OWNERSHIP_LOST");
      expect(await a.ask("close")).toBe("closed");
      for (let i = 0; i < 5; i++) lines.push(await b.ask("append"));
      expect(await b.ask("close")).toBe("closed");
      expect(lines.filter(said).length).toBeGreaterThanOrEqual(13);
      await expectAcknowledged(path, lines);
      await a.kill();
      await b.kill();
    }
  },
);

test("what a former owner writes late goes to files that nobody reads", async () => {
  const path = folder();
  const former = await openFileLog(path, { segmentBytes: 4000 });
  for (let i = 0; i < 40; i++) await former.append([new Uint8Array(200)]);
  const [watermark, last] = ["watermark", segmentsOf(path).at(-1) as string];
  const inodes = (): bigint[] =>
    [watermark, last].map((name) => statSync(join(path, name), { bigint: true }).ino);
  const before = inodes();
  rmSync(lockOf(path));
  const owner = await openFileLog(path, { segmentBytes: 4000 });
  expect(inodes().some((inode) => before.includes(inode))).toBe(false);
  expect(await owner.size()).toBe(40);
  expect(await codeOf(former.append([Uint8Array.of(1)]))).toBe("EMRX_OWNERSHIP_LOST");
  await former.close();
  await owner.append([Uint8Array.of(2)]);
  await owner.close();
  // After an orderly end nothing is copied.
  const kept = inodes();
  await (await openFileLog(path)).close();
  expect(inodes()).toEqual(kept);
  expect(await checkFolder(path)).toEqual({ sound: true, entries: 41 });
});

describe("no acknowledgement for what stands nowhere", () => {
  const ways: readonly (readonly [string, (path: string) => void])[] = [
    ["the folder is deleted", (path) => rmSync(path, { recursive: true })],
    ["the folder is renamed", (path) => renameSync(path, `${path}-elsewhere`)],
    [
      "a copy is put in the folder's place",
      (path) => {
        cpSync(path, `${path}-copy`, {
          recursive: true,
          filter: (name) => !/owner\/\d+$/.test(name),
        });
        renameSync(path, `${path}-old`);
        renameSync(`${path}-copy`, path);
      },
    ],
    ["the last segment is deleted", (path) => rmSync(join(path, segmentsOf(path).at(-1) ?? ""))],
    [
      "the last segment is replaced by a copy",
      (path) => {
        const file = join(path, segmentsOf(path).at(-1) ?? "");
        cpSync(file, `${file}.copy`);
        renameSync(`${file}.copy`, file);
      },
    ],
    [
      "the last segment is cut short",
      (path) => truncateSync(join(path, segmentsOf(path).at(-1) ?? ""), 60),
    ],
    [
      "the last segment is written to",
      (path) => appendFileSync(join(path, segmentsOf(path).at(-1) ?? ""), "x"),
    ],
    ["the watermark is deleted", (path) => rmSync(join(path, "watermark"))],
    [
      "the watermark is replaced by a copy",
      (path) => {
        cpSync(join(path, "watermark"), join(path, "copy"));
        renameSync(join(path, "copy"), join(path, "watermark"));
      },
    ],
  ];
  // Quiet: when names were looked at and none has changed for long enough that they are not looked at again.
  const cases = ways.flatMap(([what, harm]) => [
    { what: `${what}, at once`, harm, quiet: 0 },
    { what: `${what}, after a quiet while`, harm, quiet: 80 },
  ]);
  test.each(cases)("$what", async ({ harm, quiet }) => {
    const path = folder();
    const ledger = await openFileLedger(path, { genesis: w.genesis });
    const me = await identity(1);
    for (let i = 0; i < (quiet > 0 ? 3 : 1); i++) {
      await ledger.submit(await anyCall(ledger, me));
      await new Promise((resolve) => setTimeout(resolve, quiet));
    }
    harm(path);
    const call = await anyCall(ledger, me);
    expect(await codeOf(ledger.submit(call))).toBe("EMRX_OWNERSHIP_LOST");
    expect(await codeOf(ledger.submit(call))).toBe("EMRX_OWNERSHIP_LOST");
    await ledger.close();
  });
});

test("a folder under another name is the same folder", async () => {
  const path = folder();
  const log = await openFileLog(path);
  symlinkSync(path, `${path}-alias`);
  expect(await codeOf(openFileLog(`${path}-alias`))).toBe("EMRX_LOCKED");
  await log.close();
});

describe("a FIFO, a folder or a socket in the place of a file", () => {
  const put: readonly (readonly [string, (file: string) => void])[] = [
    ["FIFO", (file) => expect(spawnSync("mkfifo", [file]).status).toBe(0)],
    ["folder", (file) => mkdirSync(file)],
  ];
  test.each(put)(
    "%s: refused with its place, or left aside, and never waited for",
    async (_, make) => {
      const path = folder();
      const signer = await identity(9);
      const options = { signer, snapshotEvery: 4, segmentBytes: 1500 };
      const ledger = await openFileLedger(path, { ...options, genesis: w.genesis });
      for (let i = 0; i < 10; i++) await ledger.submit(await anyCall(ledger, signer));
      await ledger.close();
      const names = [...filesOf(path), "watermark.new", "checkpoint.new", "snapshot.new"];
      expect(names.length).toBeGreaterThan(8);
      for (const name of names) {
        const copy = folder();
        cpSync(path, copy, { recursive: true });
        rmSync(join(copy, name), { force: true });
        make(join(copy, name));
        for (const open of [
          () => readFileLog(copy, { verifyKey: signer }),
          () => openFileLedger(copy, options),
        ]) {
          const result = await codeOf(open().then((opened) => opened.close()));
          const spare = name.startsWith("snapshot") || name.endsWith(".new");
          // A folder in the place of a temporary file cannot be removed as a file can.
          const allowed = spare ? ["nothing thrown", "EMRX_STORAGE"] : ["EMRX_DAMAGED"];
          expect(allowed, `${name}: ${String(result)}`).toContain(result);
        }
        if (!name.endsWith(".new")) {
          const report = await checkFolder(copy, { verifyKey: signer });
          expect(report.sound, name).toBe(name.startsWith("snapshot"));
        }
      }
    },
  );

  test("also for the fence, which then is none", async () => {
    const path = folder();
    await (await openFileLog(path)).close();
    rmSync(join(path, "owner", "fence"));
    expect(spawnSync("mkfifo", [join(path, "owner", "fence")]).status).toBe(0);
    const log = await openFileLog(path);
    await log.append([Uint8Array.of(1)]);
    await log.close();
  });
});

test("a fence that says nonsense does not keep anybody out", async () => {
  const path = folder();
  await (await openFileLog(path)).close();
  for (const text of ["", "null", "{", '{"token":1}', "x".repeat(5000)]) {
    writeFileSync(join(path, "owner", "fence"), text);
    const log = await openFileLog(path);
    await log.append([Uint8Array.of(1)]);
    await log.close();
    expect(JSON.parse(readFileSync(join(path, "owner", "fence"), "utf8")).released).toBe(true);
  }
});

// Reading a folder that another process writes to: what is read was acknowledged, follows as it grows, and nothing is written.
import { chmodSync, cpSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { bundleProgram, startProgram } from "../../../internal/test/owned-folder/processes.js";
import { openFileLedger, openFileLog, readFileLedger, readFileLog } from "../../src/file.js";
import { auditLedger } from "../../src/ledger.js";
import * as w from "../contracts/world.js";
import { anyCall, codeOf, identity, take } from "../ledger/helpers.js";
import { scratchFolders } from "./folders.js";

const folder = scratchFolders();
let program = "";
beforeAll(async () => {
  const scratch = folder();
  mkdirSync(scratch);
  program = await bundleProgram(new URL("writer.ts", import.meta.url), scratch);
});

/** Every name in a folder, with inode, size and times. */
const everything = (path: string): unknown =>
  readdirSync(path, { recursive: true })
    .map((name) => {
      const { ino, size, mtimeNs, ctimeNs } = statSync(join(path, String(name)), { bigint: true });
      return [String(name), ino, size, mtimeNs, ctimeNs];
    })
    .sort();

test("an auditor reads while the writer holds the folder, sees what was acknowledged, and follows", async () => {
  const path = folder();
  const signer = await identity(9);
  const writer = await openFileLedger(path, {
    genesis: w.genesis,
    signer,
    snapshotEvery: 5,
    segmentBytes: 1500,
  });
  for (let i = 0; i < 12; i++) await writer.submit(await anyCall(writer, signer));
  const options = { verifyKey: signer, pollEvery: 5 };
  const reader = await readFileLedger(path, options);
  expect(await reader.checkpoint()).toEqual(await writer.checkpoint());
  expect(reader.opening.fromSnapshot).toBeGreaterThan(0);
  const events = reader.events();
  const news = take(events, 20);
  for (let i = 0; i < 8; i++) await writer.submit(await anyCall(writer, signer));
  expect((await news).map((batch) => (batch.kind === "events" ? batch.index : -1))).toEqual(
    Array.from({ length: 20 }, (_, i) => i + 1),
  );
  expect(await reader.checkpoint()).toEqual(await writer.checkpoint());
  expect((await auditLedger(reader)).passed).toBe(true);
  expect(await codeOf(reader.submit(await anyCall(reader, signer)))).toBe("EMRX_NOT_SUPPORTED");
  await reader.close();
  await writer.close();
  expect(await codeOf(reader.checkpoint())).toBe("EMRX_CLOSED");
});

test("reading writes nothing, not even in a folder that a killed writer left, and needs no right to", async () => {
  const path = folder();
  const writer = startProgram(program, [path, "a"]);
  expect(await writer.line()).toBe("open");
  for (let i = 0; i < 30; i++) await writer.ask("append");
  await writer.kill();
  for (const name of readdirSync(path))
    chmodSync(join(path, name), name === "owner" ? 0o500 : 0o400);
  chmodSync(path, 0o500);
  const before = everything(path);
  const log = await readFileLog(path);
  expect(await log.size()).toBe(30);
  expect(await take(log.read(0, 30), 30)).toHaveLength(30);
  await log.close();
  expect(everything(path)).toEqual(before);
  chmodSync(path, 0o700);
});

test("at every moment a reader sees a prefix of the acknowledged entries, and all that were acknowledged before it asked", async () => {
  const path = folder();
  const writer = startProgram(program, [path, "a"]);
  expect(await writer.line()).toBe("open");
  let acknowledged = 0;
  const lines: string[] = [];
  let writing = true;
  const write = (async () => {
    while (acknowledged < 300) {
      const line = await writer.ask("append");
      lines.push(line.slice(line.indexOf(" ") + 1));
      acknowledged++;
    }
    writing = false;
  })();
  let looks = 0;
  const follower = await openWhenThere(path);
  while (writing) {
    const atLeast = acknowledged;
    for (const log of [follower, await readFileLog(path)]) {
      const size = await log.size();
      expect(size).toBeGreaterThanOrEqual(atLeast);
      const texts = (await take(log.read(0, size), size)).map(({ bytes }) =>
        new TextDecoder().decode(bytes),
      );
      // The last may be on its way to us.
      expect(texts.slice(0, lines.length)).toEqual(lines.slice(0, texts.length));
      if (log !== follower) await log.close();
    }
    looks++;
  }
  await write;
  expect(looks).toBeGreaterThan(5);
  expect(await follower.size()).toBe(300);
  await follower.close();
  await writer.kill();
});

async function openWhenThere(path: string) {
  for (;;) {
    try {
      return await readFileLog(path, { pollEvery: 3 });
    } catch (error) {
      if ((error as { code?: string }).code !== "EMRX_STORAGE") throw error;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

test("a folder without a ledger, another key, an older copy put in place are told by code", async () => {
  const path = folder();
  expect(await codeOf(readFileLog(path))).toBe("EMRX_STORAGE");
  const signer = await identity(9);
  const log = await openFileLog(path, { signer });
  await log.append([Uint8Array.of(1)]);
  const old = folder();
  cpSync(path, old, { recursive: true, filter: (name) => !name.endsWith("/owner") });
  await log.append([Uint8Array.of(2)]);
  const reader = await readFileLog(path);
  expect(await reader.size()).toBe(2);
  const verifyKey = await identity(8);
  expect(await codeOf(readFileLog(path, { verifyKey }))).toBe("EMRX_CHECKPOINT_SIGNATURE");
  expect(await codeOf(readFileLog(path, { pollEvery: 0 }))).toBe("EMRX_INVALID_OPTION");
  await log.close();
  rmSync(path, { recursive: true });
  expect(await codeOf(reader.size())).toBe("EMRX_STORAGE");
  cpSync(old, path, { recursive: true });
  expect(await codeOf(reader.size())).toBe("EMRX_ROLLED_BACK");
  await reader.close();
});

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { checkFolder, exportLedger, importLedger, openFileLedger } from "../../src/file.js";
import { auditLedger, type Checkpoint, memoryLedger } from "../../src/ledger.js";
import * as w from "../contracts/world.js";
import { anyCall, codeOf, identity, sign } from "../ledger/helpers.js";
import { filesOf } from "./folders.js";

const scratch = mkdtempSync(join(tmpdir(), "emrx-inspect-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

async function written(
  name: string,
): Promise<{ folder: string; checkpoint: Checkpoint; digest: string; lines: string[] }> {
  const folder = join(scratch, name);
  let now = 1000;
  const clock = (): number => now;
  const ledger = await openFileLedger(folder, { genesis: w.genesis, segmentBytes: 2000, clock });
  const me = await identity(1);
  for (let i = 0; i < 6; i++) {
    now += i % 3;
    await ledger.submit(await anyCall(ledger, me));
  }
  await codeOf(ledger.submit(await sign(ledger, me, w.withdraw("offer"))));
  const [checkpoint, digest] = [
    await ledger.checkpoint(),
    await ledger.view({ type: "ledger.digest" }),
  ];
  const lines: string[] = [];
  for await (const line of exportLedger(ledger)) lines.push(line);
  await ledger.close();
  return { folder, checkpoint, digest, lines };
}

test("a sound folder is reported sound, damaged ones with file and offset, and none is changed", async () => {
  const { folder } = await written("a");
  expect(await checkFolder(folder)).toEqual({ sound: true, entries: 8 });
  for (const name of filesOf(folder)) {
    const copy = join(scratch, "copy");
    rmSync(copy, { recursive: true, force: true });
    cpSync(folder, copy, { recursive: true });
    const data = readFileSync(join(copy, name));
    data[60] = (data[60] as number) ^ 1;
    writeFileSync(join(copy, name), data);
    const report = await checkFolder(copy);
    expect(report.sound, name).toBe(false);
    expect(report.damage?.file).toBe(join(copy, name));
    expect(readFileSync(join(copy, name))).toEqual(data);
  }
  const last = filesOf(folder)
    .filter((name) => name.endsWith(".log"))
    .at(-1) as string;
  const whole = readFileSync(join(folder, last));
  writeFileSync(join(folder, last), Buffer.concat([whole, Buffer.from([1, 2, 3])]));
  expect(await checkFolder(folder)).toMatchObject({
    sound: true,
    torn: { bytes: 3, offset: whole.length },
  });
  expect(await codeOf(checkFolder(join(scratch, "none")))).toBe("EMRX_STORAGE");
});

test("a ledger can be checked while it is open", async () => {
  const folder = join(scratch, "open");
  const ledger = await openFileLedger(folder, { genesis: w.genesis });
  expect(await checkFolder(folder)).toEqual({ sound: true, entries: 1 });
  await ledger.close();
});

test("exported and imported, a ledger has the same id, root, times and state, and goes on", async () => {
  const { checkpoint, digest, lines } = await written("b");
  const folder = join(scratch, "b-imported");
  expect(await importLedger(folder, lines, { trustedCheckpoint: checkpoint })).toEqual(checkpoint);
  const ledger = await openFileLedger(folder, { trustedCheckpoint: checkpoint });
  expect(await ledger.view({ type: "ledger.digest" })).toBe(digest);
  expect((await auditLedger(ledger)).passed).toBe(true);
  await ledger.submit(await anyCall(ledger, await identity(1)));
  await ledger.close();
  expect(await codeOf(importLedger(folder, lines))).toBe("EMRX_STORAGE");
});

test("an export with a line missing, altered or out of order is refused before anything is written", async () => {
  const { checkpoint, lines } = await written("c");
  const altered = (lines[3] as string).replace('"time":', '"time": ');
  const attempts: [string, string[]][] = [
    ["EMRX_DAMAGED", lines.slice(0, -1)],
    ["EMRX_DAMAGED", [...lines.slice(0, 2), ...lines.slice(3)]],
    ["EMRX_DAMAGED", [lines[0], lines[2], lines[1], ...lines.slice(3)] as string[]],
    ["EMRX_NOT_CANONICAL", [...lines.slice(0, 3), altered]],
    ["EMRX_INVALID_CALL", [...lines.slice(0, 3), "{}"]],
    ["EMRX_GENESIS", []],
  ];
  for (const [code, bad] of attempts) {
    const folder = join(scratch, "c-imported");
    expect(await codeOf(importLedger(folder, bad, { trustedCheckpoint: checkpoint }))).toBe(code);
    expect(await codeOf(checkFolder(folder))).toBe("EMRX_STORAGE");
  }
});

test("a ledger in memory can be exported to files", async () => {
  const ledger = await memoryLedger({ genesis: w.genesis, clock: () => 5 });
  await ledger.submit(await anyCall(ledger, await identity(1)));
  const folder = join(scratch, "d");
  expect(await importLedger(folder, exportLedger(ledger))).toEqual(await ledger.checkpoint());
});

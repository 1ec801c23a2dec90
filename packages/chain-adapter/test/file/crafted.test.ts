// Folders that no writer of ours leaves: every CRC and hash is right, and yet they do not fit together.
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { LedgerError } from "../../src/errors.js";
import { checkFolder, openFileLog } from "../../src/file.js";
import { take } from "../ledger/helpers.js";
import { markOf, NO_CHAIN, type PlainRecord, put, segmentOf, slotOf } from "./crafted.js";
import { scratchFolders } from "./folders.js";

const folder = scratchFolders();
const clock = (): number => 1000;

const record = (time: number, ...bytes: number[]): PlainRecord => ({
  time,
  bytes: Uint8Array.from(bytes),
});
const FIRST = "0000000000000000.log";
const commits = [[record(5, 1), record(5, 2, 2)], [record(7, 3)], [record(9), record(9, 4)]];
const whole = segmentOf(0, NO_CHAIN, commits);
const last = whole.chains.at(-1) as Buffer;

/** What opening such a folder finds wrong. */
async function damageOf(files: Readonly<Record<string, Uint8Array>>): Promise<object> {
  const path = folder();
  put(path, files);
  const error = await openFileLog(path).catch((cause: LedgerError) => cause);
  expect(error).toMatchObject({ code: "EMRX_DAMAGED" });
  const { details, message } = error as LedgerError;
  const report = await checkFolder(path);
  expect(report).toMatchObject({ sound: false, damage: { ...details, problem: message } });
  return { ...details, file: String(details["file"]).slice(path.length + 1), message };
}

test("a folder written down from the format's description opens, and goes on", async () => {
  const path = folder();
  put(path, { [FIRST]: whole.data, watermark: markOf(5, last) });
  expect(await checkFolder(path)).toEqual({ sound: true, entries: 5 });
  const log = await openFileLog(path, { clock });
  expect(log.recovered).toBeUndefined();
  expect(await take(log.read(0, 5), 5)).toEqual(
    commits.flat().map((entry, index) => ({ index, ...entry })),
  );
  expect(await log.append([Uint8Array.of(5)])).toBe(5);
  await log.close();
});

test("entries beyond the watermark count as far as they are sound: they were written, but perhaps nobody was told", async () => {
  const path = folder();
  put(path, {
    [FIRST]: whole.data.subarray(0, -1),
    watermark: markOf(2, whole.chains[1] as Buffer),
  });
  const log = await openFileLog(path, { clock });
  expect(await log.size()).toBe(3);
  expect(log.recovered).toMatchObject({ offset: whole.ends[2], file: join(path, FIRST) });
  await log.close();
});

describe("time that goes back", () => {
  const wrong = [[record(5, 1)], [record(8, 2), record(7, 3)]];
  const { data, chains, ends } = segmentOf(0, NO_CHAIN, wrong);
  const second = (ends[1] as number) + 50;

  test("within a commit, or from one to the next, is damage where it was acknowledged", async () => {
    const place = {
      file: FIRST,
      offset: second,
      message: expect.stringContaining("time goes back"),
    };
    const watermark = markOf(3, chains[2] as Buffer);
    expect(await damageOf({ [FIRST]: data, watermark })).toMatchObject(place);
    const apart = segmentOf(0, NO_CHAIN, [[record(8, 1)], [record(7, 2)]]);
    expect(
      await damageOf({ [FIRST]: apart.data, watermark: markOf(2, apart.chains[2] as Buffer) }),
    ).toMatchObject({ ...place, offset: apart.ends[1] });
  });

  test("is an unfinished write where it was not", async () => {
    const path = folder();
    put(path, { [FIRST]: data, watermark: markOf(1, chains[1] as Buffer) });
    const log = await openFileLog(path, { clock });
    expect(log.recovered).toEqual({
      file: join(path, FIRST),
      offset: ends[1],
      bytes: data.length - (ends[1] as number),
      problem: "time goes back",
    });
    expect(await log.size()).toBe(1);
    await log.close();
  });
});

describe("a watermark that the log does not bear out", () => {
  const none = { offset: 0, message: expect.stringContaining("acknowledged") };

  test("of another history, at an end of a commit or within one", async () => {
    const other = segmentOf(0, NO_CHAIN, [[record(5, 9)]]).chains[1] as Buffer;
    const message = expect.stringContaining("the hash chain is not the one acknowledged");
    const at = (record: number): object => ({ file: FIRST, offset: record, message });
    const [second, third] = [52 + 50, whole.ends[1] as number];
    expect(await damageOf({ [FIRST]: whole.data, watermark: markOf(2, other) })).toMatchObject(
      at(second),
    );
    expect(await damageOf({ [FIRST]: whole.data, watermark: markOf(3, other) })).toMatchObject(
      at(third),
    );
    const within = markOf(1, whole.chains[1] as Buffer);
    expect(await damageOf({ [FIRST]: whole.data, watermark: within })).toMatchObject(at(second));
  });

  test("of more entries than are there, the file ending with a whole commit", async () => {
    const message = expect.stringContaining("5 entries were acknowledged, 3 are there");
    const short = whole.data.subarray(0, whole.ends[2]);
    const place = { file: FIRST, offset: whole.ends[2], message };
    expect(await damageOf({ [FIRST]: short, watermark: markOf(5, last) })).toMatchObject(place);
  });

  test("without any file", async () => {
    expect(await damageOf({ watermark: markOf(5, last) })).toMatchObject({ ...none, file: FIRST });
  });
});

describe("several files", () => {
  const [a, b] = [commits.slice(0, 1), commits.slice(1)];
  const first = segmentOf(0, NO_CHAIN, a);
  const second = segmentOf(2, first.chains[1] as Buffer, b);
  const SECOND = "0000000000000002.log";

  test("that follow each other open", async () => {
    const path = folder();
    put(path, { [FIRST]: first.data, [SECOND]: second.data, watermark: markOf(5, last) });
    expect(await checkFolder(path)).toEqual({ sound: true, entries: 5 });
  });

  test("one of which has another's name, or does not follow", async () => {
    const watermark = markOf(2, first.chains[1] as Buffer);
    expect(
      await damageOf({ [FIRST]: first.data, "0000000000000003.log": second.data, watermark }),
    ).toMatchObject({
      file: "0000000000000003.log",
      offset: 0,
      message: expect.stringContaining(`the next segment must be ${SECOND}`),
    });
    const stranger = segmentOf(2, NO_CHAIN, b);
    expect(
      await damageOf({ [FIRST]: first.data, [SECOND]: stranger.data, watermark: markOf(5, last) }),
    ).toMatchObject({ file: SECOND, offset: 0, message: expect.stringContaining("follow") });
  });

  test("only the last may end in an unfinished write, even where the watermark is old", async () => {
    const watermark = markOf(0, NO_CHAIN);
    const files = { [FIRST]: first.data.subarray(0, -1), [SECOND]: second.data, watermark };
    expect(await damageOf(files)).toMatchObject({ file: FIRST, offset: 52 + 50 + 51 });
  });

  test("the last with room alone, as a kill leaves it that falls on a new file", async () => {
    const path = folder();
    const begun = segmentOf(2, first.chains[1] as Buffer, []).data;
    const watermark = markOf(2, first.chains[1] as Buffer);
    put(path, {
      [FIRST]: first.data,
      [SECOND]: Buffer.concat([begun, Buffer.alloc(500)]),
      watermark,
    });
    expect(await checkFolder(path)).toEqual({ sound: true, entries: 2 });
    const log = await openFileLog(path, { clock });
    expect(log.recovered).toBeUndefined();
    expect(await log.append([Uint8Array.of(1)])).toBe(2);
    await log.close();
  });
});

describe("the two slots of the watermark", () => {
  test("must be of turns that follow each other, the even one first", async () => {
    for (const [even, odd] of [
      [2, 2],
      [2, 5],
      [4, 1],
      [1, 2],
      [3, 4],
      [2, 4],
    ] as const) {
      const watermark = Buffer.concat([slotOf(even, 5, last), slotOf(odd, 5, last)]);
      expect(await damageOf({ [FIRST]: whole.data, watermark }), `${even} ${odd}`).toMatchObject({
        file: "watermark",
        offset: 0,
        message: expect.stringContaining(`turns ${even} and ${odd}`),
      });
    }
  });

  test("are each checked, and say where they are damaged", async () => {
    for (const [at, offset] of [
      [8, 0],
      [511, 0],
      [512 + 8, 512],
      [512 + 300, 512],
    ] as const) {
      const watermark = markOf(5, last);
      watermark[at] = (watermark[at] as number) ^ 1;
      expect(await damageOf({ [FIRST]: whole.data, watermark })).toMatchObject({
        file: "watermark",
        offset,
      });
    }
    for (const length of [0, 512, 1023, 1025]) {
      const watermark = Buffer.concat([markOf(5, last), Buffer.alloc(1)]).subarray(0, length);
      const message = expect.stringContaining("must have 1024 bytes");
      expect(await damageOf({ [FIRST]: whole.data, watermark })).toMatchObject({
        offset: length,
        message,
      });
    }
  });

  test("the later one counts, whichever it is", async () => {
    const older = whole.chains[1] as Buffer;
    for (const [even, odd] of [
      [slotOf(2, 5, last), slotOf(1, 2, older)],
      [slotOf(0, 2, older), slotOf(1, 5, last)],
    ] as const) {
      const files = { [FIRST]: whole.data.subarray(0, -1), watermark: Buffer.concat([even, odd]) };
      expect(await damageOf(files)).toMatchObject({ file: FIRST });
    }
  });

  test("set more than once, there is a checkpoint", async () => {
    const watermark = Buffer.concat([slotOf(2, 3, whole.chains[2] as Buffer), slotOf(3, 5, last)]);
    const message = expect.stringContaining("it is missing");
    expect(await damageOf({ [FIRST]: whole.data, watermark })).toMatchObject({
      file: "checkpoint",
      message,
    });
  });

  test("are there wherever there is anything else of a ledger", async () => {
    const place = {
      file: "watermark",
      offset: 0,
      message: expect.stringContaining("it is missing"),
    };
    expect(await damageOf({ [FIRST]: whole.data })).toMatchObject(place);
    expect(await damageOf({ checkpoint: Buffer.from("{}") })).toMatchObject(place);
  });
});

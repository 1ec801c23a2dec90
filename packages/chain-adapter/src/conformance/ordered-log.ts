// Cases 86 to 97: the log under a ledger, by itself. What is appended here is no call; a ledger passes it over.
import type { OrderedLog } from "../ledger/ordered-log.js";
import type { LogEntry } from "../ledger/port.js";
import { type CaseText, can } from "./case.js";
import { check, codeOf, type Market, same } from "./market.js";

const needs = can("openLog");

async function collect(log: OrderedLog, from = 0, to?: number): Promise<LogEntry[]> {
  const entries: LogEntry[] = [];
  for await (const entry of log.read(from, to ?? (await log.size()))) entries.push(entry);
  return entries;
}

let made = 0;

/** A record that no other is like, of a length. */
function record(length = 24): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  made++;
  for (let i = 0; i < length; i++) bytes[i] = (i * 31 + (i >> 8) * 7 + made) & 255;
  if (length >= 4) new DataView(bytes.buffer).setUint32(0, made);
  return bytes;
}

const equal = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i]);

/** Where records stand in a log. */
async function placesOf(log: OrderedLog, records: readonly Uint8Array[]): Promise<number[][]> {
  const entries = await collect(log);
  return records.map((bytes) =>
    entries.flatMap((entry, at) => (equal(entry.bytes, bytes) ? [at] : [])),
  );
}

/** Appends to a log until it has so many entries. */
async function growTo(log: OrderedLog, size: number): Promise<void> {
  for (let left = size - (await log.size()); left > 0; left -= 50) {
    await log.append(Array.from({ length: Math.min(50, left) }, () => record()));
  }
}

/** Sizes that systems like to cut at. */
const seams = [100, 128, 256, 500, 512, 1000, 1024];

async function pages(market: Market): Promise<void> {
  const log = await market.openLog();
  await growTo(log, market.mostEntries);
  const size = await log.size();
  const ranges = [
    [0, size],
    ...seams.filter((seam) => seam + 2 < size).map((seam) => [seam - 2, seam + 2]),
    ...seams.filter((seam) => seam + 8 < size).map((seam) => [7, seam + 8]),
  ] as [number, number][];
  for (const [from, to] of ranges) {
    let expected = from;
    for await (const { index } of log.read(from, to)) {
      check(
        index === expected,
        `read(${from}, ${to}) gave entry ${index} where entry ${expected} comes: ` +
          (index > expected ? `entry ${expected} was left out` : `entry ${index} came again`),
      );
      expected++;
    }
    check(expected === to, `read(${from}, ${to}) ended before entry ${expected}`);
  }
}

export const orderedLogCases: readonly CaseText[] = [
  {
    number: 86,
    title: "append resolves with the index at which its first record stands",
    needs,
    async run(market) {
      const log = await market.openLog();
      for (const count of [1, 2, 7, 1]) {
        const records = Array.from({ length: count }, () => record());
        const said = await log.append(records);
        const [first = []] = await placesOf(log, records);
        const stands = first[0];
        check(
          stands === undefined || stands === said,
          `append of ${count} records resolved with ${said}; the first stands at ${stands}`,
        );
      }
    },
  },
  {
    number: 87,
    title: "an acknowledged record is there at once, and after reconnecting",
    needs,
    async run(market) {
      const log = await market.openLog();
      const kept: [number, Uint8Array][] = [];
      for (let i = 0; i < 40; i++) {
        const bytes = record();
        const index = await log.append([bytes]);
        kept.push([index, bytes]);
        const size = await log.size();
        check(
          size > index,
          `entry ${index} was acknowledged and is not there: the log says that it has ${size} entries`,
        );
      }
      const again = await market.openLog();
      const entries = await collect(again);
      for (const [index, bytes] of kept) {
        const there = entries.some((entry) => equal(entry.bytes, bytes));
        check(
          there,
          `entry ${index} was acknowledged and is not there after reconnecting, among ${entries.length}`,
        );
      }
    },
  },
  {
    number: 88,
    title: "a record appended once stands there once",
    needs,
    async run(market) {
      const log = await market.openLog();
      const records = Array.from({ length: 40 }, () => record());
      for (const bytes of records) await log.append([bytes]);
      for (const places of await placesOf(await market.openLog(), records)) {
        check(places.length <= 1, `a record appended once stands at ${places.join(" and at ")}`);
      }
    },
  },
  {
    number: 89,
    title:
      "reading is the same whatever the lengths of pages: nothing is left out, nothing comes twice",
    needs,
    run: pages,
  },
  {
    number: 90,
    title: "records of any length come back as they were",
    needs,
    async run(market) {
      const log = await market.openLog();
      const most = market.mostBytes;
      const around = [255, 4096, 65_536, 1 << 20].flatMap((n) => [n - 1, n, n + 1]);
      for (const length of [0, 1, ...around].filter((n) => n <= most)) {
        const bytes = record(length);
        // What is refused is another case's.
        const at = await log.append([bytes]).catch(() => undefined);
        if (at === undefined) continue;
        const [entry] = await collect(log, at, at + 1);
        const found = entry?.bytes;
        check(
          found !== undefined && equal(found, bytes),
          `a record of ${length} bytes came back with ${found?.length ?? "no"}` +
            (found?.length === length ? ", altered" : ""),
        );
      }
    },
  },
  {
    number: 91,
    title: "a record as large as the ledger says it takes is taken",
    needs,
    async run(market) {
      const log = await market.openLog();
      const most = market.mostBytes;
      for (const length of [most >> 4, most >> 1, most - 1, most]) {
        try {
          await log.append([record(length)]);
        } catch (error) {
          check(
            false,
            `a record of ${length} bytes was refused (${(error as Error).message}); ` +
              `the manifest declares calls of up to ${market.ledger.manifest.limits.maxCallBytes}`,
          );
        }
      }
    },
  },
  {
    number: 92,
    title: "the records of a batch stand together, whoever else writes",
    needs,
    async run(market) {
      const writers = [await market.openLog(), await market.openLog()] as const;
      const batches = Array.from({ length: 12 }, () => Array.from({ length: 5 }, () => record()));
      await Promise.all(batches.map((batch, i) => writers[i % 2 === 0 ? 0 : 1].append(batch)));
      const places = await placesOf(await market.openLog(), batches.flat());
      for (const [i] of batches.entries()) {
        const stand = places.slice(5 * i, 5 * i + 5).map(([at]) => at);
        const together = stand.every((at, j) => at === undefined || at === (stand[0] ?? 0) + j);
        check(together, `the records of one batch stand at ${stand.join(", ")}, not together`);
      }
    },
  },
  {
    number: 93,
    title: "times are whole milliseconds that never go back",
    needs,
    async run(market) {
      const log = await market.openLog();
      for (let i = 0; i < 5; i++) {
        await log.append([record(), record()]);
        await market.wait(i);
      }
      let last = 0;
      for (const { index, time } of await collect(log)) {
        check(
          Number.isSafeInteger(time) && time >= 0,
          `the time of entry ${index} is ${String(time)}, not a whole number of milliseconds`,
        );
        check(
          time >= last,
          `the time of entry ${index} is ${time}; entry ${index - 1} has ${last}`,
        );
        last = time;
      }
    },
  },
  {
    number: 94,
    title: "every change is told of, not only the first, until nobody listens",
    needs,
    async run(market) {
      const [writer, listening] = [await market.openLog(), await market.openLog()];
      let told = 0;
      const stop = listening.subscribe(({ size }) => {
        told = Math.max(told, size);
      });
      for (const nth of ["first", "second", "third"]) {
        const size = (await writer.append([record()])) + 1;
        await market.eventually(
          `the ${nth} change, to ${size} entries, is told of`,
          () => told >= size,
        );
      }
      stop();
      const before = told;
      await writer.append([record()]);
      await new Promise((done) => setTimeout(done, 50));
      check(told === before, "a listener that was taken away is still called");
    },
  },
  {
    number: 95,
    title: "a range that the log does not have is refused",
    needs,
    async run(market) {
      const log = await market.openLog();
      await log.append([record(), record(), record()]);
      const size = await log.size();
      for (const [from, to] of [
        [-1, 1],
        [2, 1],
        [0, size + 1],
        [size + 1, size + 2],
        [0.5, 1],
        [0, 1.5],
        [Number.NaN, 1],
        [0, Number.POSITIVE_INFINITY],
      ] as const) {
        const what = `read(${from}, ${to}) of a log of ${size} entries`;
        const reading = collect(log, from, to).then(({ length }) => `${length} entries`);
        same(await codeOf(reading, what), "EMRX_LOG_RANGE", what);
      }
      same((await collect(log, size, size)).length, 0, "entries of an empty range at the end");
    },
  },
  {
    number: 96,
    title: "a closed log refuses every call and tells nobody of anything",
    needs,
    async run(market) {
      const [log, writer] = [await market.openLog(), await market.openLog()];
      await log.append([record()]);
      let told = 0;
      log.subscribe(() => {
        told++;
      });
      await log.close();
      await log.close();
      const before = told;
      await writer.append([record()]);
      const calls = {
        append: () => log.append([record()]),
        size: () => log.size(),
        read: () => collect(log, 0, 1),
      };
      for (const [name, call] of Object.entries(calls)) {
        same(
          await codeOf(call(), `${name} of a closed log`),
          "EMRX_CLOSED",
          `${name} of a closed log`,
        );
      }
      await new Promise((done) => setTimeout(done, 50));
      check(told === before, "a closed log still tells of changes");
    },
  },
  {
    number: 97,
    title: "what the log keeps is its own: bytes changed after appending or reading change nothing",
    needs,
    async run(market) {
      const log = await market.openLog();
      const bytes = record();
      const original = bytes.slice();
      const appending = log.append([bytes]);
      bytes.fill(0);
      const at = await appending;
      for (const [entry] of [await collect(log, at, at + 1), await collect(log, at, at + 1)]) {
        check(
          entry !== undefined && equal(entry.bytes, original),
          `entry ${at} changed with the bytes that were appended or given out`,
        );
        entry.bytes.fill(0);
      }
    },
  },
];

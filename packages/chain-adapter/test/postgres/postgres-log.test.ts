import {
  auditLedger,
  createGenesis,
  fromOrderedLog,
  type LedgerError,
  type LogEntry,
  memoryLedger,
  type OrderedLog,
} from "@emrx/chain-adapter";
import { createPostgresTable, openPostgresLog } from "@emrx/chain-adapter/postgres";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { anyCall, identity } from "../ledger/helpers.js";
import { startServer, type TestServer, unavailable } from "./server.js";

const reason = unavailable === undefined ? "" : ` (skipped: ${unavailable})`;
const code = (expected: string) => expect.objectContaining({ name: "LedgerError", code: expected });
const bytes = (...values: number[]): Uint8Array<ArrayBuffer> => Uint8Array.from(values);
let tables = 0;

async function all(log: OrderedLog, from = 0, to?: number): Promise<LogEntry[]> {
  const entries: LogEntry[] = [];
  for await (const entry of log.read(from, to ?? (await log.size()))) entries.push(entry);
  return entries;
}

const until = async (check: () => boolean): Promise<void> => {
  for (let i = 0; i < 400 && !check(); i++) await new Promise((resolve) => setTimeout(resolve, 25));
  expect(check()).toBe(true);
};

describe.skipIf(unavailable !== undefined)(`an ordered log in PostgreSQL${reason}`, () => {
  let server: TestServer;
  async function open(table = `log_${tables++}`, options = {}): Promise<OrderedLog> {
    await createPostgresTable(server.pool(), { table });
    return openPostgresLog(server.pool(), { table, ...options });
  }

  beforeAll(async () => {
    server = await startServer();
  }, 120_000);
  afterAll(() => server.remove(), 60_000);

  test("records come back in their order, each with a time that never goes back", async () => {
    const times = [7, 5, 9];
    const log = await open("ordered", { clock: () => times.shift() ?? 9 });
    expect([log.name, log.durable, log.finality.kind]).toEqual(["postgres", true, "immediate"]);
    expect(await log.size()).toBe(0);
    expect(await log.append([bytes(1), bytes(2, 3)])).toBe(0);
    expect(await log.append([bytes()])).toBe(2);
    expect(await log.append([])).toBe(3);
    expect(await log.append([bytes(255, 0, 92, 34)])).toBe(3);
    expect(await all(log)).toEqual([
      { index: 0, time: 7, bytes: bytes(1) },
      { index: 1, time: 7, bytes: bytes(2, 3) },
      { index: 2, time: 7, bytes: bytes() },
      { index: 3, time: 9, bytes: bytes(255, 0, 92, 34) },
    ]);
    expect((await all(log, 1, 3)).map(({ index }) => index)).toEqual([1, 2]);
    expect(await all(log, 4, 4)).toEqual([]);
    for (const [from, to] of [
      [-1, 1],
      [2, 1],
      [0, 5],
      [0.5, 1],
    ] as const) {
      await expect(all(log, from, to)).rejects.toThrow(code("EMRX_LOG_RANGE"));
    }
    await log.close();
    await log.close();
    await expect(log.append([bytes(1)])).rejects.toThrow(code("EMRX_CLOSED"));
    await expect(all(log, 0, 1)).rejects.toThrow(code("EMRX_CLOSED"));
    const again = await open("ordered");
    expect(await again.size()).toBe(4);
    await again.close();
  });

  test("many entries are read page by page, and large ones whole", async () => {
    const log = await open();
    await log.append(Array.from({ length: 2500 }, (_, i) => bytes(i & 255, i >> 8)));
    const large = new Uint8Array(2_000_000).map((_, i) => i * 31);
    await log.append([large]);
    const entries = await all(log);
    expect(entries.map(({ index }) => index)).toEqual(Array.from({ length: 2501 }, (_, i) => i));
    expect(
      entries.every(({ bytes: b }, i) => i === 2500 || (b[0] === (i & 255) && b[1] === i >> 8)),
    ).toBe(true);
    expect(Buffer.compare(Buffer.from((entries[2500] as LogEntry).bytes), Buffer.from(large))).toBe(
      0,
    );
    expect((await all(log, 1500, 1503)).map(({ index }) => index)).toEqual([1500, 1501, 1502]);
    await log.close();
  });

  test("two writers at once: one order, the same for both, nothing lost and nothing twice", async () => {
    const [a, b] = [await open("shared"), await open("shared")];
    const acknowledged = new Map<string, number>();
    const write = async (log: OrderedLog, writer: number): Promise<void> => {
      await Promise.all(
        Array.from({ length: 60 }, async (_, i) => {
          const index = await log.append([bytes(writer, i, 0), bytes(writer, i, 1)]);
          acknowledged.set(`${writer},${i},0`, index);
          acknowledged.set(`${writer},${i},1`, index + 1);
          if (i % 7 === 0) await new Promise((resolve) => setTimeout(resolve, 3));
        }),
      );
      for (let i = 60; i < 80; i++)
        acknowledged.set(`${writer},${i}`, await log.append([bytes(writer, i)]));
    };
    await Promise.all([write(a, 1), write(b, 2)]);
    const entries = await all(a);
    expect(entries).toEqual(await all(b));
    expect(entries.length).toBe(2 * (60 * 2 + 20));
    expect(acknowledged.size).toBe(entries.length);
    for (const [name, index] of acknowledged) expect(entries[index]?.bytes.join()).toBe(name);
    await Promise.all([a.close(), b.close()]);
  });

  test("who listens is told of every change, also of another writer's", async () => {
    const [a, b] = [await open("told"), await open("told")];
    const sizes: number[] = [];
    const stop = a.subscribe(({ size }) => sizes.push(size));
    await a.append([bytes(1)]);
    await b.append([bytes(2), bytes(3)]);
    await until(() => sizes.at(-1) === 3);
    expect(sizes).toEqual([...sizes].sort((x, y) => x - y));
    stop();
    await b.append([bytes(4)]);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(sizes.at(-1)).toBe(3);
    await Promise.all([a.close(), b.close()]);
  });

  test("a listener that was cut off catches up", async () => {
    const [a, b] = [await open("cut"), await open("cut")];
    let size = 0;
    a.subscribe((change) => {
      size = change.size;
    });
    await server.run(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN public_cut%'",
    );
    await b.append([bytes(1)]);
    await until(() => size === 1);
    await Promise.all([a.close(), b.close()]);
  });

  test("rows cannot be changed or removed; with the guard taken away, it shows, with its place", async () => {
    const log = await open("guarded");
    await log.append([bytes(1), bytes(2), bytes(3)]);
    for (const statement of [
      "UPDATE guarded SET time = 0",
      "DELETE FROM guarded",
      "TRUNCATE guarded",
    ]) {
      await expect(server.run(statement)).rejects.toThrow(/never changed or removed/);
    }
    await server.run("ALTER TABLE guarded DISABLE TRIGGER ALL");
    for (const [damage, repair, index] of [
      [
        "UPDATE guarded SET bytes = '\\x09' WHERE index = 1",
        "UPDATE guarded SET bytes = '\\x02' WHERE index = 1",
        1,
      ],
      [
        "UPDATE guarded SET time = time + 1 WHERE index = 2",
        "UPDATE guarded SET time = time - 1 WHERE index = 2",
        2,
      ],
      [
        "UPDATE guarded SET index = 9 WHERE index = 1",
        "UPDATE guarded SET index = 1 WHERE index = 9",
        2,
      ],
    ] as const) {
      await server.run(damage);
      const fresh = await openPostgresLog(server.pool(), { table: "guarded" });
      await expect(all(fresh, 0, 3)).rejects.toThrow(
        expect.objectContaining({
          code: "EMRX_DAMAGED",
          details: { table: "public.guarded", index },
        }),
      );
      await fresh.close();
      await server.run(repair);
    }
    expect((await all(log)).length).toBe(3);
    await server.run("DELETE FROM guarded WHERE index = 2");
    // The log saw row 2 once: it does not go on as if it had never been.
    await expect(log.append([bytes(4)])).rejects.toThrow(code("EMRX_ROLLED_BACK"));
    await expect(log.append([bytes(4)])).rejects.toThrow(code("EMRX_ROLLED_BACK"));
    await log.close();
  });

  test("names that are no table names are refused, and so is what the database refuses", async () => {
    for (const name of ["", "A", "x; DROP TABLE y", "x".repeat(42), 7 as unknown as string]) {
      for (const names of [{ table: name }, { schema: name }]) {
        await expect(openPostgresLog(server.pool(), names)).rejects.toThrow(
          code("EMRX_INVALID_LABEL"),
        );
        await expect(createPostgresTable(server.pool(), names)).rejects.toThrow(
          code("EMRX_INVALID_LABEL"),
        );
      }
    }
    for (const retryFor of [0, -1, 0.5, "1" as unknown as number]) {
      await expect(openPostgresLog(server.pool(), { retryFor })).rejects.toThrow(
        code("EMRX_INVALID_OPTION"),
      );
    }
    await server.run(`CREATE TABLE taken (other int);
      CREATE UNLOGGED TABLE forgetful (index bigint PRIMARY KEY, time bigint, bytes bytea, chain bytea, batch uuid);
      CREATE TABLE doubled (index bigint, time bigint, bytes bytea, chain bytea, batch uuid)`);
    for (const table of ["taken", "forgetful", "doubled"]) {
      for (const asked of [open, () => openPostgresLog(server.pool(), { table })]) {
        const error = (await asked(table).catch((e) => e)) as LedgerError;
        expect(error.code).toBe("EMRX_STORAGE");
        expect(error.message).toMatch(/is not the table of a log/);
      }
    }
    const away = openPostgresLog(
      {
        connect: () => Promise.reject(Object.assign(new Error("away"), { code: "ECONNREFUSED" })),
        on: () => {},
      },
      { retryFor: 120 },
    );
    await expect(away).rejects.toThrow(code("EMRX_STORAGE"));
  });

  test("parsers that the application has set for columns change nothing", async () => {
    const log = await open("parsed", { clock: () => 5 });
    await log.append([bytes(1, 2), bytes(3)]);
    for (const parsed of [BigInt, Number, () => new Date(0), () => null]) {
      const pool = server.pool({ types: { getTypeParser: () => parsed as never } });
      const again = await openPostgresLog(pool, { table: "parsed", clock: () => 6 });
      expect((await all(again)).slice(0, 2)).toEqual([
        { index: 0, time: 5, bytes: bytes(1, 2) },
        { index: 1, time: 5, bytes: bytes(3) },
      ]);
      await again.append([bytes(4)]);
      await again.close();
    }
    expect(await log.size()).toBe(6);
    // A driver that heeds no parsers of ours, with one of the application's for text: its fault, not the log's damage.
    const plain = server.pool();
    const stubborn = {
      on: () => undefined,
      connect: async () => {
        const client = await plain.connect();
        const query = async ({ text, values }: { text: string; values?: unknown[] }) => {
          const { command, rows } = await client.query(text, values);
          const numbers = rows.map((row) => ({ ...row, index: BigInt(row.index ?? 0) }));
          return { command: command ?? "SELECT", rows: numbers };
        };
        return { query, on: () => {}, off: () => {}, release: () => client.release(true) };
      },
    };
    const deaf = openPostgresLog(stubborn, { table: "parsed" });
    await expect(deaf).rejects.toThrow(code("EMRX_STORAGE"));
    await expect(deaf).rejects.toThrow(/the driver gave bigint for column index/);
    await log.close();
  });

  test("pages are bounded by bytes as well as by rows", async () => {
    const log = await open();
    const large = new Uint8Array(3_000_000).fill(7);
    for (let i = 0; i < 7; i++) await log.append([large, bytes(i)]);
    const entries = await all(log);
    expect(entries.map(({ bytes: b }) => b.length)).toEqual(
      Array.from({ length: 14 }, (_, i) => (i % 2 === 0 ? 3_000_000 : 1)),
    );
    expect((await all(log, 3, 9)).map(({ index }) => index)).toEqual([3, 4, 5, 6, 7, 8]);
    await log.close();
  });

  test("a ledger over it gives the same state as the one in memory, and passes the audit", async () => {
    const genesis = createGenesis({ name: "consortium" });
    const clock = (): number => 1000;
    const [one, two] = [
      await fromOrderedLog(await open("ledger", { clock }), { genesis }),
      await fromOrderedLog(await open("ledger", { clock })),
    ];
    const memory = await memoryLedger({ genesis, clock });
    const site = await identity(1);
    const calls = await Promise.all(Array.from({ length: 30 }, () => anyCall(one, site)));
    const outcomes = await one.submitBatch(calls);
    expect(outcomes.every(({ accepted }) => accepted)).toBe(true);
    await memory.submitBatch(calls);
    // The same call through the other writer has no second effect.
    expect((await two.submitBatch(calls)).every(({ accepted }) => accepted)).toBe(true);
    const digest = await memory.view({ type: "ledger.digest" });
    expect(await one.view({ type: "ledger.digest" })).toEqual(digest);
    expect(await two.view({ type: "ledger.digest" })).toEqual(digest);
    expect((await auditLedger(two)).passed).toBe(true);
    await Promise.all([one.close(), two.close(), memory.close()]);
  });

  test("killed and started again in the middle: everything acknowledged is there, once, in its place", async () => {
    const log = await open("killed");
    const acknowledged: number[] = [];
    let stop = false;
    const writer = (async () => {
      for (let i = 0; !stop; i++) acknowledged[i] = await log.append([bytes(i & 255, i >> 8)]);
    })();
    for (let kill = 0; kill < 3; kill++) {
      const before = acknowledged.length;
      await until(() => acknowledged.length > before + 5);
      server.crash();
      server.start();
    }
    const before = acknowledged.length;
    await until(() => acknowledged.length > before + 5);
    stop = true;
    await writer;
    const entries = await all(log);
    expect(entries.map(({ bytes: [low = 0, high = 0] }) => low + 256 * high)).toEqual(
      acknowledged.map((_, i) => i),
    );
    expect(acknowledged).toEqual(acknowledged.map((_, i) => i));
    await log.close();
  }, 120_000);
});

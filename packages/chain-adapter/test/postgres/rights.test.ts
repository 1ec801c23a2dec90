// Who needs which rights: setting up is a step of its own, writing needs SELECT and INSERT, reading SELECT.
import { connect as connectTo, createServer, type Socket } from "node:net";
import { createGenesis, fromOrderedLog, type OrderedLog } from "@emrx/chain-adapter";
import { createPostgresTable, openPostgresLog } from "@emrx/chain-adapter/postgres";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startServer, type TestServer, unavailable } from "./server.js";

const reason = unavailable === undefined ? "" : ` (skipped: ${unavailable})`;
const code = (expected: string) => expect.objectContaining({ name: "LedgerError", code: expected });
const bytes = (...values: number[]): Uint8Array<ArrayBuffer> => Uint8Array.from(values);
const quick = { retryFor: 2000 };

const until = async (check: () => boolean): Promise<void> => {
  for (let i = 0; i < 400 && !check(); i++) await new Promise((resolve) => setTimeout(resolve, 25));
  expect(check()).toBe(true);
};

async function contents(log: OrderedLog): Promise<string[]> {
  const found: string[] = [];
  for await (const { bytes: b } of log.read(0, await log.size())) found.push(b.join());
  return found;
}

describe.skipIf(unavailable !== undefined)(`rights in PostgreSQL${reason}`, () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer();
    await server.run("CREATE ROLE owner LOGIN; CREATE ROLE writer LOGIN; CREATE ROLE reader LOGIN");
    await server.run(
      "CREATE SCHEMA ours AUTHORIZATION owner; GRANT USAGE ON SCHEMA ours TO PUBLIC",
    );
    await createPostgresTable(server.pool({ user: "owner" }), { schema: "ours" });
    await server.run("GRANT SELECT, INSERT ON ours.emrx_log TO writer");
    await server.run("GRANT SELECT ON ours.emrx_log TO reader");
  }, 120_000);
  afterAll(() => server.remove(), 60_000);
  const as = (user: string) => server.pool({ user });

  test("SELECT and INSERT suffice to write, SELECT to read; without, a typed error", async () => {
    const writer = await openPostgresLog(as("writer"), { schema: "ours", ...quick });
    expect(await writer.append([bytes(1), bytes(2)])).toBe(0);
    const reader = await openPostgresLog(as("reader"), { schema: "ours", ...quick });
    expect(await contents(reader)).toEqual(["1", "2"]);
    let told = 0;
    reader.subscribe(({ size }) => {
      told = size;
    });
    await writer.append([bytes(3)]);
    await until(() => told === 3);
    await expect(reader.append([bytes(4)])).rejects.toThrow(code("EMRX_STORAGE"));
    await expect(reader.append([bytes(4)])).rejects.toThrow(/permission denied/);
    expect(await contents(reader)).toEqual(["1", "2", "3"]);
    await expect(createPostgresTable(as("writer"), { ...quick })).rejects.toThrow(
      code("EMRX_STORAGE"),
    );
    await Promise.all([writer.close(), reader.close()]);
  });

  test("whose transactions are read-only by default reads, and a writer writes", async () => {
    await server.run("ALTER ROLE reader SET default_transaction_read_only TO on");
    await server.run("ALTER ROLE writer SET default_transaction_read_only TO on");
    const reader = await openPostgresLog(as("reader"), { schema: "ours", ...quick });
    const writer = await openPostgresLog(as("writer"), { schema: "ours", ...quick });
    const at = await writer.append([bytes(9)]);
    expect((await contents(reader))[at]).toBe("9");
    await Promise.all([writer.close(), reader.close()]);
  });

  test("opening waits for nobody who reads: a long transaction on the table holds up no one", async () => {
    const client = await as("reader").connect();
    await client.query("BEGIN; SELECT count(*) FROM ours.emrx_log");
    const writer = await openPostgresLog(as("writer"), { schema: "ours", ...quick });
    await writer.append([bytes(5)]);
    await createPostgresTable(as("owner"), { schema: "ours", ...quick });
    await client.query("ROLLBACK");
    client.release();
    await writer.close();
  });

  test("opening makes nothing, and the search path does not matter", async () => {
    await server.run("ALTER ROLE writer SET search_path TO theirs, public");
    await server.run(
      "CREATE SCHEMA theirs; CREATE TABLE theirs.emrx_log (LIKE ours.emrx_log INCLUDING ALL)",
    );
    const missing = openPostgresLog(as("writer"), quick);
    await expect(missing).rejects.toThrow(code("EMRX_STORAGE"));
    await expect(missing).rejects.toThrow(/there is no table public\.emrx_log/);
    const { rows } = await server.run("SELECT to_regclass('public.emrx_log') AS name");
    expect(rows).toEqual([{ name: null }]);
    const writer = await openPostgresLog(as("writer"), { schema: "ours", ...quick });
    expect(await writer.size()).toBeGreaterThan(0);
    await writer.close();
  });

  test("setting up twice changes nothing", async () => {
    const before = await server.run("SELECT xmin, oid, * FROM pg_class WHERE relname LIKE 'emrx%'");
    await createPostgresTable(as("owner"), { schema: "ours" });
    const after = await server.run("SELECT xmin, oid, * FROM pg_class WHERE relname LIKE 'emrx%'");
    expect(after.rows).toEqual(before.rows);
  });

  test("a hot standby is read, told of changes, and refuses to write; promoted, it goes on", async () => {
    const standby = await server.standby("hot");
    try {
      const writer = await openPostgresLog(as("writer"), { schema: "ours", ...quick });
      const reader = await openPostgresLog(standby.pool({ user: "reader" }), {
        schema: "ours",
        ...quick,
      });
      let told = 0;
      reader.subscribe(({ size }) => {
        told = size;
      });
      const size = (await writer.append([bytes(6)])) + 1;
      await until(() => told === size);
      expect(await contents(reader)).toEqual(await contents(writer));
      const refused = await openPostgresLog(standby.pool({ user: "writer" }), {
        schema: "ours",
        ...quick,
      });
      await expect(refused.append([bytes(7)])).rejects.toThrow(code("EMRX_STORAGE"));
      standby.promote();
      expect(await refused.append([bytes(8)])).toBe(size);
      await until(() => told === size + 1);
      await Promise.all([writer.close(), reader.close(), refused.close()]);
    } finally {
      await standby.remove();
    }
  }, 60_000);

  test("a ledger is audited with SELECT alone", async () => {
    await createPostgresTable(server.pool(), { table: "audited" });
    await server.run("GRANT SELECT ON audited TO reader");
    const founder = await fromOrderedLog(
      await openPostgresLog(server.pool(), { table: "audited" }),
      {
        genesis: createGenesis({ name: "audited" }),
      },
    );
    const auditor = await fromOrderedLog(await openPostgresLog(as("reader"), { table: "audited" }));
    expect(await auditor.checkpoint()).toEqual(await founder.checkpoint());
    await Promise.all([founder.close(), auditor.close()]);
  });

  test("a backend terminated in the breath in which it connected ends no process", async () => {
    // Between client and server: behind the first "ready for query" the server's farewell, in the same packet.
    const farewell = Buffer.concat([
      Buffer.from("E\0\0\0\x33SFATAL\0VFATAL\0C57P01\0Mterminating connection\0\0", "latin1"),
    ]);
    farewell.writeUInt32BE(farewell.length - 1, 1);
    let farewells = 0;
    const between = createServer((client: Socket) => {
      const to = connectTo(server.port, "127.0.0.1");
      client.pipe(to);
      client.on("error", () => to.destroy());
      to.on("error", () => client.destroy());
      to.on("data", (data) => {
        const ready = data.length >= 6 && data[data.length - 6] === 0x5a;
        if (!ready || farewells >= 6) return void client.write(data);
        farewells++;
        client.end(Buffer.concat([data, farewell]));
        to.destroy();
      });
    });
    await new Promise<void>((resolve) => between.listen(0, "127.0.0.1", resolve));
    const { port } = between.address() as { port: number };
    const uncaught: unknown[] = [];
    const note = (error: unknown): void => void uncaught.push(error);
    process.on("uncaughtException", note);
    const log = await openPostgresLog(server.pool({ port }), { schema: "ours", retryFor: 20_000 });
    expect(await log.size()).toBeGreaterThan(0);
    await log.close();
    process.off("uncaughtException", note);
    expect([uncaught, farewells]).toEqual([[], 6]);
    between.close();
  }, 40_000);
});

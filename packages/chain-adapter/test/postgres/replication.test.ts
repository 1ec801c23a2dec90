// What is acknowledged or given out stands on the synchronous standby too, whatever cuts the wait for it short.
import type { OrderedLog } from "@emrx/chain-adapter";
import { createPostgresTable, failoverPool, openPostgresLog } from "@emrx/chain-adapter/postgres";
import { afterEach, describe, expect, test } from "vitest";
import { startServer, type TestServer, unavailable } from "./server.js";

const reason = unavailable === undefined ? "" : ` (skipped: ${unavailable})`;
const code = (expected: string) => expect.objectContaining({ name: "LedgerError", code: expected });
const bytes = (...values: number[]): Uint8Array<ArrayBuffer> => Uint8Array.from(values);
const later = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function contents(log: OrderedLog): Promise<string[]> {
  const found: string[] = [];
  for await (const { bytes: b } of log.read(0, await log.size())) found.push(b.join());
  return found;
}

const until = async (check: () => boolean | Promise<boolean>): Promise<void> => {
  for (let i = 0; i < 600; i++) {
    if (await check()) return;
    await later(25);
  }
  expect.fail("it did not come about within 15 s");
};

/** Watches a promise: what has become of it so far. */
function watched<T>(promise: Promise<T>): { state: "waits" | "done" | "failed"; value?: T } {
  const seen: { state: "waits" | "done" | "failed"; value?: T } = { state: "waits" };
  promise.then(
    (value) => Object.assign(seen, { state: "done", value }),
    () => Object.assign(seen, { state: "failed" }),
  );
  return seen;
}

describe.skipIf(unavailable !== undefined)(`synchronous replication${reason}`, () => {
  const servers: TestServer[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0).reverse()) await server.remove();
  }, 60_000);

  /** A primary and its only synchronous standby, with a table. */
  async function pair(): Promise<{ primary: TestServer; standby: TestServer }> {
    const primary = await startServer(true);
    servers.push(primary);
    await createPostgresTable(primary.pool());
    const standby = await primary.standby("second");
    servers.push(standby);
    await primary.run("ALTER SYSTEM SET synchronous_standby_names = 'second'");
    await primary.run("SELECT pg_reload_conf()");
    const names = "SELECT count(*)::int AS n FROM pg_stat_replication WHERE sync_state = 'sync'";
    await until(async () => (await primary.run(names)).rows[0]?.n === 1);
    return { primary, standby };
  }

  const waiting = "FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
  const waits = async (primary: TestServer): Promise<boolean> =>
    (await primary.run(`SELECT count(*)::int AS n ${waiting}`)).rows[0]?.n > 0;

  /** What cuts the wait of a commit short. */
  const cuts: Readonly<Record<string, (primary: TestServer) => Promise<unknown>>> = {
    "the backend is terminated": (primary) =>
      primary.run(`SELECT pg_terminate_backend(pid) ${waiting}`),
    "the backend is cancelled": (primary) =>
      primary.run(`SELECT pg_cancel_backend(pid) ${waiting}`),
    "the primary crashes and comes back": (primary) => primary.crashAndStart(),
    "the primary is shut down and comes back": (primary) => primary.restart(),
  };

  describe.each(Object.entries(cuts))("the standby is down, and %s", (_, cut) => {
    test("the append goes on waiting, nobody is given the row, and it is acknowledged when the standby is back", async () => {
      const { primary, standby } = await pair();
      const log = await openPostgresLog(primary.pool());
      await log.append([bytes(1)]);
      standby.crash();
      const append = log.append([bytes(2)]);
      const seen = watched(append);
      await until(() => waits(primary));
      for (let round = 0; round < 2; round++) {
        await cut(primary);
        await until(() => waits(primary));
        await later(300);
        expect(seen.state).toBe("waits");
      }
      // The row stands there for everyone to see, and is not replicated: another client is not given it either.
      const { rows } = await primary.run("SELECT count(*)::int AS n FROM emrx_log");
      expect(rows).toEqual([{ n: 2 }]);
      const another = openPostgresLog(primary.pool());
      const opening = watched(another);
      await later(500);
      expect([seen.state, opening.state]).toEqual(["waits", "waits"]);
      standby.start();
      expect(await append).toBe(1);
      expect(await contents(await another)).toEqual(["1", "2"]);
      const reader = await openPostgresLog(standby.pool());
      expect(await contents(reader)).toEqual(["1", "2"]);
      await Promise.all([log.close(), reader.close(), (await another).close()]);
    }, 60_000);

    test("the primary dies and the standby is promoted: what is acknowledged is there, once", async () => {
      const { primary, standby } = await pair();
      const pool = failoverPool([primary.pool(), standby.pool()]);
      const log = await openPostgresLog(pool);
      await log.append([bytes(1)]);
      standby.crash();
      const append = log.append([bytes(2), bytes(3)]);
      const seen = watched(append);
      await until(() => waits(primary));
      await cut(primary);
      await until(() => waits(primary));
      expect(seen.state).toBe("waits");
      primary.crash();
      standby.start();
      standby.promote();
      expect(await append).toBe(1);
      expect(await log.append([bytes(4)])).toBe(3);
      expect(await contents(log)).toEqual(["1", "2", "3", "4"]);
      const { rows } = await standby.run("SELECT count(*)::int AS n FROM emrx_log");
      expect(rows).toEqual([{ n: 4 }]);
      await log.close();
    }, 60_000);
  });

  test("a writer that is killed again and again, failed over: nothing acknowledged is lost or doubled", async () => {
    const { primary, standby } = await pair();
    const log = await openPostgresLog(failoverPool([primary.pool(), standby.pool()]));
    const acknowledged: number[] = [];
    let stop = false;
    const writer = (async () => {
      for (let i = 0; !stop; i++) acknowledged[i] = await log.append([bytes(i & 255, i >> 8)]);
    })();
    const grown = async (by: number): Promise<void> => {
      const before = acknowledged.length;
      await until(() => acknowledged.length > before + by);
    };
    for (let i = 0; i < 5; i++) {
      await grown(20);
      await primary.run(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`);
    }
    await grown(20);
    primary.crash();
    standby.promote();
    await grown(20);
    stop = true;
    await writer;
    expect(await contents(log)).toEqual(acknowledged.map((_, i) => bytes(i & 255, i >> 8).join()));
    expect(acknowledged).toEqual(acknowledged.map((_, i) => i));
    await log.close();
  }, 120_000);

  test("a standby that never comes back: an error after a while, and the call may yet be carried out", async () => {
    const { primary, standby } = await pair();
    const log = await openPostgresLog(primary.pool(), { retryFor: 1500 });
    standby.crash();
    const append = log.append([bytes(1)]);
    await expect(append).rejects.toThrow(code("EMRX_STORAGE"));
    await expect(append).rejects.toThrow(/the server did not answer, within/);
    standby.start();
    await until(async () => (await log.size().catch(() => 0)) === 1);
    await log.close();
  }, 60_000);

  test("without it, entries that are gone are found by whoever saw them: writer, reader, listener", async () => {
    const primary = await startServer();
    servers.push(primary);
    await createPostgresTable(primary.pool());
    const setup = await openPostgresLog(primary.pool());
    await setup.append([bytes(1)]);
    await setup.close();
    const standby = await primary.standby("late");
    servers.push(standby);
    standby.crash();
    const pool = () => failoverPool([primary.pool(), standby.pool()]);
    const [writer, reader] = [await openPostgresLog(pool()), await openPostgresLog(pool())];
    await writer.append([bytes(2), bytes(3)]);
    expect(await reader.size()).toBe(3);
    let looked: Promise<number> | undefined;
    reader.subscribe(() => {
      looked ??= reader.size();
      looked.catch(() => undefined);
    });
    primary.crash();
    standby.start();
    standby.promote();
    await until(() => looked !== undefined);
    for (const call of [
      looked,
      reader.size(),
      reader.append([bytes(4)]),
      writer.append([bytes(4)]),
      writer.size(),
    ]) {
      await expect(call).rejects.toThrow(code("EMRX_ROLLED_BACK"));
    }
    await expect(contents(writer)).rejects.toThrow(code("EMRX_ROLLED_BACK"));
    const { rows } = await standby.run("SELECT count(*)::int AS n FROM emrx_log");
    expect(rows).toEqual([{ n: 1 }]);
    await Promise.all([writer.close(), reader.close()]);
  }, 120_000);
});

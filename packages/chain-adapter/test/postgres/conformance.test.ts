// The PostgreSQL ledger passes the conformance kit; what is skipped says why.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type Accident,
  type ConformanceHarness,
  conformanceCases,
  type Damage,
} from "../../src/conformance.js";
import {
  type ChainAdapter,
  fromOrderedLog,
  type Genesis,
  type OrderedLog,
} from "../../src/index.js";
import { openPostgresLog } from "../../src/postgres.js";
import { startServer, type TestServer, unavailable } from "./server.js";

const reason = unavailable === undefined ? "" : ` (skipped: ${unavailable})`;

interface Opened {
  readonly table: string;
  readonly log: OrderedLog;
  accident: Accident | undefined;
}

/** Statements that damage the middle of a table, as its administrator could. */
const damages: Readonly<Record<Exclude<Damage, "cut">, (table: string, at: number) => string>> = {
  flip: (table, at) =>
    `UPDATE ${table} SET bytes = set_byte(bytes, 9, get_byte(bytes, 9) # 8) WHERE index = ${at}`,
  hole: (table, at) =>
    `UPDATE ${table} SET bytes = decode(repeat('00', length(bytes)), 'hex') WHERE index = ${at}`,
  swap: (table, at) => `UPDATE ${table} AS a SET bytes = b.bytes FROM ${table} AS b
    WHERE a.index IN (${at}, ${at + 1}) AND b.index = ${2 * at + 1} - a.index`,
  missing: (table, at) => `DELETE FROM ${table} WHERE index = ${at}`,
};

function postgresHarness(server: TestServer): ConformanceHarness {
  const pool = server.pool();
  const opened = new Map<ChainAdapter, Opened>();
  let tables = 0;
  let now = 1_000_000;
  const of = (ledger: ChainAdapter): Opened => opened.get(ledger) as Opened;
  async function open(table: string, genesis?: Genesis): Promise<ChainAdapter> {
    const log = await openPostgresLog(pool, { table, clock: () => now });
    const state: Opened = { table, log, accident: undefined };
    const failing: OrderedLog = {
      name: log.name,
      durable: log.durable,
      finalityDepth: log.finalityDepth,
      read: (from, to) => log.read(from, to),
      size: () => log.size(),
      subscribe: (listener) => log.subscribe(listener),
      close: () => log.close(),
      async append(records) {
        const { accident } = state;
        state.accident = undefined;
        if (accident === "before") throw new Error("nothing was written");
        const index = await log.append(records);
        if (accident === "after") throw new Error("the answer was lost");
        return index;
      },
    };
    const ledger = await fromOrderedLog(failing, genesis === undefined ? {} : { genesis });
    opened.set(ledger, state);
    return ledger;
  }
  return {
    name: "postgres",
    window: 10_000,
    create: (genesis) => open(`kit_${tables++}`, genesis),
    async wait(_, milliseconds) {
      now += milliseconds;
    },
    reopen: (ledger) => open(of(ledger).table),
    another: (ledger) => open(of(ledger).table),
    failNext(ledger, accident) {
      of(ledger).accident = accident;
    },
    async appendRaw(ledger, bytes) {
      await of(ledger).log.append([bytes]);
    },
    async damage(ledger, damage) {
      const { table } = of(ledger);
      const { rows } = await pool.query(`SELECT count(*) AS size FROM ${table}`);
      const at = Number(rows[0].size) >> 1;
      await pool.query(`ALTER TABLE ${table} DISABLE TRIGGER ALL`);
      await pool.query(damages[damage as Exclude<Damage, "cut">](table, at));
    },
    notApplicable: {
      51: "an administrator who removes the last rows is found by a head kept elsewhere, not by the table",
    },
    async dispose(ledger) {
      const { table } = of(ledger);
      // The kit leaves second clients open; each holds a connection to listen on.
      for (const [client, state] of opened) if (state.table === table) await client.close();
      await pool.query(`DROP TABLE IF EXISTS ${table} CASCADE`);
    },
  };
}

describe.skipIf(unavailable !== undefined)(`conformance: postgres${reason}`, () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer(true);
  }, 120_000);
  afterAll(() => server.remove(), 60_000);

  test("every case that applies passes", async () => {
    const harness = postgresHarness(server);
    const cases = await conformanceCases(harness);
    const failed: string[] = [];
    let run = 0;
    for (const { number, title, skip, run: check } of cases) {
      if (skip !== undefined) continue;
      run++;
      await check().catch((error: unknown) => failed.push(`${number} ${title}: ${error}`));
    }
    expect(failed).toEqual([]);
    expect(run).toBe(62);
  }, 600_000);
});

// The PostgreSQL ledger passes the conformance kit; what is skipped says why.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Genesis } from "../../src/calls.js";
import {
  type Accident,
  type ConformanceHarness,
  conformanceCases,
  type Damage,
} from "../../src/conformance.js";
import { type ChainAdapter, fromOrderedLog, type OrderedLog } from "../../src/ledger.js";
import { patientPool } from "../../src/postgres/patient-pool.js";
import { createPostgresTable, openPostgresLog } from "../../src/postgres.js";
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
  // The harness's own statements wait for the server too.
  const { query } = patientPool(pool, 30_000);
  const sql = (text: string) => query("the harness is refused", text);
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
      limits: log.limits,
      clock: log.clock,
      finality: log.finality,
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
    timeLimit: 60_000,
    async create(genesis) {
      const table = `kit_${tables++}`;
      await createPostgresTable(pool, { table });
      return open(table, genesis);
    },
    async wait(_, milliseconds) {
      now += milliseconds;
    },
    reopen: (ledger) => open(of(ledger).table),
    another: (ledger) => open(of(ledger).table),
    failNext(ledger, accident) {
      of(ledger).accident = accident;
    },
    openLog: (ledger) => openPostgresLog(pool, { table: of(ledger).table, clock: () => now }),
    kill: () => server.crashAndStart(),
    restart: () => server.restart(),
    async damage(ledger, damage) {
      const { table } = of(ledger);
      const [row] = await sql(`SELECT count(*)::text AS size FROM ${table}`);
      const at = Number(row?.["size"]) >> 1;
      await sql(`ALTER TABLE ${table} DISABLE TRIGGER ALL`);
      await sql(damages[damage as Exclude<Damage, "cut">](table, at));
    },
    notApplicable: {
      51: "an administrator who removes the last rows is found by a checkpoint kept elsewhere, not by the table",
    },
    async dispose(ledger) {
      const { table } = of(ledger);
      // The kit leaves second clients open; each holds a connection to listen on.
      for (const [client, state] of opened) if (state.table === table) await client.close();
      await sql(`DROP TABLE IF EXISTS ${table} CASCADE`);
    },
  };
}

const servers = unavailable === undefined ? [await startServer(true), await startServer(true)] : [];
afterAll(() => Promise.all(servers.map((server) => server.remove())), 60_000);

async function kit(server: TestServer): Promise<void> {
  const cases = await conformanceCases(postgresHarness(server));
  const ran: number[] = [];
  for (const { number, title, skip, run } of cases) {
    const name = `${number} ${title}${skip === undefined ? "" : ` (skipped: ${skip})`}`;
    test.skipIf(skip !== undefined)(name, async () => {
      await run();
      ran.push(number);
    });
  }
  // More cases may come, but none of these may be skipped silently.
  afterAll(() => expect(ran.length).toBeGreaterThanOrEqual(86));
}

describe.skipIf(unavailable !== undefined)(`conformance: postgres${reason}`, async () => {
  const [server] = servers;
  if (server === undefined) test.skip(`every case that applies passes ${reason}`);
  else await kit(server);
});

describe.skipIf(unavailable !== undefined)(
  `conformance: postgres, its server killed and started again all the while${reason}`,
  async () => {
    const [, server] = servers;
    if (server === undefined) {
      test.skip(`every case that applies passes ${reason}`);
      return;
    }
    let [stop, kills] = [false, 0];
    let killer: Promise<void> | undefined;
    beforeAll(() => {
      killer = (async () => {
        while (!stop) {
          await new Promise((resolve) => setTimeout(resolve, 700));
          await server.crashAndStart();
          kills++;
        }
      })();
    });
    await kit(server);
    afterAll(async () => {
      stop = true;
      await killer;
      expect(kills).toBeGreaterThanOrEqual(5);
    }, 60_000);
  },
);

// What can be said about the log in PostgreSQL without a server: rows are checked, and broken connections are tried again.
import { LedgerError } from "@emrx/chain-adapter";
import {
  failoverPool,
  openPostgresLog,
  type PostgresClient,
  type PostgresPool,
} from "@emrx/chain-adapter/postgres";
import { fc, property } from "@emrx/testkit";
import { describe, expect, test } from "vitest";
import { mayRetry } from "../../src/postgres/connection.js";
import { patientPool } from "../../src/postgres/patient-pool.js";
import { checkedRow, emptyTail, nextRow } from "../../src/postgres/table.js";
import { hostile } from "../hostile.js";

const failure = (code: string): Error => Object.assign(new Error("it broke"), { code });
const storage = expect.objectContaining({ name: "LedgerError", code: "EMRX_STORAGE" });
const damaged = expect.objectContaining({ code: "EMRX_DAMAGED" });

describe("rows", () => {
  const first = nextRow(emptyTail, 5, Uint8Array.of(1, 2));
  const second = nextRow({ size: 1, time: 5, chain: first.chain }, 6, Uint8Array.of(3));
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
  /** As the statements ask for it: everything as text. */
  const read = ({ index, time, bytes, chain }: typeof first) => ({
    ...{ index: String(index), time: String(time) },
    ...{ bytes: hex(bytes), chain: hex(chain) },
  });

  test("a row that follows is read as it was written", () => {
    expect(checkedRow("t", emptyTail, read(first))).toEqual(first);
    expect(checkedRow("t", { size: 1, time: 5, chain: first.chain }, read(second))).toEqual(second);
  });

  test("a row with any part altered, or out of its place, is damage with its place", () => {
    const tail = { size: 1, time: 5, chain: first.chain };
    for (const change of [
      { index: "0" },
      { index: "2" },
      { time: "7" },
      { bytes: "04" },
      { chain: hex(first.chain) },
      { chain: hex(second.chain.subarray(0, 31)) },
      { chain: `${hex(second.chain)}00` },
    ]) {
      expect(() => checkedRow("t", tail, { ...read(second), ...change })).toThrow(damaged);
    }
    expect(() => checkedRow("t", { ...tail, chain: second.chain }, read(second))).toThrow(damaged);
    const gone = { code: "EMRX_DAMAGED", details: { table: "t", index: 1 } };
    expect(() => checkedRow("t", emptyTail, read(second))).toThrow(expect.objectContaining(gone));
  });

  test("a number is written with digits and nothing else; anything else is the driver's or the database's fault, not damage", () => {
    for (const index of [
      "",
      " ",
      "00",
      "0x0",
      "0.0",
      "-0",
      "9007199254740993",
      undefined,
      false,
      [],
      0,
      0n,
    ])
      expect(() => checkedRow("t", emptyTail, { ...read(first), index })).toThrow(storage);
  });

  property(
    "whatever a column holds but the text that was written is refused with a code",
    [hostile, fc.constantFrom("index", "time", "bytes", "chain")],
    (value, column) => {
      fc.pre(value !== read(first)[column]);
      expect(() => checkedRow("t", emptyTail, { ...read(first), [column]: value })).toThrow(
        LedgerError,
      );
    },
  );
});

/** A pool whose connections fail with these codes, one after the other, and then work. */
function failing(codes: readonly string[]): {
  pool: PostgresPool;
  released: (boolean | undefined)[];
} {
  const [left, released] = [[...codes], [] as (boolean | undefined)[]];
  const pool: PostgresPool = {
    on: () => undefined,
    connect: async () => ({
      query: async () => {
        const code = left.shift();
        if (code !== undefined) throw failure(code);
        return { command: "SELECT", rows: [{ answer: "42" }] };
      },
      on: () => undefined,
      off: () => undefined,
      release: (destroy) => void released.push(destroy),
    }),
  };
  return { pool, released };
}

describe("a server that is away", () => {
  test("work is done again on another connection, and broken ones are not used again", async () => {
    const { pool, released } = failing(["08006", "57P03", "ECONNRESET"]);
    const rows = await patientPool(pool, 10_000).query("it is refused", "SELECT 42 AS answer");
    expect(rows).toEqual([{ answer: "42" }]);
    expect(released).toEqual([true, true, true, undefined]);
  });

  test("what cannot get better is not tried again, and says what was tried", async () => {
    const { pool, released } = failing(["42601", "08006"]);
    const asked = patientPool(pool, 10_000).query("the table cannot be read", "SELEKT");
    await expect(asked).rejects.toThrow(storage);
    await expect(asked).rejects.toThrow(/the table cannot be read: it broke/);
    expect(released).toEqual([true]);
  });

  test("patience ends", async () => {
    const { pool } = failing(new Array(1000).fill("08006"));
    await expect(patientPool(pool, 120).query("it is away", "SELECT 1")).rejects.toThrow(storage);
  });

  test("an error of the ledger's own is handed on as it is", async () => {
    const own = new LedgerError("EMRX_ROLLED_BACK", "gone");
    const asked = patientPool(failing([]).pool, 1000).run("x", () => Promise.reject(own));
    await expect(asked).rejects.toBe(own);
  });

  test.each([
    ["08003", true],
    ["57P01", true],
    ["57P02", true],
    ["57P03", true],
    ["25006", true],
    ["53300", true],
    ["40001", true],
    ["40P01", true],
    ["55P03", true],
    ["ECONNREFUSED", true],
    ["EPIPE", true],
    ["57P04", false],
    ["23505", false],
    ["42P01", false],
    ["28P01", false],
  ])("code %s: trying again can help: %s", (code, can) => {
    expect(mayRetry(failure(code))).toBe(can);
  });

  test("the driver's own errors have no code", () => {
    expect(mayRetry(new Error("Connection terminated unexpectedly"))).toBe(true);
    expect(
      mayRetry(new Error("Client has encountered a connection error and is not queryable")),
    ).toBe(true);
    expect(mayRetry(new Error("timeout exceeded when trying to connect"))).toBe(true);
    expect(mayRetry(new Error("syntax error"))).toBe(false);
    expect(mayRetry("08006")).toBe(false);
  });

  test("a server that never answers makes no log", async () => {
    const pool: PostgresPool = {
      connect: () => Promise.reject(failure("ECONNREFUSED")),
      on: () => undefined,
    };
    await expect(openPostgresLog(pool, { retryFor: 60 })).rejects.toThrow(storage);
  });
});

describe("a pool that hands out too little", () => {
  test("of one connection: refused at once, with what is needed", async () => {
    for (const options of [{ max: 1 }, { max: 0 }]) {
      const opening = openPostgresLog({ ...failing([]).pool, options });
      await expect(opening).rejects.toThrow(
        expect.objectContaining({ code: "EMRX_INVALID_OPTION" }),
      );
      const behind = openPostgresLog(
        failoverPool([failing([]).pool, { ...failing([]).pool, options }]),
      );
      await expect(behind).rejects.toThrow(/two connections or more/);
    }
  });

  test("whose connections never come free: an error after a while, and a late one goes back", async () => {
    let hand: (client: PostgresClient) => void = () => {};
    const waiting = new Promise<PostgresClient>((resolve) => {
      hand = resolve;
    });
    const asked = patientPool({ on: () => undefined, connect: () => waiting }, 60).query("no", "x");
    await expect(asked).rejects.toThrow(storage);
    await expect(asked).rejects.toThrow(/no: no connection was free: each open log keeps one/);
    const { pool, released } = failing([]);
    hand(await pool.connect());
    await new Promise((resolve) => setTimeout(resolve));
    expect(released).toEqual([undefined]);
  });

  test("a server that takes a statement and never answers: an error after a while, and the connection is closed", async () => {
    const { pool, released } = failing([]);
    const asked = patientPool(pool, 60).run("no", () => new Promise(() => {}));
    await expect(asked).rejects.toThrow(/no: the server did not answer, within/);
    expect(released).toEqual([true]);
  });
});

describe("several servers", () => {
  const server = (standby: boolean | Error, used: string[], name: string): PostgresPool => ({
    on: (event: string) => void used.push(`${name} ${event}`),
    connect: async () => {
      if (standby instanceof Error) throw standby;
      return {
        query: async () => ({ command: "SELECT", rows: [{ standby: String(standby) }] }),
        on: () => undefined,
        off: () => undefined,
        release: () => void used.push(`${name} released`),
      };
    },
  });

  test("the first that takes writes is used, and what is not used is given back", async () => {
    const used: string[] = [];
    const pool = failoverPool([
      server(failure("ECONNREFUSED"), used, "a"),
      server(true, used, "b"),
      server(false, used, "c"),
    ]);
    const client = await pool.connect();
    expect(used).toEqual(["b released"]);
    client.release();
    expect(used).toEqual(["b released", "c released"]);
    pool.on("error", () => {});
    pool.on("acquire", () => {});
    expect(used.slice(2)).toEqual([
      "a error",
      "b error",
      "c error",
      "a acquire",
      "b acquire",
      "c acquire",
    ]);
  });

  test("a connection that breaks while it is asked is closed, and the next server is tried", async () => {
    const { pool: broken, released } = failing(["08006"]);
    await failoverPool([broken, server(false, [], "b")]).connect();
    expect(released).toEqual([true]);
  });

  test("only standbys, or none at all: an error after which trying again can help", async () => {
    const error = await failoverPool([server(true, [], "a")])
      .connect()
      .catch((e: unknown) => e);
    expect(mayRetry(error)).toBe(true);
    await expect(failoverPool([]).connect()).rejects.toThrow(/no server was given/);
  });
});

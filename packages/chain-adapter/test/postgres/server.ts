// PostgreSQL servers for tests: found (or, as root on Debian, installed), started in folders of their own and stopped
// again. It takes a minute of starting and killing, so it is done when EMRX_POSTGRES=1 asks for it. Where no server can
// be had, the tests skip and say why.
import { type SpawnSyncReturns, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type pg from "pg";

// `pg` itself, piece by piece: the test runner resolves every package by its "import" condition, by which the CommonJS file
// of `pg` gets the ES module of `pg-pool` and breaks.
const require = createRequire(import.meta.url);
const inside = createRequire(require.resolve("pg/lib/client.js"));
const Client: typeof pg.Client = require("pg/lib/client.js");
const Pool: typeof pg.Pool = require(join(dirname(inside.resolve("pg-pool")), "..", "index.js"));

const DEBIAN = "/usr/lib/postgresql";

function findBinaries(): string | undefined {
  const versions = existsSync(DEBIAN)
    ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a))
    : [];
  const debian = versions.map((version) => join(DEBIAN, version, "bin"));
  const path = (process.env["PATH"] ?? "").split(":");
  return [...debian, ...path].find((folder) => existsSync(join(folder, "initdb")));
}

const wanted = process.env["EMRX_POSTGRES"] === "1";
const isRoot = process.getuid?.() === 0;

function install(): string | undefined {
  if (!wanted || !isRoot || !existsSync("/usr/bin/apt-get")) return undefined;
  const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  spawnSync("apt-get", ["install", "-y", "--no-install-recommends", "postgresql"], {
    env: environment,
  });
  return findBinaries();
}

const binaries = findBinaries() ?? install();
// The server refuses to run as root; Debian's package makes the user postgres.
const user = isRoot && spawnSync("id", ["postgres"]).status === 0 ? "postgres" : undefined;

/** Why no server can be started, or undefined. */
export const unavailable: string | undefined = !wanted
  ? "EMRX_POSTGRES=1 runs it"
  : binaries === undefined
    ? "no PostgreSQL server is installed, and it can be installed only by root on Debian"
    : isRoot && user === undefined
      ? "PostgreSQL does not run as root and there is no user postgres"
      : undefined;

function commandOf(program: string, parameters: readonly string[]): [string, ...string[]] {
  return shell(join(binaries as string, program), ...parameters);
}

/** A command as the user who runs the servers. */
function shell(command: string, ...parameters: string[]): [string, ...string[]] {
  if (user === undefined) return [command, ...parameters];
  return ["runuser", "-u", user, "--", command, ...parameters];
}

async function runAside(program: string, ...parameters: string[]): Promise<void> {
  const [first, ...rest] = commandOf(program, parameters);
  const child = spawn(first, rest, { cwd: "/", stdio: "ignore" });
  const [status] = await once(child, "exit");
  if (status !== 0) throw new Error(`${program} ${parameters.join(" ")} ended with ${status}`);
}

function run(program: string, ...parameters: string[]): SpawnSyncReturns<string> {
  const all = commandOf(program, parameters);
  const [first, ...rest] = all;
  const result = spawnSync(first, rest, {
    encoding: "utf8",
    cwd: "/",
    stdio: ["ignore", "ignore", "pipe"],
  });
  if (result.status !== 0) throw new Error(`${all.join(" ")}: ${result.stderr}`);
  return result;
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        resolve(typeof address === "object" && address !== null ? address.port : 0),
      );
    });
  });

export interface TestServer {
  readonly port: number;
  /** A pool of connections to it, as the superuser unless the settings say otherwise; ended with the server. */
  pool(settings?: pg.PoolConfig): pg.Pool;
  /** Stops it as a crash would: no shutdown, recovery at the next start. */
  crash(): void;
  start(): void;
  /** Shuts it down in order and starts it again, as an administrator does; who waits is not waited for. */
  restart(): Promise<void>;
  /** The same one after the other while the process goes on, so that it meets a server that is away. */
  crashAndStart(): Promise<void>;
  /** Runs statements as the superuser. */
  run(text: string): Promise<pg.QueryResult>;
  /** A standby that streams from this server. */
  standby(name: string): Promise<TestServer>;
  promote(): void;
  /** A server, not started, on the folder that shell commands make at `DATA` of the server at `PRIMARY`. */
  copy(commands: string): Promise<TestServer>;
  /** Stops it and removes its folder. */
  remove(): Promise<void>;
}

/** Starts an empty server; with `quick` it does not wait for the disk, which only a crash of the machine would show. */
export async function startServer(quick = false): Promise<TestServer> {
  const folder = newFolder();
  run("initdb", "-D", join(folder, "data"), "-A", "trust", "-U", "emrx", "--no-sync", "-E", "UTF8");
  return serve(folder, await freePort(), quick ? " -c fsync=off" : "");
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "emrx-postgres-"));
  if (user !== undefined) spawnSync("chown", [user, folder]);
  return folder;
}

function serve(folder: string, port: number, more = "", started = true): TestServer {
  const data = join(folder, "data");
  const pools: pg.Pool[] = [];
  const settings = `-p ${port} -k ${folder} -c listen_addresses=127.0.0.1 -c max_wal_senders=4 -c shared_buffers=16MB -c wal_retrieve_retry_interval=100ms${more}`;
  const starting = ["-D", data, "-w", "-l", join(folder, "log"), "-o", settings, "start"];
  /** Stops and starts it while the process goes on; one after the other, whoever asks. */
  let last: Promise<void> = Promise.resolve();
  function inTurn(mode: "immediate" | "fast"): Promise<void> {
    const done = last.then(async () => {
      await runAside("pg_ctl", "-D", data, "-m", mode, "-w", "stop");
      await runAside("pg_ctl", ...starting);
    });
    last = done.catch(() => undefined);
    return done;
  }
  const server: TestServer = {
    port,
    pool(own = {}) {
      const pool = new Pool({
        Client,
        host: "127.0.0.1",
        port,
        user: "emrx",
        database: "postgres",
        max: 20,
        ...own,
      });
      pools.push(pool);
      return pool;
    },
    crash: () => void run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop"),
    start: () => void run("pg_ctl", ...starting),
    restart: () => inTurn("fast"),
    crashAndStart: () => inTurn("immediate"),
    async run(text) {
      const client = new Client({ host: "127.0.0.1", port, user: "emrx", database: "postgres" });
      client.on("error", () => {});
      await client.connect();
      try {
        return await client.query(text);
      } finally {
        await client.end();
      }
    },
    async standby(name) {
      const other = newFolder();
      const from = `host=127.0.0.1 port=${port} user=emrx application_name=${name}`;
      run(
        "pg_basebackup",
        "-D",
        join(other, "data"),
        "-d",
        from,
        "-R",
        "-X",
        "stream",
        "-c",
        "fast",
      );
      return serve(other, await freePort());
    },
    async copy(commands) {
      const other = newFolder();
      const variables = [
        `DATA=${join(other, "data")}`,
        `PRIMARY=host=127.0.0.1 port=${port} user=emrx`,
      ];
      const path = `PATH=${binaries}:${process.env["PATH"]}`;
      const [first, ...rest] = shell("env", path, ...variables, "sh", "-euc", commands);
      const { status, stderr } = spawnSync(first, rest, { encoding: "utf8", cwd: "/" });
      if (status !== 0) throw new Error(`${commands}: ${stderr}`);
      return serve(other, await freePort(), "", false);
    },
    promote: () => void run("pg_ctl", "-D", data, "-w", "promote"),
    async remove() {
      await last; // a start that is under way would outlive it
      const ended = Promise.allSettled(pools.map((pool) => pool.end()));
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 1000))]);
      try {
        run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop");
      } catch {
        // it is down already
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
  if (started) server.start();
  return server;
}

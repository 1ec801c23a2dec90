// The page "Runbooks", played on the clusters: its shell commands run as they stand there.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createGenesis, createIdentity, signCall } from "@emrx/chain-adapter";
import { exportLedger } from "@emrx/chain-adapter/file";
import {
  auditLedger,
  type ChainAdapter,
  fromOrderedLog,
  type OrderedLog,
} from "@emrx/chain-adapter/ledger";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { etcdLog } from "../src/etcd-log.js";
import { killed, later, NODES, unavailable } from "./cluster.js";
import { type System, startEtcd, startNats } from "./systems.js";

const reason = unavailable === undefined ? "" : ` (skipped: ${unavailable})`;
const page = readFileSync(new URL("../../../docs/runbooks.md", import.meta.url), "utf8");

/** Runs the nth block of shell commands under a heading of the page. */
function play(heading: string, nth: number, variables: Readonly<Record<string, string>>): string {
  const [, section = ""] = page.split(`\n## ${heading}\n`);
  const [text = ""] = section.split("\n## ");
  const block = [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)][nth]?.[1];
  if (block === undefined) throw new Error(`no block ${nth} under ${heading}`);
  const env = { ...process.env, ETCDCTL_API: "3", ...variables };
  return execFileSync("sh", ["-euc", block], {
    env,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
}

const site = await createIdentity({ secretKey: new Uint8Array(32).fill(9) });

async function publish(ledger: ChainAdapter, from: number, count: number): Promise<void> {
  for (let version = from; version < from + count; version++) {
    const call = {
      type: "access.setPolicy",
      policyId: "main",
      version,
      schemaHash: "00".repeat(32),
      rules: [],
    } as const;
    await ledger.submit(await signCall(ledger.id, site, call, { key: `v${version}` }));
  }
}

/** Writes exported lines into an empty log, each entry with its time. */
async function restore(
  lines: readonly string[],
  open: (clock: () => number) => Promise<OrderedLog>,
): Promise<void> {
  let now = 0;
  const log = await open(() => now);
  for (const line of lines) {
    const { time, bytes } = JSON.parse(line) as { time: number; bytes: string };
    now = time;
    await log.append([Uint8Array.from(Buffer.from(bytes, "hex"))]);
  }
  await log.close();
}

async function linesOf(ledger: ChainAdapter): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of exportLedger(ledger)) lines.push(line);
  return lines;
}

/** Waits until something holds; what fails meanwhile is tried again. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await holds().catch(() => false))) {
    if (Date.now() > deadline) throw new Error("it did not come to hold within a minute");
    await later(200);
  }
}

describe.skipIf(unavailable !== undefined)(`runbooks on clusters${reason}`, () => {
  let [nats, etcd]: System[] = [];
  const on = (system: System | undefined): System => system as System;
  beforeAll(async () => {
    [nats, etcd] = [await startNats(), await startEtcd()];
  }, 120_000);
  afterAll(async () => {
    await nats?.stop();
    await etcd?.stop();
  }, 60_000);

  test("a ledger of NATS is backed up while a node dies, and restored into etcd and back: the same checkpoint", async () => {
    const genesis = createGenesis({ name: "runbook" });
    await on(nats).create("original");
    const ledger = await fromOrderedLog(await on(nats).open("original"), { genesis });
    await publish(ledger, 1, 20);
    const dying = killed(on(nats).cluster, 1);
    const lines = await linesOf(ledger);
    await dying;
    const checkpoint = await ledger.checkpoint();
    expect(lines.length).toBe(21);
    await restore(lines, (clock) => on(etcd).open("copy", clock));
    const copy = await fromOrderedLog(await on(etcd).open("copy"));
    expect(await copy.checkpoint()).toEqual(checkpoint);
    expect((await auditLedger(copy, { trustedCheckpoint: checkpoint })).passed).toBe(true);
    await on(nats).create("again");
    await restore(await linesOf(copy), (clock) => on(nats).open("again", clock));
    const again = await fromOrderedLog(await on(nats).open("again"));
    expect(await again.checkpoint()).toEqual(checkpoint);
    // A copy that is older shows against a checkpoint kept elsewhere.
    await publish(ledger, 21, 1);
    const kept = await ledger.checkpoint();
    expect((await auditLedger(again, { trustedCheckpoint: kept })).passed).toBe(false);
    await Promise.all([ledger.close(), copy.close(), again.close()]);
  }, 120_000);

  test("etcd: a snapshot restored is the ledger of that hour, and shows its age", async () => {
    const folder = mkdtempSync(join(tmpdir(), "emrx-runbook-"));
    const { cluster } = on(etcd);
    const ledger = await fromOrderedLog(await on(etcd).open("snap"), {
      genesis: createGenesis({ name: "snap" }),
    });
    await publish(ledger, 1, 5);
    const atSnapshot = await ledger.checkpoint();
    const [peer, client] = ["http://127.0.0.1:12380", "http://127.0.0.1:12379"];
    const variables = {
      ...{ ENDPOINT: `http://${cluster.clients[0]}:2379`, BACKUP: join(folder, "backup") },
      ...{ DATA: join(folder, "data"), PEER: peer },
    };
    play("etcd", 2, variables);
    await publish(ledger, 6, 2);
    const kept = await ledger.checkpoint();
    await ledger.close();
    const addresses = ["--listen-client-urls", client, "--advertise-client-urls", client];
    const parameters = [
      "--name",
      "restored",
      "--data-dir",
      variables.DATA,
      ...addresses,
      "--listen-peer-urls",
      peer,
    ];
    const server = spawn("etcd", [...parameters, "--logger", "zap"], { stdio: "ignore" });
    const restored = await fromOrderedLog(etcdLog([client], "snap"));
    expect(await restored.checkpoint()).toEqual(atSnapshot);
    expect((await auditLedger(restored, { trustedCheckpoint: atSnapshot })).passed).toBe(true);
    expect((await auditLedger(restored, { trustedCheckpoint: kept })).passed).toBe(false);
    await publish(restored, 6, 1);
    await restored.close();
    server.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }, 120_000);

  test("etcd: a node that lost its disk joins as a new member, and carries the log when another is gone", async () => {
    const { cluster } = on(etcd);
    const log = await on(etcd).open("disk");
    await log.append([Uint8Array.of(1), Uint8Array.of(2)]);
    await cluster.kill(0);
    cluster.wipe(0);
    await until(async () => (await log.size()) === 2); // the others have a leader again
    const ENDPOINT = `http://${cluster.clients[1]}:2379`;
    const listing = ["--endpoints", ENDPOINT, "member", "list"];
    const list = execFileSync("etcdctl", listing, {
      env: { ...process.env, ETCDCTL_API: "3" },
      encoding: "utf8",
    });
    const MEMBER = /^(\w+), \w+, n0,/m.exec(list)?.[1] ?? "";
    const variables = { ENDPOINT, MEMBER, NAME: "n0", PEER: `http://${cluster.peers[0]}:2380` };
    // Refused as "unhealthy cluster" at first, now and then; the page says so.
    for (const step of [0, 1]) await until(async () => play("etcd", step, variables) !== "");
    cluster.start(0, "--initial-cluster-state", "existing");
    const alone = etcdLog([`http://${cluster.clients[0]}:2379`], "disk");
    await until(async () => (await alone.size()) === 2); // it has joined, and holds what the others hold
    await cluster.kill(2);
    expect(await log.append([Uint8Array.of(3)])).toBe(2);
    const found: number[] = [];
    for await (const { bytes } of alone.read(0, await alone.size())) found.push(bytes[0] ?? 0);
    expect(found).toEqual([1, 2, 3]);
    cluster.start(2);
    await Promise.all([log.close(), alone.close()]);
  }, 120_000);

  test("NATS: a node that lost its disk gets the stream from the others, and carries it when another is gone", async () => {
    const { cluster } = on(nats);
    await on(nats).create("disk");
    const log = await on(nats).open("disk");
    for (let i = 0; i < 10; i++) await log.append([Uint8Array.of(i)]);
    for (const node of NODES.slice(0, 2)) {
      await cluster.kill(node);
      cluster.wipe(node);
      cluster.start(node);
      await log.append([Uint8Array.of(20 + node)]);
      await later(8000);
    }
    await cluster.kill(2);
    await log.append([Uint8Array.of(30)]);
    const found: number[] = [];
    for await (const { bytes } of log.read(0, await log.size())) found.push(bytes[0] ?? 0);
    expect(found).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 20, 21, 30]);
    cluster.start(2);
    await log.close();
  }, 120_000);
});

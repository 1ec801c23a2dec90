// The page "Runbooks", played on PostgreSQL: its shell commands run as they stand there.
import { readFileSync } from "node:fs";
import { createGenesis, createIdentity, signCall } from "@emrx/chain-adapter";
import { exportLedger } from "@emrx/chain-adapter/file";
import { auditLedger, type ChainAdapter, fromOrderedLog } from "@emrx/chain-adapter/ledger";
import { createPostgresTable, failoverPool, openPostgresLog } from "@emrx/chain-adapter/postgres";
import { afterAll, describe, expect, test } from "vitest";
import { startServer, type TestServer, unavailable } from "./server.js";

const reason = unavailable === undefined ? "" : ` (skipped: ${unavailable})`;
const page = readFileSync(new URL("../../../../docs/runbooks.md", import.meta.url), "utf8");
const [, block = ""] = /\n## PostgreSQL\n[\s\S]*?```sh\n([\s\S]*?)```/.exec(page) ?? [];

async function publish(ledger: ChainAdapter, from: number, count: number): Promise<void> {
  const site = await createIdentity({ secretKey: new Uint8Array(32).fill(9) });
  for (let version = from; version < from + count; version++) {
    const call = { policyId: "main", version, schemaHash: "00".repeat(32), rules: [] };
    const signed = { type: "access.setPolicy", ...call } as const;
    await ledger.submit(await signCall(ledger.id, site, signed, { key: `v${version}` }));
  }
}

describe.skipIf(unavailable !== undefined)(`runbooks on PostgreSQL${reason}`, () => {
  const servers: TestServer[] = [];
  afterAll(async () => {
    for (const server of servers.reverse()) await server.remove();
  }, 60_000);

  test("a base backup is the ledger of its hour; whoever saw more finds out", async () => {
    const primary = await startServer();
    servers.push(primary);
    await createPostgresTable(primary.pool());
    const genesis = createGenesis({ name: "runbook" });
    const ledger = await fromOrderedLog(await openPostgresLog(primary.pool()), { genesis });
    await publish(ledger, 1, 5);
    const atBackup = await ledger.checkpoint();
    const restored = await primary.copy(block);
    servers.push(restored);
    await publish(ledger, 6, 2);
    const kept = await ledger.checkpoint();
    const pool = failoverPool([primary.pool(), restored.pool()]);
    const saw = await openPostgresLog(pool);
    primary.crash();
    restored.start();
    await expect(saw.append([Uint8Array.of(1)])).rejects.toMatchObject({
      code: "EMRX_ROLLED_BACK",
    });
    await saw.close();
    const copy = await fromOrderedLog(await openPostgresLog(restored.pool()));
    expect(await copy.checkpoint()).toEqual(atBackup);
    expect((await auditLedger(copy, { trustedCheckpoint: atBackup })).passed).toBe(true);
    expect((await auditLedger(copy, { trustedCheckpoint: kept })).passed).toBe(false);
    await publish(copy, 6, 1);

    // And by reading: the same entries with the same times, so the same checkpoint.
    await createPostgresTable(restored.pool(), { table: "again" });
    let now = 0;
    const log = await openPostgresLog(restored.pool(), { table: "again", clock: () => now });
    for await (const line of exportLedger(copy)) {
      const { time, bytes } = JSON.parse(line) as { time: number; bytes: string };
      now = time;
      await log.append([Uint8Array.from(Buffer.from(bytes, "hex"))]);
    }
    const again = await fromOrderedLog(log);
    expect(await again.checkpoint()).toEqual(await copy.checkpoint());
    await Promise.all([copy.close(), again.close()]);
  }, 120_000);
});

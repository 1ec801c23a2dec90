// The store in PostgreSQL: the kit over real connections, cut ones included. `npm run test:postgres` starts the server.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  startServer,
  type TestServer,
  unavailable,
} from "../../../chain-adapter/test/postgres/server.js";
import { createAccountant } from "../../src/accounting.js";
import type { Store } from "../../src/index.js";
import { createPostgresStoreTable, postgresStore } from "../../src/postgres.js";
import { type StoreHarness, storeConformanceCases } from "../../src/store-conformance.js";

describe.skipIf(unavailable !== undefined)(
  `PostgreSQL store${unavailable === undefined ? "" : ` (skipped: ${unavailable})`}`,
  () => {
    let server: TestServer;
    beforeAll(async () => {
      server = await startServer(true);
    }, 120_000);
    afterAll(() => server?.remove());

    let tables = 0;
    const made = new WeakMap<Store, string>();
    async function over(table: string): Promise<Store> {
      const store = await postgresStore(server.pool(), { table });
      made.set(store, table);
      return store;
    }
    const harness: StoreHarness = {
      name: "PostgreSQL",
      async create() {
        const table = `store_${tables++}`;
        await createPostgresStoreTable(server.pool(), { table });
        await createPostgresStoreTable(server.pool(), { table }); // twice is once
        return over(table);
      },
      another: (store) => over(made.get(store) as string),
      reopen: (store) => over(made.get(store) as string),
    };
    for (const { number, title, skip, run } of storeConformanceCases(harness)) {
      if (skip === undefined) test(`${number} ${title}`, run, 60_000);
      else test.skip(`${number} ${title} (${skip})`, () => {});
    }

    test("workers over their own pools debit one person at once: the budget holds", async () => {
      const store = await harness.create();
      const workers = await Promise.all(
        [1, 2, 3].map(() => harness.another?.(store) as Promise<Store>),
      );
      const spends = workers.flatMap((memory) =>
        Array.from({ length: 4 }, (_, i) =>
          createAccountant({ memory, lifetimeBudget: "1" })
            .spend("ann", "0.2", `part ${i}`)
            .then(
              () => "paid",
              (error: { code: string }) => error.code,
            ),
        ),
      );
      const results = await Promise.all(spends);
      expect(results.filter((result) => result === "paid").length).toBe(5);
      expect(new Set(results)).toEqual(new Set(["paid", "EMRX_BUDGET_EXHAUSTED"]));
      expect(await createAccountant({ memory: store, lifetimeBudget: "1" }).spent("ann")).toBe("1");
    }, 60_000);

    test("a name that is none, and a table that is not there, are typed errors", async () => {
      for (const table of ["", "A", "a b", "a;drop", 'a"b', "a.b.c"])
        await expect(postgresStore(server.pool(), { table })).rejects.toMatchObject({
          code: "EMRX_BAD_PARAMETER",
        });
      await expect(postgresStore(server.pool(), { table: "nowhere" })).rejects.toMatchObject({
        code: "EMRX_STORE_FAILED",
      });
    });
  },
);

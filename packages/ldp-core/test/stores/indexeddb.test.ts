// The store of a browser, in a browser: the kit, reopening, two connections at once, and a deletion under it.
import { describe, expect, test } from "vitest";
import { createRandomizer, type LdpError } from "../../src/index.js";
import { type IndexedDbStore, indexedDbStore } from "../../src/indexeddb.js";
import { type StoreHarness, storeConformanceCases } from "../../src/store-conformance.js";
import { example } from "../schema/example.js";

const there = typeof indexedDB !== "undefined";
let databases = 0;
const freshName = () => `emrx ${Date.now()} ${databases++}`;

const names = new WeakMap<object, string>();
async function openAs(name: string): Promise<IndexedDbStore> {
  const store = await indexedDbStore(name);
  names.set(store, name);
  return store;
}

const harness: StoreHarness = {
  name: "IndexedDB",
  create: () => openAs(freshName()),
  async reopen(store) {
    (store as IndexedDbStore).close();
    return openAs(names.get(store) as string);
  },
  another: (store) => openAs(names.get(store) as string),
  dispose: async (store) => (store as IndexedDbStore).close(),
};

describe.skipIf(!there)(
  "IndexedDB store (skipped outside a browser: there is no IndexedDB)",
  () => {
    for (const { number, title, skip, run } of storeConformanceCases(harness)) {
      if (skip === undefined) test(`${number} ${title}`, run);
      else test.skip(`${number} ${title} (${skip})`, () => {});
    }

    test("a page that is loaded again goes on with the person's budget and gives the same report", async () => {
      const name = freshName();
      const record = { sex: "male", stage: "II", bmi: 24, stay: 5 } as const;
      const before = await openAs(name);
      const bytes = await createRandomizer(example, {
        lifetimeBudget: "3",
        memory: before,
      }).randomize(record);
      before.close();
      const memory = await openAs(name);
      const again = createRandomizer(example, { lifetimeBudget: "3", memory });
      expect(await again.randomize(record)).toEqual(bytes);
      expect(await again.remaining()).toBe("0");
      await expect(again.randomize({ ...record, sex: "female" })).rejects.toMatchObject({
        code: "EMRX_BUDGET_EXHAUSTED",
      });
      memory.close();
    });

    test("two tabs that publish for one person at once pay once, and give the same report", async () => {
      const name = freshName();
      const record = { sex: "male", stage: "II", bmi: 24, stay: 5 } as const;
      const tabs = await Promise.all([openAs(name), openAs(name), openAs(name)]);
      const reports = await Promise.all(
        tabs.map((memory) =>
          createRandomizer(example, { lifetimeBudget: "3", memory }).randomize(record),
        ),
      );
      expect(reports[1]).toEqual(reports[0]);
      expect(reports[2]).toEqual(reports[0]);
      for (const tab of tabs) tab.close();
    });

    test("a store whose database is deleted, or that is closed, fails with a typed error", async () => {
      const name = freshName();
      const store = await openAs(name);
      await new Promise((resolve, reject) => {
        const request = indexedDB.deleteDatabase(name);
        request.onsuccess = resolve;
        request.onerror = reject;
      });
      const write = { key: "a", expected: undefined, bytes: Uint8Array.of(1) };
      await expect(store.write([write])).rejects.toMatchObject({ code: "EMRX_STORE_FAILED" });
      await expect(store.read(["a"])).rejects.toMatchObject({ code: "EMRX_STORE_FAILED" });
    });
  },
);

test.skipIf(there)("where there is no IndexedDB, opening says so", async () => {
  const error: LdpError = await indexedDbStore("x").then(
    () => undefined as never,
    (caught) => caught,
  );
  expect(error.code).toBe("EMRX_STORE_FAILED");
  expect(error.message).toContain("IndexedDB");
});

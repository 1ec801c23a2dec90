// What every content store must do.
import { type ContentStore, contentIdOf } from "@emrx/chain-adapter/payload";
import { fc } from "@emrx/testkit";
import { expect, test } from "vitest";

export function storeLaws(make: () => Promise<ContentStore>): void {
  const code = (expected: string) =>
    expect.objectContaining({ name: "LedgerError", code: expected });

  test("what was put is got back, under the content id of its bytes", async () => {
    const store = await make();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        const id = await store.put(bytes);
        expect(id).toBe(contentIdOf(bytes));
        expect(await store.has(id)).toBe(true);
        expect([...(await store.get(id))]).toEqual([...bytes]);
      }),
      { numRuns: 25 },
    );
  });

  test("the store keeps a copy, and gives copies", async () => {
    const store = await make();
    const bytes = Uint8Array.of(1, 2, 3);
    const id = await store.put(bytes);
    bytes[0] = 9;
    (await store.get(id))[1] = 9;
    expect([...(await store.get(id))]).toEqual([1, 2, 3]);
  });

  test("putting twice is putting once", async () => {
    const store = await make();
    const ids = await Promise.all([1, 2, 3].map(() => store.put(Uint8Array.of(7))));
    expect(new Set(ids).size).toBe(1);
    await store.delete(ids[0] as string);
    expect(await store.has(ids[0] as string)).toBe(false);
  });

  test("what is absent, deleted or no id says so", async () => {
    const store = await make();
    const id = await store.put(Uint8Array.of(1));
    await store.delete(id);
    await store.delete(id);
    expect(await store.has(id)).toBe(false);
    await expect(store.get(id)).rejects.toThrow(
      expect.objectContaining({ code: "EMRX_CONTENT_MISSING", details: { content: id } }),
    );
    for (const call of [store.get, store.has, store.delete]) {
      await expect(call("../x")).rejects.toThrow(code("EMRX_CONTENT_ID"));
    }
  });
}

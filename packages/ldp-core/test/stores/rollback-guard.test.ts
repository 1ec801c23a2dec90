// A store that is put back to an older copy is noticed, whenever the copy was made and whatever crashed before.
import { fc, property } from "@emrx/testkit";
import { expect, test } from "vitest";
import { createRandomizer, memoryStore, type Store } from "../../src/index.js";
import { rollbackGuard } from "../../src/stores.js";
import { expectRejection } from "../expect-error.js";
import { example } from "../schema/example.js";

/** A disk that can be copied and put back, and a counter that cannot. */
function disk() {
  let entries = new Map<string, Uint8Array<ArrayBuffer>>();
  let counter = 0;
  let crash = false;
  const store: Store = {
    read: async (keys) => keys.map((key) => entries.get(key)?.slice()),
    write: async (writes) => {
      const same = writes.every(
        ({ key, expected }) => String(expected ?? "none") === String(entries.get(key) ?? "none"),
      );
      if (!same) return false;
      entries = new Map([...entries, ...writes.map(({ key, bytes }) => [key, bytes] as const)]);
      return true;
    },
  };
  return {
    guarded: () =>
      rollbackGuard(store, {
        read: async () => counter,
        raise: async (number) => {
          if (crash) throw new Error("killed");
          counter = Math.max(counter, number);
        },
      }),
    copy: () => entries,
    restore: (copy: Map<string, Uint8Array<ArrayBuffer>>) => {
      entries = copy;
    },
    crashBetween: (now: boolean) => {
      crash = now;
    },
    setCounter: (number: number) => {
      counter = number;
    },
  };
}

test("200 restores give one report: the second would be a fresh draw at no cost", async () => {
  const world = disk();
  const empty = world.copy();
  const record = { sex: "male", stage: "II", bmi: 24, stay: 5 } as const;
  const randomize = () =>
    createRandomizer(example, { lifetimeBudget: "3", memory: world.guarded() }).randomize(record);
  await randomize();
  for (let i = 0; i < 200; i++) {
    world.restore(empty);
    await expectRejection(randomize, "EMRX_STORE_ROLLED_BACK", "store is 1 writes behind");
  }
});

property(
  "any older copy is refused; the newest goes on",
  [fc.integer({ min: 1, max: 6 }), fc.nat(), fc.boolean()],
  async (writes, which, crash) => {
    const world = disk();
    const copies = [world.copy()];
    let before: Uint8Array<ArrayBuffer> | undefined;
    for (let i = 0; i < writes; i++) {
      const bytes = Uint8Array.of(i);
      const last = crash && i === writes - 1;
      world.crashBetween(last);
      const writing = world.guarded().write([{ key: "k", expected: before, bytes }]);
      if (last) await expectRejection(() => writing, "EMRX_STORE_FAILED", "the entries stand");
      else expect(await writing).toBe(true);
      before = bytes;
      copies.push(world.copy());
    }
    world.crashBetween(false);
    // Whoever reads what a crash left may hand it out: from then on it counts.
    expect(await world.guarded().read(["k"])).toEqual([before]);
    const older = copies[which % (copies.length - 1)] as Map<string, Uint8Array<ArrayBuffer>>;
    world.restore(older);
    await expectRejection(() => world.guarded().read(["k"]), "EMRX_STORE_ROLLED_BACK");
    await expectRejection(
      () => world.guarded().write([{ key: "new", expected: undefined, bytes: Uint8Array.of(1) }]),
      "EMRX_STORE_ROLLED_BACK",
    );
    expect(world.copy()).toBe(older);
    world.restore(copies.at(-1) as Map<string, Uint8Array<ArrayBuffer>>);
    expect(await world.guarded().read(["k"])).toEqual([before]);
  },
);

test("a counter that is far behind the store was put back itself", async () => {
  const world = disk();
  let expected: Uint8Array<ArrayBuffer> | undefined;
  for (let i = 0; i < 1025; i++) {
    const bytes = Uint8Array.of(i & 255, i >> 8);
    await world.guarded().write([{ key: "k", expected, bytes }]);
    expected = bytes;
  }
  world.setCounter(0);
  await expectRejection(() => world.guarded().read([]), "EMRX_STORE_ROLLED_BACK", "counter is 1");
});

test("what is no counter, and a counter that gives no number, are refused", async () => {
  expect(() => rollbackGuard(memoryStore(), new Map() as never)).toThrow("a counter");
  expect(() => rollbackGuard(new Map() as never, undefined as never)).toThrow("a store");
  for (const answer of [-1, 0.5, "7", undefined, Number.NaN]) {
    const counter = { read: async () => answer as number, raise: async () => {} };
    await expectRejection(
      () => rollbackGuard(memoryStore(), counter).read([]),
      "EMRX_STORE_FAILED",
      "whole number",
    );
  }
});

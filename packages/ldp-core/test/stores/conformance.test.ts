// The store kit: every store of this package passes it, and every planted fault fails the case made for it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type FileStore, fileStore } from "../../src/file.js";
import { memoryStore, type Store } from "../../src/index.js";
import {
  runStoreConformance,
  type StoreHarness,
  storeConformanceCases,
} from "../../src/store-conformance.js";
import { rollbackGuard } from "../../src/stores.js";

/** Memory that outlives the stores over it, as a database outlives its clients. */
function sharedMemory(make: (disk: Store) => Store): StoreHarness {
  const disks = new WeakMap<Store, Store>();
  const over = (disk: Store): Store => {
    const store = make(disk);
    disks.set(store, disk);
    return store;
  };
  const again = async (store: Store) => over(disks.get(store) as Store);
  return {
    name: "memory",
    create: async () => over(memoryStore()),
    reopen: again,
    another: again,
    timeLimit: 5_000,
  };
}

const forward = (disk: Store): Store => ({
  read: (keys) => disk.read(keys),
  write: (writes) => disk.write(writes),
});

const secret = new Uint8Array(32).fill(1);

function fileHarness(): StoreHarness {
  return {
    name: "file",
    create: () => fileStore(mkdtempSync(join(tmpdir(), "emrx-kit-")), { secret }),
    async reopen(store) {
      const { path } = store as FileStore;
      await (store as FileStore).close();
      return fileStore(path, { secret });
    },
    async dispose(store) {
      await (store as FileStore).close();
      rmSync((store as FileStore).path, { recursive: true, force: true });
    },
  };
}

function guardHarness(): StoreHarness {
  const counters = new WeakMap<Store, number>();
  return sharedMemory((disk) =>
    rollbackGuard(disk, {
      read: async () => counters.get(disk) ?? 0,
      raise: async (number) => {
        counters.set(disk, Math.max(number, counters.get(disk) ?? 0));
      },
    }),
  );
}

for (const [name, harness] of [
  ["memory", sharedMemory(forward)],
  ["file", fileHarness()],
  ["guarded memory", guardHarness()],
] as const)
  describe(`store kit: ${name}`, () => {
    for (const { number, title, skip, run } of storeConformanceCases(harness)) {
      if (skip === undefined) test(`${number} ${title}`, run);
      else test.skip(`${number} ${title} (${skip})`, () => {});
    }
  });

/** Broken stores: what each does wrong, and the case that must fail, with what it must say. */
const broken: readonly {
  readonly fault: string;
  readonly fails: number;
  readonly says: RegExp;
  readonly make: (disk: Store) => Store;
}[] = [
  {
    fault: "loses every third write and acknowledges it",
    fails: 8,
    says: /after write \d of the first client.*there stands/,
    make: (disk) => {
      let writes = 0;
      return {
        read: (keys) => disk.read(keys),
        write: async (entries) => (++writes % 3 === 0 ? true : disk.write(entries)),
      };
    },
  },
  {
    fault: "reads from a copy that is one write behind",
    fails: 8,
    says: /after write \d of the first client/,
    make: (disk) => {
      const seen = new Map<string, Uint8Array<ArrayBuffer> | undefined>();
      return {
        write: (entries) => disk.write(entries),
        async read(keys) {
          const now = await disk.read(keys);
          return keys.map((key, i) => {
            const before = seen.has(key) ? seen.get(key) : now[i];
            seen.set(key, now[i]);
            return before;
          });
        },
      };
    },
  },
  {
    fault: "writes a batch entry by entry",
    fails: 4,
    says: /after a batch that was refused/,
    make: (disk) => ({
      read: (keys) => disk.read(keys),
      async write(entries) {
        for (const one of entries) if (!(await disk.write([one]))) return false;
        return true;
      },
    }),
  },
  {
    fault: "does not compare",
    fails: 3,
    says: /write answered true, expected false/,
    make: (disk) => ({
      read: (keys) => disk.read(keys),
      async write(entries) {
        const found = await disk.read(entries.map(({ key }) => key));
        return disk.write(entries.map((one, i) => ({ ...one, expected: found[i] })));
      },
    }),
  },
  {
    fault: "compares, and writes later",
    fails: 5,
    says: /writes at once that expect no entry were acknowledged/,
    make: (disk) => ({
      read: (keys) => disk.read(keys),
      async write(entries) {
        const found = await disk.read(entries.map(({ key }) => key));
        const same = entries.every(
          ({ expected }, i) => String(expected ?? "none") === String(found[i] ?? "none"),
        );
        await new Promise((resolve) => setTimeout(resolve, 1));
        if (!same) return false;
        const now = await disk.read(entries.map(({ key }) => key));
        return disk.write(entries.map((one, i) => ({ ...one, expected: now[i] })));
      },
    }),
  },
  {
    fault: "swallows the error of a write",
    fails: 10,
    says: /it must reject/,
    make: (disk) => ({
      read: (keys) => disk.read(keys),
      write: async (entries) => {
        try {
          return await disk.write(entries);
        } catch {
          return true;
        }
      },
    }),
  },
  {
    fault: "compares by length",
    fails: 3,
    says: /expects other bytes|expects a prefix/,
    make: (disk) => ({
      read: (keys) => disk.read(keys),
      async write(entries) {
        const found = await disk.read(entries.map(({ key }) => key));
        const near = entries.every(
          ({ expected }, i) => (expected?.length ?? -1) >= (found[i]?.length ?? -1),
        );
        return near && disk.write(entries.map((one, i) => ({ ...one, expected: found[i] })));
      },
    }),
  },
  {
    fault: "forgets case and spaces of keys",
    fails: 2,
    says: /under "(KEY|key )" there stands/,
    make: (disk) => {
      const folded = (key: string) => key.toLowerCase().trim();
      return {
        read: (keys) => disk.read(keys.map(folded)),
        write: (entries) => disk.write(entries.map((one) => ({ ...one, key: folded(one.key) }))),
      };
    },
  },
  {
    fault: "hands out its own arrays",
    fails: 11,
    says: /after the caller changed the arrays/,
    make: (disk) => {
      const cache = new Map<string, Uint8Array<ArrayBuffer> | undefined>();
      return {
        write: (entries) => {
          cache.clear();
          return disk.write(entries);
        },
        async read(keys) {
          const found = await disk.read(keys);
          return keys.map((key, i) => {
            if (!cache.has(key)) cache.set(key, found[i]);
            return cache.get(key);
          });
        },
      };
    },
  },
  {
    fault: "never answers a large write",
    fails: 12,
    says: /no answer within/,
    make: (disk) => ({
      read: (keys) => disk.read(keys),
      write: (entries) => (entries.length > 100 ? new Promise(() => {}) : disk.write(entries)),
    }),
  },
  {
    fault: "cuts entries at 64 KiB",
    fails: 13,
    says: /after a write of a mebibyte|a wrong expectation/,
    make: (disk) => ({
      read: (keys) => disk.read(keys),
      write: (entries) =>
        disk.write(entries.map((one) => ({ ...one, bytes: one.bytes.slice(0, 1 << 16) }))),
    }),
  },
  {
    fault: "answers a failed comparison with undefined",
    fails: 3,
    says: /write answered undefined, expected false/,
    make: (disk) => ({
      read: (keys) => disk.read(keys),
      write: async (entries) => ((await disk.write(entries)) || undefined) as unknown as boolean,
    }),
  },
];

for (const { fault, fails, says, make } of broken)
  test(`a store that ${fault} fails case ${fails}`, { timeout: 60_000 }, async () => {
    const failing = { next: false };
    const base = sharedMemory((disk) =>
      make({
        read: (keys) => disk.read(keys),
        write: async (entries) => {
          if (failing.next) {
            failing.next = false;
            throw new Error("the disk is full");
          }
          return disk.write(entries);
        },
      }),
    );
    const harness: StoreHarness = {
      ...base,
      timeLimit: 500,
      failNext: () => {
        failing.next = true;
      },
    };
    const results = await runStoreConformance(harness);
    const failed = results.filter(({ result }) => result === "failed");
    expect(failed.map(({ number }) => number)).toContain(fails);
    expect(failed.find(({ number }) => number === fails)?.reason).toMatch(says);
  });

test("a store without more than memory runs the cases that need nothing more, and says why it skips the others", async () => {
  const results = await runStoreConformance({ name: "bare", create: async () => memoryStore() });
  expect(results.filter(({ result }) => result === "failed")).toEqual([]);
  expect(
    results.flatMap(({ number, result, reason }) =>
      result === "skipped" ? [[number, reason]] : [],
    ),
  ).toEqual([
    [6, "the harness has no another"],
    [7, "the harness has no another"],
    [8, "the harness has no another"],
    [9, "the harness has no reopen"],
    [10, "the harness has no failNext"],
  ]);
});

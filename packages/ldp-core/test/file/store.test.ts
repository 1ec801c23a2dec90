// The file store: what it holds after a restart, a cut, a flip; who may hold it; how large it may become.
import {
  appendFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fc, property } from "@emrx/testkit";
import { afterAll, expect, test } from "vitest";
import { type FileStore, fileCounter, fileStore } from "../../src/file.js";
import type { LdpError } from "../../src/index.js";
import { expectRejection } from "../expect-error.js";

const folder = mkdtempSync(join(tmpdir(), "emrx-store-"));
afterAll(() => rmSync(folder, { recursive: true }));
let stores = 0;
const freshPath = () => join(folder, `store-${stores++}`);
const secret = new Uint8Array(32).fill(5);
const open = (path: string) => fileStore(path, { secret });
const dataOf = (path: string) => join(path, "data");
const keys = ["a", "b", "ключ", "\ufeffd"] as const;

/** Sets entries whatever stands there. */
async function set(
  store: FileStore,
  entries: readonly (readonly [string, Uint8Array<ArrayBuffer>])[],
) {
  const last = [...new Map(entries)];
  const found = await store.read(last.map(([key]) => key));
  const writes = last.map(([key, bytes], i) => ({ key, expected: found[i], bytes }));
  expect(await store.write(writes)).toBe(true);
}

const batches = fc.array(
  fc.array(fc.tuple(fc.constantFrom(...keys), fc.uint8Array({ maxLength: 30 })), {
    minLength: 1,
    maxLength: 4,
  }),
  { minLength: 1, maxLength: 6 },
);

/** Writes a store and gives its bytes, the size after each write, and the contents after each write. */
async function written(
  writes: readonly (readonly (readonly [string, Uint8Array<ArrayBuffer>])[])[],
) {
  const path = freshPath();
  const store = await open(path);
  const sizes = [statSync(dataOf(path)).size];
  const states: Map<string, Uint8Array<ArrayBuffer>>[] = [new Map()];
  for (const batch of writes) {
    await set(store, batch);
    sizes.push(statSync(dataOf(path)).size);
    states.push(new Map([...(states.at(-1) as Map<string, Uint8Array<ArrayBuffer>>), ...batch]));
  }
  await store.close();
  return { path, bytes: readFileSync(dataOf(path)), sizes, states };
}

async function expectContents(path: string, state: ReadonlyMap<string, Uint8Array<ArrayBuffer>>) {
  const store = await open(path);
  try {
    expect(await store.read(keys)).toEqual(keys.map((key) => state.get(key)));
  } finally {
    await store.close();
  }
}

property(
  "cut off anywhere, a file store opens with every write that was whole, and goes on from there",
  [batches, fc.nat()],
  async (writes, cut) => {
    const { path, bytes, sizes, states } = await written(writes);
    await expectContents(path, states.at(-1) as Map<string, Uint8Array<ArrayBuffer>>);
    const first = sizes[0] as number;
    const size = first + (cut % (bytes.length - first + 1));
    truncateSync(dataOf(path), size);
    const whole = sizes.filter((end) => end <= size).length - 1;
    await expectContents(path, states[whole] as Map<string, Uint8Array<ArrayBuffer>>);
    expect(statSync(dataOf(path)).size).toBe(sizes[whole]);
    const store = await open(path);
    await set(store, [["a", Uint8Array.of(7)]]);
    await store.close();
    await expectContents(
      path,
      new Map([
        ...(states[whole] as Map<string, Uint8Array<ArrayBuffer>>),
        ["a", Uint8Array.of(7)],
      ]),
    );
  },
  { numRuns: 20 },
);

property(
  "any byte altered is an error that names the store; never a store that forgot a write",
  [batches, fc.nat(), fc.integer({ min: 1, max: 255 })],
  async (writes, place, flip) => {
    const { path, bytes } = await written(writes);
    const at = place % bytes.length;
    bytes[at] = (bytes[at] as number) ^ flip;
    writeFileSync(dataOf(path), bytes);
    const code = at >= 16 && at < 32 ? "EMRX_STORE_SECRET" : "EMRX_STORE_DAMAGED";
    await expectRejection(() => open(path), code, path);
    await expectRejection(() => open(path), code, path); // the folder was given back
  },
  { numRuns: 40 },
);

test("frames that are repeated, removed or swapped are noticed", async () => {
  const { path, bytes, sizes } = await written(
    [1, 2, 3].map((n) => [["a", Uint8Array.of(n)] as const]),
  );
  const parts = sizes.map((size, i) => bytes.subarray(sizes[i - 1] ?? 0, size));
  for (const order of [
    [0, 1, 1, 2, 3],
    [0, 2, 3],
    [0, 2, 1, 3],
    [0, 1, 3],
  ]) {
    writeFileSync(
      dataOf(path),
      Buffer.concat(order.map((i) => parts[i] as Uint8Array<ArrayBuffer>)),
    );
    await expectRejection(() => open(path), "EMRX_STORE_DAMAGED");
  }
});

test("a tail of zeros, as some file systems leave after a power cut, is dropped; other rubbish is an error", async () => {
  const { path, states } = await written([[["a", Uint8Array.of(1)]]]);
  appendFileSync(dataOf(path), new Uint8Array(5000));
  await expectContents(path, states[1] as Map<string, Uint8Array<ArrayBuffer>>);
  appendFileSync(dataOf(path), new Uint8Array(5000).fill(3));
  await expectRejection(() => open(path), "EMRX_STORE_DAMAGED");
});

property(
  "any bytes at all open as a store or give a listed error",
  [fc.uint8Array({ maxLength: 200 }), fc.boolean()],
  async (bytes, withHeader) => {
    const { path, bytes: header } = await written([]);
    writeFileSync(dataOf(path), withHeader ? Buffer.concat([header, bytes]) : bytes);
    try {
      await (await open(path)).close();
    } catch (error) {
      expect((error as LdpError).code).toBe("EMRX_STORE_DAMAGED");
    }
  },
  { numRuns: 40 },
);

test("two stores do not share a folder, under whatever name; closed, it is free again, and the closed store is of no use", async () => {
  const path = freshPath();
  const store = await open(path);
  await expectRejection(() => open(path), "EMRX_STORE_LOCKED", path);
  const alias = freshPath();
  symlinkSync(path, alias);
  await expectRejection(() => open(alias), "EMRX_STORE_LOCKED");
  await store.close();
  await store.close();
  await expectRejection(() => store.read(["a"]), "EMRX_STORE_FAILED", "closed");
  await expectRejection(() => store.write([]), "EMRX_STORE_FAILED", "closed");
  await (await open(alias)).close();
});

test("a data file with a second name is refused, and one that gets it while it is open takes no write", async () => {
  const path = freshPath();
  const store = await open(path);
  const twin = freshPath();
  mkdirSync(twin);
  linkSync(dataOf(path), dataOf(twin));
  const write = { key: "a", expected: undefined, bytes: Uint8Array.of(1) };
  await expectRejection(() => store.write([write]), "EMRX_STORE_LOCKED", "second name");
  await store.close();
  await expectRejection(() => open(twin), "EMRX_STORE_LOCKED", "2 names");
});

test("a file deleted, replaced, cut, or a folder taken away while it is open takes no write, and no write after that", async () => {
  const accidents: ((path: string) => void)[] = [
    (path) => rmSync(dataOf(path)),
    (path) => {
      const copy = readFileSync(dataOf(path));
      rmSync(dataOf(path));
      writeFileSync(dataOf(path), copy);
    },
    (path) => truncateSync(dataOf(path), 40),
    (path) => appendFileSync(dataOf(path), "x"),
    (path) => renameSync(path, `${path}-elsewhere`),
    (path) => rmSync(path, { recursive: true }),
    (path) => rmSync(join(path, "owner"), { recursive: true }),
  ];
  for (const accident of accidents) {
    const path = freshPath();
    const store = await open(path);
    await set(store, [["a", Uint8Array.of(1)]]);
    accident(path);
    const write = { key: "b", expected: undefined, bytes: Uint8Array.of(2) };
    await expectRejection(() => store.write([write]), "EMRX_STORE_LOCKED");
    await expectRejection(() => store.write([write]), "EMRX_STORE_LOCKED");
    await expectRejection(() => store.read(["a"]), "EMRX_STORE_LOCKED");
    await store.close();
  }
});

test("names of subjects are nowhere in the files; files are for their owner; another secret is refused", async () => {
  const path = freshPath();
  const store = await open(path);
  await set(store, [["account/Ada Lovelace", Uint8Array.of(1)]]);
  await store.close();
  const bytes = readFileSync(dataOf(path));
  for (const text of ["Ada", "Lovelace", "account"]) expect(bytes.includes(text)).toBe(false);
  expect(statSync(dataOf(path)).mode & 0o777).toBe(0o600);
  expect(statSync(path).mode & 0o777).toBe(0o700);
  await expectRejection(
    () => fileStore(path, { secret: new Uint8Array(32) }),
    "EMRX_STORE_SECRET",
    "another secret",
  );
  const short = new Uint8Array(31).fill(77);
  await expectRejection(() => fileStore(path, { secret: short }), "EMRX_BAD_PARAMETER", "secret");
});

test("the file stays below twice what it holds and a mebibyte, and opens again", async () => {
  const path = freshPath();
  const store = await open(path);
  const value = new Uint8Array(1000);
  let largest = 0;
  for (let i = 0; i < 3000; i++) {
    value[0] = i & 255;
    await set(store, [[`key ${i % 50}`, value]]);
    largest = Math.max(largest, statSync(dataOf(path)).size);
  }
  await store.close();
  expect(largest).toBeGreaterThan(1 << 20); // it did grow
  expect(largest).toBeLessThan(2 * 50 * 1100 + (1 << 20) + 2000);
  expect(existsSync(`${dataOf(path)}.new`)).toBe(false);
  writeFileSync(`${dataOf(path)}.new`, "left by a kill");
  const again = await open(path);
  const found = await again.read(Array.from({ length: 50 }, (_, i) => `key ${i}`));
  expect(found.map((bytes) => bytes?.[0])).toEqual(
    Array.from({ length: 50 }, (_, i) => (2950 + i) & 255),
  );
  await again.close();
});

test("a folder that cannot be, another kind of file, and a key that is no text are typed errors", async () => {
  const path = freshPath();
  writeFileSync(path, "name,age\n");
  await expectRejection(() => open(path), "EMRX_STORE_FAILED");
  await expectRejection(() => open(join(path, "below")), "EMRX_STORE_FAILED");
  const other = freshPath();
  mkdirSync(other);
  writeFileSync(dataOf(other), "name,age\n");
  await expectRejection(() => open(other), "EMRX_STORE_DAMAGED", "byte 0");
  const store = await open(freshPath());
  const write = { key: "\ud800", expected: undefined, bytes: Uint8Array.of(1) };
  await expectRejection(() => store.write([write]), "EMRX_BAD_PARAMETER");
  expect(await store.read(["fine"])).toEqual([undefined]);
  await store.close();
});

test("a counter in a file only grows, and one that holds no number is an error", async () => {
  const path = freshPath();
  const counter = fileCounter(path);
  expect(await counter.read()).toBe(0);
  await Promise.all([counter.raise(5), counter.raise(9), counter.raise(7)]);
  expect(await fileCounter(path).read()).toBe(9);
  writeFileSync(path, "many\n");
  await expectRejection(() => counter.read(), "EMRX_STORE_DAMAGED", "no number");
  await expectRejection(() => counter.raise(10), "EMRX_STORE_DAMAGED");
});

import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fc, property } from "@emrx/testkit";
import { afterAll, expect, test } from "vitest";
import { fileStore } from "../../src/file.js";
import type { LdpError } from "../../src/index.js";
import { expectError } from "../schema/example.js";

const folder = mkdtempSync(join(tmpdir(), "emrx-store-"));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const freshPath = () => join(folder, `store-${files++}`);

const writes = fc.array(
  fc.array(
    fc.tuple(fc.constantFrom("a", "b", "ключ", "\ufeffd"), fc.uint8Array({ maxLength: 30 })),
    { minLength: 1, maxLength: 4 },
  ),
  { minLength: 1, maxLength: 6 },
);

/** Writes a store and gives its bytes, the size after each write, and the contents after each write. */
function written(batches: readonly (readonly (readonly [string, Uint8Array])[])[]) {
  const path = freshPath();
  const store = fileStore(path);
  const sizes = [statSync(path).size];
  const states: Map<string, Uint8Array>[] = [new Map()];
  for (const batch of batches) {
    store.set(batch);
    sizes.push(statSync(path).size);
    states.push(new Map([...(states.at(-1) as Map<string, Uint8Array>), ...batch]));
  }
  store.close();
  return { path, bytes: readFileSync(path), sizes, states };
}

function expectContents(path: string, state: ReadonlyMap<string, Uint8Array>): void {
  const store = fileStore(path);
  try {
    for (const key of ["a", "b", "ключ", "\ufeffd"]) expect(store.get(key)).toEqual(state.get(key));
  } finally {
    store.close();
  }
}

property(
  "a file store opened again holds what was last set",
  [writes],
  (batches) => {
    const { path, states } = written(batches);
    expectContents(path, states.at(-1) as Map<string, Uint8Array>);
  },
  { numRuns: 15 },
);

property(
  "cut off anywhere, a file store opens with every write that was whole, and goes on from there",
  [writes, fc.nat()],
  (batches, cut) => {
    const { path, bytes, sizes, states } = written(batches);
    const first = sizes[0] as number;
    const size = first + (cut % (bytes.length - first + 1));
    truncateSync(path, size);
    const whole = sizes.filter((end) => end <= size).length - 1;
    expectContents(path, states[whole] as Map<string, Uint8Array>);
    expect(statSync(path).size).toBe(sizes[whole]);
    const store = fileStore(path);
    store.set([["a", Uint8Array.of(7)]]);
    store.close();
    expectContents(
      path,
      new Map([...(states[whole] as Map<string, Uint8Array>), ["a", Uint8Array.of(7)]]),
    );
  },
  { numRuns: 25 },
);

property(
  "any byte altered is an error that names the store; never a store that forgot a write",
  [writes, fc.nat(), fc.integer({ min: 1, max: 255 })],
  (batches, place, flip) => {
    const { path, bytes } = written(batches);
    bytes[place % bytes.length] = (bytes[place % bytes.length] as number) ^ flip;
    writeFileSync(path, bytes);
    expectError(() => fileStore(path), "EMRX_STORE_DAMAGED", path);
    // The lock is given back.
    expectError(() => fileStore(path), "EMRX_STORE_DAMAGED", path);
  },
  { numRuns: 40 },
);

test("frames that are repeated, removed or swapped are noticed", () => {
  const batches = [1, 2, 3].map((n) => [["a", Uint8Array.of(n)] as const]);
  const { path, bytes, sizes } = written(batches);
  const parts = sizes.map((size, i) => bytes.subarray(sizes[i - 1] ?? 0, size));
  for (const order of [
    [0, 1, 1, 2, 3],
    [0, 2, 3],
    [0, 2, 1, 3],
    [0, 1, 3],
  ]) {
    writeFileSync(path, Buffer.concat(order.map((i) => parts[i] as Uint8Array)));
    expectError(() => fileStore(path), "EMRX_STORE_DAMAGED");
  }
});

test("a tail of zeros, as some file systems leave after a power cut, is dropped; other rubbish is an error", () => {
  const { path, states } = written([[["a", Uint8Array.of(1)]]]);
  appendFileSync(path, new Uint8Array(5000));
  expectContents(path, states[1] as Map<string, Uint8Array>);
  appendFileSync(path, new Uint8Array(5000).fill(3));
  expectError(() => fileStore(path), "EMRX_STORE_DAMAGED");
});

test("two stores do not share a file; closed, it is free again, and the closed store is of no use", () => {
  const path = freshPath();
  const store = fileStore(path);
  expectError(() => fileStore(path), "EMRX_STORE_LOCKED", path);
  store.close();
  store.close();
  expectError(() => store.get("a"), "EMRX_STORE_FAILED", "closed");
  expectError(() => store.set([["a", Uint8Array.of(1)]]), "EMRX_STORE_FAILED", "closed");
  fileStore(path).close();
});

test("the lock of a process that is gone is taken over; that of one that lives is not", () => {
  const path = freshPath();
  const dead = spawnSync(process.execPath, ["-e", ""]).pid;
  for (const stale of [`${dead} abc\n`, `${process.pid} of an earlier life\n`, ""]) {
    writeFileSync(`${path}.lock`, stale);
    fileStore(path).close();
  }
  writeFileSync(`${path}.lock`, `${process.ppid} abc\n`);
  expectError(() => fileStore(path), "EMRX_STORE_LOCKED", String(process.ppid));
});

test("a store whose lock was taken away writes no more", () => {
  const path = freshPath();
  const store = fileStore(path);
  rmSync(`${path}.lock`);
  const other = fileStore(path);
  expectError(() => store.set([["a", Uint8Array.of(1)]]), "EMRX_STORE_LOCKED");
  other.set([["a", Uint8Array.of(2)]]);
  store.close();
  other.close();
  expectContents(path, new Map([["a", Uint8Array.of(2)]]));
});

test("a folder that is not there, or another kind of file, is a typed error", () => {
  expectError(() => fileStore(join(folder, "no", "such", "folder")), "EMRX_STORE_FAILED");
  const path = freshPath();
  writeFileSync(path, "name,age\n");
  expectError(() => fileStore(path), "EMRX_STORE_DAMAGED", "byte 0");
  expectError(() => fileStore(folder), "EMRX_STORE_FAILED");
});

test("a key that is no well-formed text is refused and nothing is written", () => {
  const path = freshPath();
  const store = fileStore(path);
  expectError(
    () =>
      store.set([
        ["fine", Uint8Array.of(1)],
        ["\ud800", Uint8Array.of(1)],
      ]),
    "EMRX_BAD_PARAMETER",
  );
  expect(store.get("fine")).toBeUndefined();
  store.close();
  expectContents(path, new Map());
});

property(
  "any bytes at all open as a store or give a listed error",
  [fc.uint8Array({ maxLength: 200 }), fc.boolean()],
  (bytes, withHeader) => {
    const path = freshPath();
    fileStore(path).close();
    writeFileSync(path, withHeader ? Buffer.concat([readFileSync(path), bytes]) : bytes);
    try {
      fileStore(path).close();
    } catch (error) {
      expect((error as LdpError).code).toBe("EMRX_STORE_DAMAGED");
    }
  },
);

test("entries are read once and may come one by one; where reading them breaks off, nothing is written", () => {
  const path = freshPath();
  const store = fileStore(path);
  function* some(count: number, end: number): Generator<[string, Uint8Array]> {
    for (let i = 0; i < count; i++) yield [`key ${i}`, new Uint8Array(i).fill(i)];
    if (end === count) throw new Error("broken off");
  }
  store.set(some(0, -1));
  const { size } = statSync(path);
  expect(size).toBe(16); // the header alone
  expect(() => store.set(some(20, 20))).toThrow("broken off");
  expect(statSync(path).size).toBe(size);
  store.set(some(200, -1));
  const written = readFileSync(path);
  // header, then head 24, count 4, keys "key 0" to "key 199" and values with 4 bytes before each, end mark
  expect(written.length).toBe(16 + 24 + 4 + 1600 + (10 * 5 + 90 * 6 + 100 * 7) + 199 * 100 + 1);
  expect(() => store.set(some(3, 3))).toThrow("broken off");
  store.close();
  const again = fileStore(path);
  for (let i = 0; i < 200; i++) expect(again.get(`key ${i}`)).toEqual(new Uint8Array(i).fill(i));
  again.close();
});

import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openFolderStore } from "@emrx/chain-adapter/file";
import { contentIdOf } from "@emrx/chain-adapter/payload";
import { afterAll, describe, expect, test } from "vitest";
import { storeLaws } from "../payload/store-laws.js";

const folders: string[] = [];
const folder = async (): Promise<string> => {
  const path = await mkdtemp(join(tmpdir(), "emrx-store-"));
  folders.push(path);
  return path;
};
afterAll(() => Promise.all(folders.map((path) => rm(path, { recursive: true, force: true }))));

const files = async (path: string): Promise<string[]> =>
  (await readdir(path, { recursive: true })).filter((name) => name.includes("bafkrei"));

const code = (expected: string) => expect.objectContaining({ name: "LedgerError", code: expected });

describe("a store in a folder", () => storeLaws(async () => openFolderStore(await folder())));

test("another store on the same folder sees what the first one put", async () => {
  const path = join(await folder(), "made", "here");
  const [first, second] = [await openFolderStore(path), await openFolderStore(path)];
  const id = await first.put(Uint8Array.of(1, 2));
  expect([...(await second.get(id))]).toEqual([1, 2]);
});

test("two stores that put the same content at once leave one file and nothing half written", async () => {
  const path = await folder();
  const stores = [await openFolderStore(path), await openFolderStore(path)];
  await Promise.all(
    Array.from({ length: 40 }, (_, i) =>
      stores[i % 2]?.put(Uint8Array.from({ length: 5000 }, () => i >> 2)),
    ),
  );
  expect((await files(path)).length).toBe(10);
  expect((await readdir(path)).filter((name) => name.startsWith(".writing"))).toEqual([]);
});

test("a damaged file is reported on reading, naming the file, and repaired by putting it again", async () => {
  const path = await folder();
  const store = await openFolderStore(path);
  const id = await store.put(Uint8Array.of(1, 2, 3));
  const [file] = await files(path);
  await writeFile(join(path, file as string), Uint8Array.of(1, 2, 4));
  await expect(store.get(id)).rejects.toThrow(code("EMRX_CONTENT_DAMAGED"));
  await expect(store.get(id)).rejects.toThrow(file as string);
  expect(await store.put(Uint8Array.of(1, 2, 3))).toBe(id);
  expect([...(await store.get(id))]).toEqual([1, 2, 3]);
});

test("a FIFO in the place of a content is refused, not waited for, and putting the content repairs it", async () => {
  const path = await folder();
  const store = await openFolderStore(path);
  const id = await store.put(Uint8Array.of(1, 2, 3));
  const [file] = await files(path);
  await rm(join(path, file as string));
  expect(spawnSync("mkfifo", [join(path, file as string)]).status).toBe(0);
  await expect(store.get(id)).rejects.toThrow(code("EMRX_STORAGE"));
  expect(await store.put(Uint8Array.of(1, 2, 3))).toBe(id);
  expect([...(await store.get(id))]).toEqual([1, 2, 3]);
});

test("what cannot be stored says so", async () => {
  const path = await folder();
  await writeFile(join(path, "file"), "");
  await expect(openFolderStore(join(path, "file"))).rejects.toThrow(code("EMRX_STORAGE"));
  await expect(openFolderStore(join(path, "file", "below"))).rejects.toThrow(code("EMRX_STORAGE"));
  const store = await openFolderStore(path);
  const bytes = Uint8Array.of(5);
  // A file where the folder of the content should be.
  await writeFile(join(path, contentIdOf(bytes).slice(-2)), "");
  await expect(store.put(bytes)).rejects.toThrow(code("EMRX_STORAGE"));
  await expect(store.get(contentIdOf(bytes))).rejects.toThrow(code("EMRX_STORAGE"));
  await expect(store.has(contentIdOf(bytes))).rejects.toThrow(code("EMRX_STORAGE"));
  await expect(store.delete(contentIdOf(bytes))).rejects.toThrow(code("EMRX_STORAGE"));
});

// A durable store in one folder.
import { createHmac } from "node:crypto";
import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { type Ownership, ownFolder } from "@emrx/internal/owned-folder";
import { bytes, secret as hidden, object, text } from "@emrx/internal/shape";
import { check } from "../errors/check.js";
import { LdpError } from "../errors/ldp-error.js";
import { ByteMap } from "../stores/byte-map.js";
import { storeKeyBytes } from "../stores/key.js";
import { stillStands } from "../stores/memory.js";
import type { Store } from "../stores/store.js";
import { type DataFile, openDataFile } from "./data-file.js";
import { keyBytes } from "./frame.js";

/** A store in a folder. */
export interface FileStore extends Store {
  /** The absolute path of the folder. */
  readonly path: string;
  /** Gives the folder free for others, after the writes that were begun. The store cannot be used afterwards; closing twice is harmless. */
  close(): Promise<void>;
}

/**
 * Opens, or creates, a durable store in one folder. Each `write` is one frame, appended and synced to the disk before it is
 * acknowledged. After a crash, a write that was cut short is dropped when the store is opened again: it was never acknowledged.
 * Any other damage is an error; the store never starts with less than it acknowledged. What it cannot notice by itself
 * is a folder that was put back to an older state: see `rollbackGuard`.
 *
 * One process at a time holds the folder, by a lock that the kernel keeps and a fence that is read again before each
 * acknowledgement; on a network file system only the fence is left. Names of subjects are kept as keyed hashes
 * (HMAC-SHA-256), files for their owner alone (mode 0600). The file stays below about twice what it holds, and one mebibyte. All
 * of it is also kept in memory.
 *
 * @param folder the folder; it is created if it is not there
 * @param options `secret`: at least 32 secret bytes, kept elsewhere than the folder. Without it nobody's account is found, so another one
 *   is refused
 * @returns the store; call `close()` when done
 * @throws `EMRX_STORE_LOCKED` where somebody holds it, `EMRX_STORE_SECRET` for another secret, `EMRX_STORE_DAMAGED` with the position of
 *   the damage, `EMRX_STORE_FAILED` where it cannot be read or written; `read` and `write` reject with these too, and once the store is closed
 * @example
 * ```ts
 * import { mkdtempSync, rmSync } from "node:fs";
 * import { tmpdir } from "node:os";
 * import { join } from "node:path";
 * import { fileStore } from "@emrx/ldp-core/file";
 *
 * const folder = mkdtempSync(join(tmpdir(), "emrx-"));
 * const secret = crypto.getRandomValues(new Uint8Array(32));
 * const store = await fileStore(folder, { secret });
 * await store.write([{ key: "greeting", expected: undefined, bytes: Uint8Array.of(104, 105) }]); // => true
 * await store.close();
 * const again = await fileStore(folder, { secret });
 * await again.read(["greeting"]); // => [Uint8Array.of(104, 105)]
 * await again.close();
 * rmSync(folder, { recursive: true });
 * ```
 */
export async function fileStore(
  folder: string,
  options: { readonly secret: Uint8Array },
): Promise<FileStore> {
  const path = resolve(check(text({ least: 1 }), folder, "folder"));
  const { secret } = check(fileStoreOptions, options, "options");
  const hash = hasher(secret);
  const map = new ByteMap();
  const ownership = await failing(path, async () => {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return ownFolder(path, ({ kind, message, cause }) => {
      const code = kind === "refused" ? "EMRX_STORE_FAILED" : "EMRX_STORE_LOCKED";
      return new LdpError(code, `store: ${message}`, cause === undefined ? {} : { cause });
    });
  });
  try {
    const proof = hash("emrx/proof of the store's secret/1");
    const data = await failing(path, () =>
      openDataFile(path, Buffer.from(proof, "hex"), map, ownership.formerMayRun),
    );
    return openStore(path, ownership, data, map, hash);
  } catch (error) {
    ownership.release();
    throw error;
  }
}

function openStore(
  path: string,
  ownership: Ownership,
  data: DataFile,
  map: ByteMap,
  hash: (key: string) => string,
): FileStore {
  /** Why the store takes no more calls. */
  let stopped: LdpError | undefined;
  let closing: Promise<void> | undefined;
  let last: Promise<unknown> = Promise.resolve();
  /** One after the other: a write compares with what the one before it left. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = last.then(work);
    last = result.catch(() => undefined); // whoever called gets the error from `result`
    return result;
  };
  const requireOpen = (): void => {
    if (stopped !== undefined) throw stopped;
  };
  /** What cannot be done for sure ends the store: nobody can say then what is on the disk. */
  const orStop = async (work: () => Promise<void>): Promise<void> => {
    try {
      await failing(path, work);
    } catch (error) {
      stopped = error as LdpError;
      throw error;
    }
  };
  return {
    path,
    async read(keys) {
      requireOpen();
      return keys.map((key) => map.get(hash(key)));
    },
    write: (writes) =>
      inTurn(async () => {
        requireOpen();
        const hashed = writes.map((write) => ({ ...write, key: hash(write.key) }));
        if (!stillStands(map, hashed)) return false;
        if (hashed.length === 0) return true;
        const entries = hashed.map(({ key, bytes }) => [key, bytes] as const);
        await orStop(async () => {
          ownership.check();
          await data.check();
          await data.append(entries);
          // Whoever lost the folder in the meantime wrote for nobody, and must not say that it is durable.
          ownership.check();
          await data.check();
        });
        map.set(entries);
        await orStop(() => data.compact(map));
        return true;
      }),
    close() {
      closing ??= inTurn(async () => {
        stopped = new LdpError("EMRX_STORE_FAILED", `store ${path}: it is closed`);
        await data.close();
        ownership.release();
      });
      return closing;
    },
  };
}

/** Hashes keys, so that a copy of the file names nobody. */
function hasher(secret: Uint8Array): (key: string) => string {
  const key = Uint8Array.from(secret);
  return (text) =>
    createHmac("sha256", key)
      .update(storeKeyBytes(text))
      .digest("hex")
      .slice(0, 2 * keyBytes);
}

/** Turns what the file system throws into an `LdpError`. */
async function failing<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof LdpError) throw cause;
    throw new LdpError(
      "EMRX_STORE_FAILED",
      `store ${path}: ${(cause as Error).message}; close it and open it again to see what is on the disk`,
      { cause },
    );
  }
}

const fileStoreOptions = /* @__PURE__ */ object({
  secret: /* @__PURE__ */ hidden(/* @__PURE__ */ bytes(32, 0xffffffff)),
});

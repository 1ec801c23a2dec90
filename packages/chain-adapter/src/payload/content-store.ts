// Where payloads lie: off the ledger, under the hash of their bytes. The port, and a store in memory.
import type { ContentId } from "../codec/fields.js";
import { LedgerError } from "../errors.js";
import { contentIdOf, parseContentId } from "./content-id.js";

/**
 * A content-addressed store. An implementation may keep bytes anywhere; it must check on reading that they are the
 * bytes that the id names (`requireContent` does it).
 */
export interface ContentStore {
  /** Keeps a copy of the bytes; putting the same bytes again changes nothing. */
  put(bytes: Uint8Array<ArrayBuffer>): Promise<ContentId>;
  /**
   * The bytes of an id, checked against it.
   *
   * @throws LedgerError `EMRX_CONTENT_ID` for what is no id, `EMRX_CONTENT_MISSING` if the store does not have it,
   * `EMRX_CONTENT_DAMAGED` if what it has is not what the id names
   */
  get(id: ContentId): Promise<Uint8Array<ArrayBuffer>>;
  /** Whether the store has the id. */
  has(id: ContentId): Promise<boolean>;
  /** Forgets the bytes, if the store has them. */
  delete(id: ContentId): Promise<void>;
}

/** The error for content that a store does not have. */
export function missingContent(id: ContentId, where: string): LedgerError {
  return new LedgerError("EMRX_CONTENT_MISSING", `${where} has no content ${id}.`, {
    details: { content: id },
  });
}

/**
 * Checks that bytes are what an id names: for those who implement a store, or read from one they do not trust.
 *
 * @param id content id
 * @param bytes what was found under it
 * @param where named in the error, for example the file
 * @returns the bytes
 * @throws LedgerError `EMRX_CONTENT_ID` for what is no id, `EMRX_CONTENT_DAMAGED` for other bytes
 * @example
 * ```ts
 * import { contentIdOf, requireContent } from "@emrx/chain-adapter/payload";
 *
 * const id = contentIdOf(Uint8Array.of(1, 2));
 * requireContent(id, Uint8Array.of(1, 2), "memory"); // => Uint8Array.of(1, 2)
 * requireContent(id, Uint8Array.of(1, 3), "memory"); // throws EMRX_CONTENT_DAMAGED
 * ```
 */
export function requireContent<Bytes extends Uint8Array>(
  id: ContentId,
  bytes: Bytes,
  where: string,
): Bytes {
  parseContentId(id);
  const actual = contentIdOf(bytes);
  if (actual === id) return bytes;
  throw new LedgerError(
    "EMRX_CONTENT_DAMAGED",
    `${where}: the bytes under ${id} are those of ${actual}; fetch them again from a copy.`,
    { details: { content: id, actual } },
  );
}

/**
 * A content store in memory.
 *
 * @returns an empty store
 * @example
 * ```ts
 * import { createMemoryContentStore } from "@emrx/chain-adapter/payload";
 *
 * const store = createMemoryContentStore();
 * const id = await store.put(Uint8Array.of(1, 2, 3));
 * await store.get(id); // => Uint8Array.of(1, 2, 3)
 * await store.delete(id);
 * await store.has(id); // => false
 * ```
 */
export function createMemoryContentStore(): ContentStore {
  const contents = new Map<ContentId, Uint8Array>();
  return {
    async put(bytes) {
      const id = contentIdOf(bytes);
      contents.set(id, Uint8Array.from(bytes));
      return id;
    },
    async get(id) {
      parseContentId(id);
      const bytes = contents.get(id);
      if (bytes === undefined) throw missingContent(id, "this store");
      return requireContent(id, Uint8Array.from(bytes), "this store");
    },
    async has(id) {
      parseContentId(id);
      return contents.has(id);
    },
    async delete(id) {
      parseContentId(id);
      contents.delete(id);
    },
  };
}

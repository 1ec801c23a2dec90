// Content as a grant names it.
import { LedgerError } from "@emrx/chain-adapter";
import { type ContentStore, contentIdOfHash } from "@emrx/chain-adapter/payload";
import { hexToBytes } from "@noble/hashes/utils.js";

/** Content under a root; undefined where the store has none that is right. */
export async function contentOf(
  store: ContentStore,
  root: string,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return await store.get(contentIdOfHash(hexToBytes(root)));
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    if (error.code === "EMRX_CONTENT_MISSING" || error.code === "EMRX_CONTENT_DAMAGED")
      return undefined;
    throw error;
  }
}

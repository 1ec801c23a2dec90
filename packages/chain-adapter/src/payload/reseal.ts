// Rotation and erasure. What was read stays read; what can be done is that nothing can be read from now on.
import { methods } from "@emrx/internal/shape";
import type { ContentId } from "../codec/fields.js";
import { check } from "../errors/check.js";
import type { Bundle } from "./bundle.js";
import { parseContentId } from "./content-id.js";
import type { ContentStore } from "./content-store.js";
import { type SealedBundle, type SealOptions, sealBundle } from "./seal.js";

/**
 * Gives a bundle a new key: seals it afresh, stores it, and deletes the old content. For a grant made again after a
 * revocation, or after a requester's key was replaced: the old wrapped key, which stays on the ledger for ever, then
 * opens nothing.
 *
 * @param store where the old content lies and the new one goes
 * @param previous content id of the old grant
 * @param bundle from `selectBundle`
 * @param options as for `sealBundle`, with the requester's key of now
 * @returns what the new grant needs
 * @throws LedgerError what `sealBundle` and the store throw; the old content is deleted only once the new one is stored
 * @example
 * ```ts
 * import {
 *   buildBatch, createMemoryContentStore, createRecipient, resealBundle, sealBundle, selectBundle,
 * } from "@emrx/chain-adapter/payload";
 *
 * const batch = buildBatch({
 *   schemaHash: new Uint8Array(32),
 *   rootSecret: crypto.getRandomValues(new Uint8Array(32)),
 *   scope: { domain: "trial-ledger/st-mary", round: 1, role: "publisher" },
 *   patients: Uint32Array.of(7),
 *   consent: new Uint8Array(32),
 *   reports: { count: 1, bytes: Uint8Array.of(1), offsets: Uint32Array.of(0, 1) },
 * });
 * const [store, lab] = [createMemoryContentStore(), await createRecipient()];
 * const ids = { ledger: "11".repeat(32), site: "22".repeat(32), requester: "33".repeat(32) };
 * const options = { ...ids, recipient: lab.publicKey };
 * const bundle = selectBundle(batch, [0]);
 * const first = await sealBundle(bundle, options);
 * await store.put(first.content);
 * const second = await resealBundle(store, first.contentId, bundle, options);
 * await store.has(second.contentId); // => true
 * await store.has(first.contentId); // => false
 * ```
 */
export async function resealBundle(
  store: ContentStore,
  previous: ContentId,
  bundle: Bundle,
  options: SealOptions,
): Promise<SealedBundle> {
  check(methods<ContentStore>("a content store", "put", "delete"), store, "store");
  parseContentId(previous);
  const sealed = await sealBundle(bundle, options);
  await store.put(sealed.content);
  await store.delete(previous);
  return sealed;
}

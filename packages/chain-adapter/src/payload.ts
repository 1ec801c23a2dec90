// What stays off the ledger: batches of reports under a Merkle root, encrypted bundles, content-addressed stores.
export { type Batch, type BatchInput, buildBatch } from "./payload/batch.js";
export { type Bundle, selectBundle } from "./payload/bundle.js";
export { decodeBundle, encodeBundle } from "./payload/bundle-format.js";
export { contentIdOf, parseContentId } from "./payload/content-id.js";
export {
  type ContentStore,
  createMemoryContentStore,
  requireContent,
} from "./payload/content-store.js";
export { hashLeaf, type Leaf } from "./payload/leaf.js";
export { checkLeafList, type LeafList } from "./payload/leaf-list.js";
export { createRecipient, type OwnRecipient, type Recipient } from "./payload/recipient.js";
export type { Reports } from "./payload/reports.js";
export { resealBundle } from "./payload/reseal.js";
export { openBundle, type SealedBundle, type SealOptions, sealBundle } from "./payload/seal.js";
export type { BundleStatement } from "./payload/statement.js";

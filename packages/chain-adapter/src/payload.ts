// What stays off the ledger: batches of reports under a Merkle root, bundles of sealed chunks, content-addressed stores.
export { type Batch, type BatchInput, buildBatch, patientScope } from "./payload/batch.js";
export {
  contentFits,
  type OpenedBundle,
  openBundle,
  type SealedBundle,
  sealBundle,
} from "./payload/bundle.js";
export type { Pair } from "./payload/bundle-keys.js";
export { type ChunkPlace, chunkBytes, chunkPlaces } from "./payload/chunk.js";
export { decideClaim } from "./payload/claim.js";
export type {
  BundleFacts,
  ClaimEvidence,
  ClaimFacts,
  ClaimVerdict,
  PlaceRange,
  ReportPool,
  ShownChunk,
  ShownLeaf,
} from "./payload/claim-types.js";
export { contentIdOf, contentIdOfHash, parseContentId } from "./payload/content-id.js";
export {
  type ContentStore,
  createMemoryContentStore,
  requireContent,
} from "./payload/content-store.js";
export { hashLeaf, type Leaf, type LeafScope } from "./payload/leaf.js";
export { oneTimePublicKey, unwrapKey, wrapKey } from "./payload/one-time-key.js";
export type { Reports } from "./payload/reports.js";

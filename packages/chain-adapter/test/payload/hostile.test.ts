import {
  buildBatch,
  type ClaimFacts,
  contentFits,
  createMemoryContentStore,
  hashLeaf,
  oneTimePublicKey,
  openBundle,
  parseContentId,
  requireContent,
  type SealedBundle,
  unwrapKey,
  wrapKey,
} from "@emrx/chain-adapter/payload";
import { beforeAll, expect } from "vitest";
import { answers } from "../hostile.js";
import { inputOf, labSecret, sale, scope } from "./sample.js";

let facts: ClaimFacts;
let sealed: SealedBundle;
beforeAll(async () => {
  ({ facts, sealed } = await sale());
});

answers("parseContentId", ["EMRX_CONTENT_ID"], parseContentId);
answers("requireContent", ["EMRX_CONTENT_ID"], (id) =>
  requireContent(id, new Uint8Array(), "here"),
);
answers("oneTimePublicKey", ["EMRX_INVALID_KEY"], oneTimePublicKey);
answers("wrapKey", ["EMRX_INVALID_KEY"], (oneTimeKey, key) =>
  wrapKey({ ...facts, oneTimeKey }, key),
);
answers(
  "unwrapKey",
  ["EMRX_INVALID_BUNDLE", "EMRX_INVALID_KEY", "EMRX_BUNDLE_LOCKED"],
  (wrappedKey, secret) => unwrapKey({ ...facts, wrappedKey }, secret),
);
answers("contentFits", [], (content) => {
  expect(contentFits(facts, content)).toBe(false);
});
answers("openBundle", ["EMRX_BUNDLE_MISMATCH", "EMRX_INVALID_KEY"], async (content, secret) => {
  await openBundle(facts, content, labSecret);
  await openBundle(facts, sealed.content, secret);
});
answers("a content store", ["EMRX_CONTENT_ID", "EMRX_CONTENT_MISSING"], async (id) => {
  const store = createMemoryContentStore();
  for (const call of [store.has, store.delete, store.get]) await call(id);
});

const parts = ["scope", "rootSecret", "patients", "profiles", "reports"];
answers("buildBatch", ["EMRX_INVALID_BATCH", "EMRX_INVALID_KEY"], (value, other) => {
  for (const name of parts) buildBatchOf({ [name]: value });
  buildBatchOf({ reports: { count: value, bytes: other, offsets: other } });
  buildBatchOf({ scope: { ...scope, site: value, round: other } });
});
function buildBatchOf(change: Record<string, unknown>): void {
  try {
    buildBatch({ ...inputOf([1, 2]), ...change });
  } catch (error) {
    // Every change is tried, so the errors are checked here; the last one is checked by the law as well.
    expect((error as { code: string }).code).toMatch(/^EMRX_INVALID_(BATCH|KEY)$/);
  }
}
answers("hashLeaf", ["EMRX_INVALID_BATCH"], (value, other) => {
  const hash = new Uint8Array(32);
  hashLeaf(scope, { pseudonym: hash, profile: other, salt: hash, report: value });
});

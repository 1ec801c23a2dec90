import {
  buildBatch,
  checkLeafList,
  createMemoryContentStore,
  createRecipient,
  decodeBundle,
  hashLeaf,
  type OwnRecipient,
  openBundle,
  parseContentId,
  requireContent,
  type SealedBundle,
  sealBundle,
  selectBundle,
} from "@emrx/chain-adapter/payload";
import { fc } from "@emrx/testkit";
import { beforeAll, expect } from "vitest";
import { answers } from "../hostile.js";
import { batchOf, ids, inputOf } from "./sample.js";

const batch = batchOf([3, 4]);
let lab: OwnRecipient;
let sealed: SealedBundle;
beforeAll(async () => {
  lab = await createRecipient();
  sealed = await sealBundle(selectBundle(batch, [0]), { ...ids, recipient: lab.publicKey });
});

answers("decodeBundle", ["EMRX_INVALID_BUNDLE"], decodeBundle);
answers("selectBundle", ["EMRX_INVALID_BUNDLE"], (indices) => selectBundle(batch, indices));
answers("parseContentId", ["EMRX_CONTENT_ID"], parseContentId);
answers("requireContent", ["EMRX_CONTENT_ID"], (id) =>
  requireContent(id, new Uint8Array(), "here"),
);
answers("checkLeafList", ["EMRX_BUNDLE_MISMATCH"], (value, other) => {
  checkLeafList(value, other, other);
});
answers("checkLeafList, root and count", ["EMRX_BUNDLE_MISMATCH"], (root, count) => {
  checkLeafList(batch.leaves, root, count);
});
answers("createRecipient", ["EMRX_INVALID_KEY"], (secret) => createRecipient({ secret }));
answers("unwrap", ["EMRX_INVALID_KEY", "EMRX_BUNDLE_LOCKED"], (wrapped, info) =>
  lab.unwrap(wrapped, info),
);
answers(
  "openBundle, content and key",
  ["EMRX_BUNDLE_LOCKED", "EMRX_INVALID_KEY"],
  (content, wrappedKey) => openBundle({ content, wrappedKey }, sealed.statement, lab),
);

const members = [
  "ledger",
  "site",
  "requester",
  "round",
  "schemaHash",
  "batchRoot",
  "root",
  "count",
];
answers(
  "openBundle, statement",
  ["EMRX_BUNDLE_LOCKED", "EMRX_BUNDLE_MISMATCH", "EMRX_INVALID_LABEL"],
  async (value) => {
    const name = members[fc.sample(fc.nat(7), 1)[0] as number] as string;
    const statement = { ...sealed.statement, [name]: value };
    const opened = await openBundle(sealed, statement, lab);
    expect(opened.count).toBe(1);
  },
);
answers("sealBundle", ["EMRX_INVALID_KEY", "EMRX_BUNDLE_MISMATCH"], (value, other) =>
  sealBundle(selectBundle(batch, [0]), { ...ids, site: value, recipient: other }),
);
answers("a content store", ["EMRX_CONTENT_ID", "EMRX_CONTENT_MISSING"], async (id) => {
  const store = createMemoryContentStore();
  for (const call of [store.has, store.delete, store.get]) await call(id);
});

const parts = ["schemaHash", "rootSecret", "scope", "patients", "consent", "reports"];
answers(
  "buildBatch",
  ["EMRX_INVALID_BATCH", "EMRX_INVALID_KEY", "EMRX_INVALID_LABEL"],
  (value, other) => {
    for (const name of parts) buildBatchOf({ [name]: value });
    buildBatchOf({ reports: { count: value, bytes: other, offsets: other } });
    buildBatchOf({ scope: { domain: value, round: other, role: "r" } });
  },
);
function buildBatchOf(change: Record<string, unknown>): void {
  const input = inputOf([1, 2]);
  try {
    buildBatch({ ...input, ...change });
  } catch (error) {
    // Every change is tried, so the errors are checked here; the last one is checked by the law as well.
    expect((error as { code: string }).code).toMatch(/^EMRX_INVALID_(BATCH|KEY|LABEL)$/);
  }
}
answers("hashLeaf", ["EMRX_INVALID_BATCH", "EMRX_INVALID_LABEL"], (value, other) => {
  const hash = new Uint8Array(32);
  const leaf = { schemaHash: hash, pseudonym: hash, consent: hash, salt: hash };
  hashLeaf({ ...leaf, round: other, report: value });
});

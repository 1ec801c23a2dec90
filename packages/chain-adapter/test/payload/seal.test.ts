import { LedgerError } from "@emrx/chain-adapter";
import {
  type Batch,
  type Bundle,
  type BundleStatement,
  checkLeafList,
  contentIdOf,
  createMemoryContentStore,
  createRecipient,
  encodeBundle,
  openBundle,
  type Recipient,
  resealBundle,
  type SealedBundle,
  type SealOptions,
  sealBundle,
  selectBundle,
} from "@emrx/chain-adapter/payload";
import { fc, property } from "@emrx/testkit";
import { beforeAll, expect, test } from "vitest";
import { wrapKey } from "../../src/payload/recipient.js";
import { statementBytes } from "../../src/payload/statement.js";
import { hex, root } from "../merkle/reference.js";
import { batchOf, ids } from "./sample.js";

let batch: Batch;
let bundle: Bundle;
let lab: Recipient;
let options: SealOptions;
let sealed: SealedBundle;
beforeAll(async () => {
  batch = batchOf([4, 0, 6, 7, 8]);
  bundle = selectBundle(batch, [1, 3, 4]);
  lab = await createRecipient();
  options = { ...ids, recipient: lab.publicKey };
  sealed = await sealBundle(bundle, options);
});
const code = (expected: string) => expect.objectContaining({ name: "LedgerError", code: expected });

test("what is sealed opens to the same bundle, and says what the ledger must say", async () => {
  const opened = await openBundle(sealed, sealed.statement, lab);
  expect(encodeBundle(opened)).toEqual(encodeBundle(bundle));
  const leaf = (i: number): Uint8Array<ArrayBuffer> => batch.leaves.slice(i * 32, i * 32 + 32);
  expect(sealed.statement).toEqual({
    ...ids,
    round: 5,
    schemaHash: hex(batch.schemaHash),
    batchRoot: hex(batch.root),
    root: hex(root([leaf(1), leaf(3), leaf(4)])),
    count: 3,
  });
  expect(sealed.contentId).toBe(contentIdOf(sealed.content));
  expect(sealed.wrappedKey.length).toBe(80);
});

test("sealing twice gives bytes that share nothing but the length", async () => {
  const again = await sealBundle(bundle, options);
  expect(again.content.length).toBe(sealed.content.length);
  expect(again.statement).toEqual(sealed.statement);
  let equal = 0;
  for (let i = 8; i < again.content.length; i++)
    if (again.content[i] === sealed.content[i]) equal++;
  expect(equal).toBeLessThan(20); // about 1 byte in 256 of some 400
  expect(hex(again.wrappedKey.subarray(0, 32))).not.toBe(hex(sealed.wrappedKey.subarray(0, 32)));
  await expect(
    openBundle({ content: again.content, wrappedKey: sealed.wrappedKey }, sealed.statement, lab),
  ).rejects.toThrow(code("EMRX_BUNDLE_LOCKED"));
});

test("nothing of the plaintext shows in the content", () => {
  const content = hex(sealed.content);
  expect(content).not.toContain(hex(bundle.salts.subarray(0, 32)));
  expect(content).not.toContain(hex(bundle.pseudonyms.subarray(0, 32)));
  expect(content).not.toContain(hex(bundle.schemaHash));
});

test("it opens under no other statement and for nobody else", async () => {
  const { statement } = sealed;
  const others: BundleStatement[] = [
    { ...statement, ledger: "99".repeat(32) },
    { ...statement, site: "99".repeat(32) },
    { ...statement, requester: "99".repeat(32) },
    { ...statement, site: statement.requester, requester: statement.site },
    { ...statement, round: 6 },
    { ...statement, schemaHash: "99".repeat(32) },
    { ...statement, batchRoot: "99".repeat(32) },
    { ...statement, root: "99".repeat(32) },
    { ...statement, count: 4 },
  ];
  for (const other of others) {
    await expect(openBundle(sealed, other, lab)).rejects.toThrow(code("EMRX_BUNDLE_LOCKED"));
  }
  await expect(openBundle(sealed, statement, await createRecipient())).rejects.toThrow(
    code("EMRX_BUNDLE_LOCKED"),
  );
  await expect(openBundle(sealed, { ...statement, root: "X" }, lab)).rejects.toThrow(
    code("EMRX_BUNDLE_MISMATCH"),
  );
  await expect(openBundle(sealed, { ...statement, round: -1 }, lab)).rejects.toThrow(
    code("EMRX_INVALID_LABEL"),
  );
});

property(
  "an altered content or wrapped key never opens",
  [fc.nat(), fc.integer({ min: 1, max: 255 }), fc.boolean()],
  async (at, change, inContent) => {
    const [content, wrappedKey] = [
      Uint8Array.from(sealed.content),
      Uint8Array.from(sealed.wrappedKey),
    ];
    const target = inContent ? content : wrappedKey;
    const place = at % target.length;
    target[place] = (target[place] as number) ^ change;
    await expect(openBundle({ content, wrappedKey }, sealed.statement, lab)).rejects.toThrow(
      code("EMRX_BUNDLE_LOCKED"),
    );
  },
  { numRuns: 60 },
);

property(
  "whatever bytes come, only listed errors leave",
  [fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ maxLength: 120 })],
  async (content, wrappedKey) => {
    const error = await openBundle({ content, wrappedKey }, sealed.statement, lab).catch((e) => e);
    expect(error).toBeInstanceOf(LedgerError);
    expect(["EMRX_BUNDLE_LOCKED", "EMRX_INVALID_KEY"]).toContain((error as LedgerError).code);
  },
  { numRuns: 60 },
);

test("a site that seals other reports than it says is found out", async () => {
  // The site alters a report but states the leaves of the true ones.
  const reports = { ...bundle.reports, bytes: bundle.reports.bytes.map((byte) => byte ^ 1) };
  const forged = await sealBundle({ ...bundle, reports }, options);
  expect(forged.statement).toEqual(sealed.statement);
  await expect(openBundle(forged, forged.statement, lab)).rejects.toThrow(
    code("EMRX_BUNDLE_MISMATCH"),
  );
});

/** Seals any plaintext for any statement, as a dishonest site could. */
async function sealAs(
  statement: BundleStatement,
  plaintext: Uint8Array<ArrayBuffer>,
  begin = "EMRXSB1\n",
): Promise<{ content: Uint8Array<ArrayBuffer>; wrappedKey: Uint8Array<ArrayBuffer> }> {
  const [rawKey, iv] = [new Uint8Array(32).fill(9), new Uint8Array(12).fill(8)];
  const bound = statementBytes(statement);
  const key = await crypto.subtle.importKey("raw", rawKey, "AES-GCM", false, ["encrypt"]);
  const algorithm = { name: "AES-GCM", iv, additionalData: bound };
  const ciphertext = await crypto.subtle.encrypt(algorithm, key, Uint8Array.from(plaintext));
  const content = Uint8Array.of(
    ...new TextEncoder().encode(begin),
    ...iv,
    ...new Uint8Array(ciphertext),
  );
  const hash = await crypto.subtle.digest("SHA-256", content);
  const info = Uint8Array.of(...bound, ...new Uint8Array(hash));
  return { content, wrappedKey: await wrapKey(lab.publicKey, info, rawKey) };
}

test("a bundle that is not what its own statement says is refused, and the member is named", async () => {
  const { statement } = sealed;
  const plaintext = encodeBundle(bundle);
  expect((await openBundle(await sealAs(statement, plaintext), statement, lab)).count).toBe(3);
  for (const change of [
    { round: 6 },
    { schemaHash: "99".repeat(32) },
    { batchRoot: "99".repeat(32) },
    { root: "99".repeat(32) },
    { count: 4 },
  ]) {
    const [[name, expected]] = Object.entries(change) as [[keyof BundleStatement, string]];
    const claimed = { ...statement, ...change };
    await expect(openBundle(await sealAs(claimed, plaintext), claimed, lab)).rejects.toThrow(
      expect.objectContaining({
        code: "EMRX_BUNDLE_MISMATCH",
        message: expect.stringContaining(`the bundle's ${name} is`),
        details: { held: statement[name], expected },
      }),
    );
  }
  await expect(
    openBundle(await sealAs(statement, Uint8Array.of(1, 2)), statement, lab),
  ).rejects.toThrow(code("EMRX_INVALID_BUNDLE"));
  await expect(
    openBundle(await sealAs(statement, plaintext, "EMRXSB2\n"), statement, lab),
  ).rejects.toThrow(code("EMRX_BUNDLE_LOCKED"));
});

test("a bundle of a batch of another size than the published leaves is refused", async () => {
  const list = checkLeafList(batch.leaves, hex(batch.root), 5);
  const larger = await sealBundle({ ...bundle, batchCount: 9 }, options);
  await openBundle(larger, larger.statement, lab);
  await expect(openBundle(larger, larger.statement, lab, { batch: list })).rejects.toThrow(
    code("EMRX_BUNDLE_MISMATCH"),
  );
});

test("given the published leaves, every report is found in its place of the batch", async () => {
  const list = checkLeafList(batch.leaves, hex(batch.root), 5);
  const opened = await openBundle(sealed, sealed.statement, lab, { batch: list });
  expect(opened.count).toBe(3);

  // Reports that are in no batch: the site made them up, consistently, after the batch was published.
  const invented = batchOf([4, 0, 6, 9, 8]);
  const foreign = selectBundle({ ...invented, root: batch.root }, [1, 3, 4]);
  const other = await sealBundle(foreign, options);
  await openBundle(other, other.statement, lab); // its own statement holds together ...
  await expect(openBundle(other, other.statement, lab, { batch: list })).rejects.toThrow(
    expect.objectContaining({ code: "EMRX_BUNDLE_MISMATCH", details: { report: 1, leaf: 3 } }),
  );
  // The right reports under another root: they are of no batch that the ledger knows.
  const elsewhere = await sealBundle({ ...bundle, batchRoot: invented.root }, options);
  await openBundle(elsewhere, elsewhere.statement, lab);
  await expect(openBundle(elsewhere, elsewhere.statement, lab, { batch: list })).rejects.toThrow(
    code("EMRX_BUNDLE_MISMATCH"),
  );
  // A list of another batch, or of another size.
  const wrong = checkLeafList(invented.leaves, hex(invented.root), 5);
  await expect(openBundle(sealed, sealed.statement, lab, { batch: wrong })).rejects.toThrow(
    code("EMRX_BUNDLE_MISMATCH"),
  );
});

test("published leaves of another root or number are refused", () => {
  expect(() => checkLeafList(batch.leaves, "00".repeat(32), 5)).toThrow(
    code("EMRX_BUNDLE_MISMATCH"),
  );
  expect(() => checkLeafList(batch.leaves, hex(batch.root), 4)).toThrow(
    code("EMRX_BUNDLE_MISMATCH"),
  );
  expect(() => checkLeafList(undefined as never, hex(batch.root), 5)).toThrow(
    code("EMRX_BUNDLE_MISMATCH"),
  );
  const own = Uint8Array.from(batch.leaves);
  const list = checkLeafList(own, hex(batch.root), 5);
  own.fill(0);
  expect(list.leaves).toEqual(batch.leaves);
});

test("a bundle sealed again has another key: the old one opens nothing that is left in the store", async () => {
  const store = createMemoryContentStore();
  await store.put(sealed.content);
  const again = await resealBundle(store, sealed.contentId, bundle, options);
  await expect(store.get(sealed.contentId)).rejects.toThrow(code("EMRX_CONTENT_MISSING"));
  const content = await store.get(again.contentId);
  expect((await openBundle({ ...again, content }, again.statement, lab)).count).toBe(3);
  await expect(
    openBundle({ content, wrappedKey: sealed.wrappedKey }, sealed.statement, lab),
  ).rejects.toThrow(code("EMRX_BUNDLE_LOCKED"));
});

test("once its key is forgotten, nothing opens a bundle: neither the ledger's wrapped key nor a copy of the content", async () => {
  const forgetful = await createRecipient();
  const own = await sealBundle(bundle, { ...options, recipient: forgetful.publicKey });
  expect((await openBundle(own, own.statement, forgetful)).count).toBe(3);
  forgetful.forget();
  await expect(openBundle(own, own.statement, forgetful)).rejects.toThrow(
    expect.objectContaining({
      code: "EMRX_BUNDLE_LOCKED",
      message: expect.stringContaining("was forgotten"),
    }),
  );
  await expect(openBundle(own, own.statement, lab)).rejects.toThrow(code("EMRX_BUNDLE_LOCKED"));
});

test("if the new content cannot be stored, the old one stays", async () => {
  const store = createMemoryContentStore();
  await store.put(sealed.content);
  const full = { ...store, put: () => Promise.reject(new LedgerError("EMRX_STORAGE", "full")) };
  await expect(resealBundle(full, sealed.contentId, bundle, options)).rejects.toThrow(
    code("EMRX_STORAGE"),
  );
  expect(await store.has(sealed.contentId)).toBe(true);
});

test("malformed recipients and ids are refused", async () => {
  for (const recipient of [new Uint8Array(31), new Uint8Array(32), "x" as never]) {
    await expect(sealBundle(bundle, { ...options, recipient })).rejects.toThrow(
      code("EMRX_INVALID_KEY"),
    );
  }
  for (const site of ["st-mary", `0${ids.site}`, `${ids.site}0`, "AB".repeat(32)]) {
    await expect(sealBundle(bundle, { ...options, site })).rejects.toThrow(
      code("EMRX_BUNDLE_MISMATCH"),
    );
  }
});

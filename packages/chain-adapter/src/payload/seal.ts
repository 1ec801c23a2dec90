// Sealing and opening a bundle. AES-256-GCM under a fresh key encrypts it; HPKE wraps the key to the requester; both
// are bound to what the ledger says about the bundle, and the wrapped key to the very ciphertext.

import { concatBytes, matchesAt, toHex } from "@emrx/internal/bytes";
import {
  bytes,
  coded,
  deferred,
  integer,
  methods,
  object,
  optional,
  type Shape,
} from "@emrx/internal/shape";
import { type ContentId, hex32 } from "../codec/fields.js";
import { check } from "../errors/check.js";
import { LedgerError } from "../errors.js";
import { merkleRoot } from "../merkle/root.js";
import { type Bundle, bundleShape } from "./bundle.js";
import { decodeBundle, encodeBundle } from "./bundle-format.js";
import { contentIdOfHash } from "./content-id.js";
import { type LeafList, requireInBatch } from "./leaf-list.js";
import { type Recipient, requireCrypto, wrapKey } from "./recipient.js";
import { type BundleStatement, statementBytes } from "./statement.js";

/** A bundle ready to be stored and granted. */
export interface SealedBundle {
  /** The encrypted bundle, for a content store. */
  readonly content: Uint8Array<ArrayBuffer>;
  /** Content id of `content`, for the grant. */
  readonly contentId: ContentId;
  /** The bundle's key, wrapped to the requester, 80 bytes, for the grant. */
  readonly wrappedKey: Uint8Array<ArrayBuffer>;
  /** What the ledger must say for the bundle to open. */
  readonly statement: BundleStatement;
}

/** For whom a bundle is sealed. */
export interface SealOptions {
  /** Id of the ledger, 64 hexadecimal digits. */
  readonly ledger: string;
  /** Public key of the site, 64 hexadecimal digits. */
  readonly site: string;
  /** Public key of the requester, 64 hexadecimal digits. */
  readonly requester: string;
  /** The requester's X25519 public key, 32 bytes, from its request. */
  readonly recipient: Uint8Array;
}

const optionsShape: Shape<SealOptions> = /* @__PURE__ */ deferred(() =>
  object({
    ledger: hex32,
    site: hex32,
    requester: hex32,
    recipient: coded("EMRX_INVALID_KEY", bytes(32)),
  }),
);

const sealedMembers = /* @__PURE__ */ deferred(() =>
  object({ content: bytes<ArrayBuffer>(), wrappedKey: bytes<ArrayBuffer>() }),
);

/** A sealed bundle has more members than opening needs. */
const sealedShape: Shape<Pick<SealedBundle, "content" | "wrappedKey">> = (value, visit) => {
  if (typeof value !== "object" || value === null) return sealedMembers(value, visit);
  const { content, wrappedKey } = value as Partial<SealedBundle>;
  return sealedMembers({ content, wrappedKey }, visit);
};

const openOptionsShape = /* @__PURE__ */ deferred(() =>
  object({
    batch: optional(object({ root: hex32, count: integer(0), leaves: bytes<ArrayBuffer>() })),
  }),
);

// 8 bytes "EMRXSB1\n", 12 bytes nonce, then the ciphertext with its tag of 16 bytes.
const MAGIC: Uint8Array = /* @__PURE__ */ new TextEncoder().encode("EMRXSB1\n");
const HEADER = 8 + 12;

/**
 * Encrypts a bundle for one requester. Key and nonce are fresh, so sealing twice gives bytes that nobody can link.
 *
 * @param bundle from `selectBundle`
 * @param options ledger, site, requester and the requester's key
 * @returns content for the store; content id and wrapped key for the grant; the statement that both are bound to
 * @throws LedgerError `EMRX_INVALID_KEY` for a malformed recipient key, `EMRX_BUNDLE_MISMATCH` for malformed ids,
 * `EMRX_NO_CRYPTO` without WebCrypto
 * @see RFC 9180 (HPKE), NIST SP 800-38D (GCM)
 * @example
 * ```ts
 * import { buildBatch, createRecipient, openBundle, sealBundle, selectBundle } from "@emrx/chain-adapter/payload";
 *
 * const batch = buildBatch({
 *   schemaHash: new Uint8Array(32),
 *   rootSecret: crypto.getRandomValues(new Uint8Array(32)),
 *   scope: { domain: "trial-ledger/st-mary", round: 1, role: "publisher" },
 *   patients: Uint32Array.of(7, 3),
 *   consent: new Uint8Array(32),
 *   reports: { count: 2, bytes: Uint8Array.of(1, 0, 2), offsets: Uint32Array.of(0, 1, 3) },
 * });
 * const lab = await createRecipient();
 * const ids = { ledger: "11".repeat(32), site: "22".repeat(32), requester: "33".repeat(32) };
 * const sealed = await sealBundle(selectBundle(batch, [1]), { ...ids, recipient: lab.publicKey });
 * (await openBundle(sealed, sealed.statement, lab)).reports.bytes; // => Uint8Array.of(0, 2)
 * ```
 */
export async function sealBundle(bundle: Bundle, options: SealOptions): Promise<SealedBundle> {
  check(bundleShape, bundle, "bundle", "EMRX_INVALID_BUNDLE");
  const { ledger, site, requester, recipient } = check(
    optionsShape,
    options,
    "options",
    "EMRX_BUNDLE_MISMATCH",
  );
  const statement: BundleStatement = {
    ledger,
    site,
    requester,
    round: bundle.round,
    schemaHash: toHex(bundle.schemaHash),
    batchRoot: toHex(bundle.batchRoot),
    root: toHex(merkleRoot(bundle.leaves)),
    count: bundle.count,
  };
  const bound = statementBytes(statement);
  requireCrypto();
  const { subtle } = globalThis.crypto;
  const random = globalThis.crypto.getRandomValues(new Uint8Array(32 + 12));
  const [rawKey, iv] = [random.slice(0, 32), random.slice(32)];
  const key = await subtle.importKey("raw", rawKey, "AES-GCM", false, ["encrypt"]);
  const algorithm = { name: "AES-GCM", iv, additionalData: bound };
  const ciphertext = new Uint8Array(await subtle.encrypt(algorithm, key, encodeBundle(bundle)));
  const content = concatBytes(MAGIC, iv, ciphertext);
  const hash = new Uint8Array(await subtle.digest("SHA-256", content));
  const wrappedKey = await wrapKey(recipient, concatBytes(bound, hash), rawKey);
  rawKey.fill(0);
  return { content, contentId: contentIdOfHash(hash), wrappedKey, statement };
}

/**
 * Decrypts a bundle and checks it: that it is the content of the grant, that its reports have the granted root and
 * number, and, given the published leaves, that each is in its place in the batch.
 *
 * @param sealed content from the store, wrapped key from the grant
 * @param statement what the ledger says: take every member from it, not from the site
 * @param recipient the requester's key
 * @param options `batch`: the published leaves of the batch, from `checkLeafList`
 * @returns the bundle
 * @throws LedgerError `EMRX_BUNDLE_LOCKED` if key, content and statement do not belong together, `EMRX_INVALID_BUNDLE` if
 * what was sealed is no bundle, `EMRX_BUNDLE_MISMATCH` if it is not what the ledger says
 * @example
 * ```ts
 * import { createRecipient, openBundle } from "@emrx/chain-adapter/payload";
 *
 * const zero = "00".repeat(32);
 * const ids = { ledger: zero, site: zero, requester: zero };
 * const statement = { ...ids, round: 1, schemaHash: zero, batchRoot: zero, root: zero, count: 1 };
 * const sealed = { content: new Uint8Array(50), wrappedKey: new Uint8Array(80) };
 * await openBundle(sealed, statement, await createRecipient()); // throws EMRX_BUNDLE_LOCKED
 * ```
 */
export async function openBundle(
  sealed: Pick<SealedBundle, "content" | "wrappedKey">,
  statement: BundleStatement,
  recipient: Recipient,
  options: { readonly batch?: LeafList } = {},
): Promise<Bundle> {
  const { content, wrappedKey } = check(sealedShape, sealed, "sealed", "EMRX_BUNDLE_LOCKED");
  check(methods<Recipient>("a recipient", "unwrap"), recipient, "recipient", "EMRX_INVALID_KEY");
  const { batch } = check(openOptionsShape, options, "options", "EMRX_BUNDLE_MISMATCH");
  const bound = statementBytes(statement);
  requireCrypto();
  if (!matchesAt(content, 0, MAGIC)) {
    throw new LedgerError("EMRX_BUNDLE_LOCKED", 'content is no sealed bundle: expected "EMRXSB1".');
  }
  const own = Uint8Array.from(content); // a copy that nobody can change between hashing and decrypting
  const hash = new Uint8Array(await globalThis.crypto.subtle.digest("SHA-256", own));
  const info = concatBytes(bound, hash);
  const rawKey = Uint8Array.from(await recipient.unwrap(wrappedKey, info));
  const bundle = decodeBundle(await decrypt(own, rawKey, bound));
  const held: BundleStatement = {
    ...statement,
    round: bundle.round,
    schemaHash: toHex(bundle.schemaHash),
    batchRoot: toHex(bundle.batchRoot),
    root: toHex(merkleRoot(bundle.leaves)),
    count: bundle.count,
  };
  for (const name of ["round", "schemaHash", "batchRoot", "root", "count"] as const) {
    if (held[name] === statement[name]) continue;
    throw new LedgerError(
      "EMRX_BUNDLE_MISMATCH",
      `the bundle's ${name} is ${held[name]}, the ledger says ${statement[name]}; dispute the delivery.`,
      { details: { held: held[name], expected: statement[name] } },
    );
  }
  if (batch !== undefined) requireInBatch(bundle, batch);
  return bundle;
}

async function decrypt(
  content: Uint8Array<ArrayBuffer>,
  rawKey: Uint8Array<ArrayBuffer>,
  additionalData: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const { subtle } = globalThis.crypto;
    const key = await subtle.importKey("raw", rawKey, "AES-GCM", false, ["decrypt"]);
    const iv = content.slice(8, HEADER);
    const algorithm = { name: "AES-GCM", iv, additionalData };
    return new Uint8Array(await subtle.decrypt(algorithm, key, content.subarray(HEADER)));
  } catch (cause) {
    throw new LedgerError(
      "EMRX_BUNDLE_LOCKED",
      "content does not decrypt under its key: it was altered, or sealed for another statement.",
      { cause },
    );
  } finally {
    rawKey.fill(0);
  }
}

// Sealing and opening a bundle, by the platform's AES-256-GCM.
import { concatBytes, equalBytes, isBytes, toHex } from "@emrx/internal/bytes";
import {
  bytes,
  coded,
  deferred,
  guard,
  object,
  optional,
  type Shape,
  secret as secretShape,
} from "@emrx/internal/shape";
import { check } from "../errors/check.js";
import { LedgerError } from "../errors.js";
import { requireKey } from "../identity/encoding.js";
import { sha256 } from "../merkle/sha256.js";
import { type Batch, batchShape } from "./batch.js";
import { bundleKeyOf, chunkKeyOf, chunkNonce, commitKey, pairContext } from "./bundle-keys.js";
import { type ChunkRows, chunkPlaces, readChunk, SUITE, TAG_LENGTH, writeChunk } from "./chunk.js";
import { decideClaim } from "./claim.js";
import type { BundleFacts, ClaimEvidence, ClaimFacts, ShownChunk } from "./claim-types.js";
import { claimFacts, contentFacts, sealFacts } from "./fact-shapes.js";
import { requireCrypto, unwrapKey } from "./one-time-key.js";
import { joinReports, type Reports } from "./reports.js";
import { joinSealed, type SealedChunk, sealedTree, splitSealed } from "./sealed-content.js";

/** A bundle ready to be stored and granted. */
export interface SealedBundle {
  /** For a content store, which names it by its root. */
  readonly content: Uint8Array<ArrayBuffer>;
  /** Root over the sealed chunks, for the grant: 64 hexadecimal digits. */
  readonly root: string;
  /** The bundle's key, 32 bytes: kept until it is released. Forgetting it is the erasure that a ledger allows. */
  readonly key: Uint8Array<ArrayBuffer>;
  /** Commitment to the key, for the grant. */
  readonly keyCommitment: string;
}

/** What a bundle holds, or what proves that it does not hold what it must. */
export type OpenedBundle =
  | { readonly reports: Reports; readonly leaves: readonly number[] }
  | { readonly evidence: ClaimEvidence };

const optionsShape: Shape<{
  readonly secret: Uint8Array;
  readonly withdrawn?: ReadonlySet<number>;
}> = /* @__PURE__ */ deferred(() =>
  object({
    secret: secretShape(coded("EMRX_INVALID_KEY", bytes(32, Number.MAX_SAFE_INTEGER))),
    withdrawn: optional(
      guard((value): value is ReadonlySet<number> => value instanceof Set, "a Set of leaves"),
    ),
  }),
);

const aes = (key: Uint8Array<ArrayBuffer>, use: "encrypt" | "decrypt"): Promise<CryptoKey> =>
  globalThis.crypto.subtle.importKey("raw", key, "AES-GCM", false, [use]);

const algorithm = (facts: BundleFacts, index: number): AesGcmParams => ({
  name: "AES-GCM",
  iv: chunkNonce(index),
  additionalData: pairContext(facts),
});

function requireSuite({ suite }: BundleFacts): void {
  if (suite === SUITE) return;
  throw new LedgerError(
    "EMRX_INVALID_BUNDLE",
    `facts.suite is ${suite}; this version seals with suite ${SUITE}, AES-256-GCM, only.`,
  );
}

/**
 * Seals the reports that the matching gave to one requester. The same batch, facts, secret and withdrawn rows give the
 * same bytes; others give another key.
 *
 * @param batch the site's batch
 * @param given publication, offer and allocation, as the ledger has them
 * @param options `secret`: at least 32 secret bytes of the site; `withdrawn`: leaves whose reports are kept back
 * @returns content for the store; root and commitment for the grant; the key
 * @throws LedgerError `EMRX_INVALID_BUNDLE` for a suite that is not known, a chunk that is too long for the publication
 * or has more withdrawn rows than it allows, no range, or a batch that is not the offered one; `EMRX_NO_CRYPTO` without WebCrypto
 * @see NIST SP 800-38D (GCM)
 * @example
 * ```ts
 * import { buildBatch, decideClaim, openBundle, sealBundle, wrapKey, oneTimePublicKey } from "@emrx/chain-adapter/payload";
 *
 * const id = (digits: string) => digits.repeat(32);
 * const scope = { ledger: id("11"), site: id("22"), round: 1, schemaHash: id("00") };
 * const report = new Uint8Array(39); // version 1, schema, one attribute: the first, at level 0, one byte
 * report[0] = report[33] = 1;
 * const batch = buildBatch({
 *   scope,
 *   rootSecret: crypto.getRandomValues(new Uint8Array(32)),
 *   patients: Uint32Array.of(7, 3),
 *   profiles: Uint32Array.of(0, 0),
 *   reports: { count: 2, bytes: Uint8Array.of(...report, ...report), offsets: Uint32Array.of(0, 39, 78) },
 * });
 * const facts = {
 *   ...scope, requester: id("33"), suite: 1, chunk: { length: 2, bytes: 400, withdrawn: 0 },
 *   batchRoot: Array.from(batch.root, (byte) => byte.toString(16).padStart(2, "0")).join(""), batchCount: 2,
 *   ranges: [{ from: 0, to: 2, profile: 0 }], profiles: [{ levels: [0], bytes: [1], disclosed: 1 }],
 * };
 * const { content, root, key, keyCommitment } = await sealBundle(batch, facts, { secret: new Uint8Array(32).fill(1) });
 * const lab = new Uint8Array(32).fill(2);
 * const granted = { ...facts, root, keyCommitment, oneTimeKey: await oneTimePublicKey(lab) };
 * const released = { ...granted, wrappedKey: await wrapKey(granted, key) };
 * const opened = await openBundle(released, content, lab);
 * "reports" in opened && opened.reports.count; // => 2
 * ```
 */
export async function sealBundle(
  batch: Batch,
  given: BundleFacts,
  options: { readonly secret: Uint8Array; readonly withdrawn?: ReadonlySet<number> },
): Promise<SealedBundle> {
  const facts = sealFacts(given);
  check(batchShape, batch, "batch", "EMRX_INVALID_BUNDLE");
  const { secret, withdrawn = new Set<number>() } = check(
    optionsShape,
    options,
    "options",
    "EMRX_INVALID_BUNDLE",
  );
  requireSuite(facts);
  requireCrypto();
  const places = chunkPlaces(facts);
  if (places.length === 0 || toHex(batch.root) !== facts.batchRoot)
    throw new LedgerError(
      "EMRX_INVALID_BUNDLE",
      `facts has ${places.length} chunks of the batch ${facts.batchRoot}, batch is ${toHex(batch.root)}; seal at least ` +
        "one range of the batch that was offered.",
    );
  const size = facts.chunk.bytes - TAG_LENGTH;
  const plaintexts = places.map((place) => {
    const plaintext = writeChunk(batch, place, withdrawn, size);
    const read = readChunk(facts, place, plaintext);
    if (typeof read !== "string") return plaintext;
    throw new LedgerError(
      "EMRX_INVALID_BUNDLE",
      `chunk ${place.index} would be wrong: ${read}; do not grant this pair.`,
    );
  });
  const key = bundleKeyOf(secret, facts, sha256(concatBytes(...plaintexts.map(sha256))));
  const chunks: SealedChunk[] = [];
  for (const [index, plaintext] of plaintexts.entries()) {
    const own = chunkKeyOf(key, index);
    const encrypted = await globalThis.crypto.subtle.encrypt(
      algorithm(facts, index),
      await aes(own, "encrypt"),
      plaintext,
    );
    chunks.push({ ciphertext: new Uint8Array(encrypted), keyHash: sha256(own) });
  }
  return {
    content: joinSealed(chunks),
    root: toHex(sealedTree(chunks).root()),
    key,
    keyCommitment: toHex(commitKey(facts, key)),
  };
}

/**
 * Whether content is what a grant promises, as far as can be seen without its key: as many chunks as the allocation
 * gives, each of the publication's size, under the granted root. A requester reports anything else missing.
 *
 * @param given publication, allocation and grant
 * @param content what a store gave
 * @returns whether to read
 * @example
 * ```ts
 * import { contentFits } from "@emrx/chain-adapter/payload";
 *
 * const [ranges, chunk] = [[{ from: 0, to: 2, profile: 0 }], { length: 2, bytes: 400, withdrawn: 0 }];
 * contentFits({ ranges, chunk, root: "00".repeat(32) }, new Uint8Array(16)); // => false
 * ```
 */
export function contentFits(
  given: Pick<ClaimFacts, "ranges" | "chunk" | "root">,
  content: Uint8Array,
): boolean {
  const facts = contentFacts(given);
  if (!isBytes(content)) return false;
  const chunks = splitSealed(content);
  return (
    chunks !== undefined &&
    chunks.length === chunkPlaces(facts).length &&
    chunks[0]?.ciphertext.length === facts.chunk.bytes &&
    toHex(sealedTree(chunks).root()) === facts.root
  );
}

/**
 * Opens a bundle and checks every opening against root, place, profile and pool. What is wrong comes back as evidence
 * on which a contract decides.
 *
 * @param given all that the ledger says of the pair
 * @param content what {@link contentFits} found right
 * @param secret what the one-time key was derived from
 * @returns the reports that were not withdrawn, with their leaves; or evidence for `access.claim`
 * @throws LedgerError `EMRX_BUNDLE_MISMATCH` for other content, or a secret of another one-time key; `EMRX_NO_CRYPTO` without WebCrypto
 */
export async function openBundle(
  given: ClaimFacts,
  content: Uint8Array,
  secret: Uint8Array,
): Promise<OpenedBundle> {
  const facts = claimFacts(given);
  requireKey("secret", secret, 32);
  requireSuite(facts);
  requireCrypto();
  const chunks = contentFits(facts, content) ? splitSealed(content) : undefined;
  if (chunks === undefined)
    throw new LedgerError(
      "EMRX_BUNDLE_MISMATCH",
      `content is not what the grant of ${facts.site} names; fetch ${facts.root} again.`,
    );
  const tree = sealedTree(chunks);
  const path = (index: number): string[] => tree.inclusionProof(index).map(toHex);
  const keyEvidence: ClaimEvidence = { kind: "key", secret: toHex(secret) };
  let key: Uint8Array;
  try {
    key = await unwrapKey(facts, secret);
  } catch (error) {
    if (error instanceof LedgerError && error.code === "EMRX_BUNDLE_LOCKED")
      return proven(facts, keyEvidence);
    throw error;
  }
  if (toHex(commitKey(facts, key)) !== facts.keyCommitment) return proven(facts, keyEvidence);
  const read: ChunkRows[] = [];
  const seen = new Map<string, () => ShownChunk>();
  for (const place of chunkPlaces(facts)) {
    const { index } = place;
    const { ciphertext, keyHash } = chunks[index] as SealedChunk;
    const own = chunkKeyOf(key, index);
    if (!equalBytes(sha256(own), keyHash)) {
      const leaf = { index, ciphertextHash: toHex(sha256(ciphertext)), keyHash: toHex(keyHash) };
      return proven(facts, { ...keyEvidence, leaf: { ...leaf, path: path(index) } });
    }
    const shown = (): ShownChunk => ({
      index,
      ciphertext: toHex(ciphertext),
      key: toHex(own),
      path: path(index),
    });
    const plaintext = await decrypt(facts, index, own, ciphertext);
    const rows =
      plaintext === undefined ? "it does not decrypt" : readChunk(facts, place, plaintext);
    if (typeof rows === "string") return proven(facts, { kind: "chunk", chunks: [shown()] });
    for (const pseudonym of rows.pseudonyms) {
      const earlier = seen.get(pseudonym);
      if (earlier !== undefined)
        return proven(facts, { kind: "chunk", chunks: [earlier(), shown()] });
      seen.set(pseudonym, shown);
    }
    read.push(rows);
  }
  return {
    leaves: read.flatMap(({ leaves }) => leaves),
    reports: joinReports(
      read.flatMap(({ reports }) =>
        Array.from({ length: reports.count }, (_, i) =>
          reports.bytes.subarray(reports.offsets[i], reports.offsets[i + 1]),
        ),
      ),
    ),
  };
}

async function decrypt(
  facts: BundleFacts,
  index: number,
  key: Uint8Array<ArrayBuffer>,
  ciphertext: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const own = await aes(key, "decrypt");
  try {
    return new Uint8Array(
      await globalThis.crypto.subtle.decrypt(algorithm(facts, index), own, ciphertext),
    );
  } catch {
    return undefined; // an altered ciphertext: the caller turns it into evidence
  }
}

/** Evidence that the contract accepts: a requester that claims wrongly would show its secret for nothing. */
function proven(facts: ClaimFacts, evidence: ClaimEvidence): OpenedBundle {
  const verdict = decideClaim(facts, evidence);
  if (verdict === "wrong") return { evidence };
  throw new LedgerError(
    "EMRX_BUNDLE_MISMATCH",
    `what looks wrong with the bundle of ${facts.site} is ${verdict} to the contract; secret is not the one of the read's one-time key.`,
  );
}

// How the contract decides a claim: without waiting, and alike everywhere. Plain JavaScript stands in for the platform's
// cryptography; both read the same bytes.
import { fromHex as bytesOf, toHex } from "@emrx/internal/bytes";
import { gcm } from "@noble/ciphers/aes.js";
import { fromHex } from "../codec/hex.js";
import { check } from "../errors/check.js";
import { sha256 } from "../merkle/sha256.js";
import { verifyInclusion } from "../merkle/verify.js";
import {
  chunkKeyOf,
  chunkLeaf,
  chunkNonce,
  commitKey,
  pairContext,
  wrapInfo,
} from "./bundle-keys.js";
import {
  type ChunkPlace,
  type ChunkRows,
  chunkPlaces,
  readChunk,
  sharedPseudonym,
} from "./chunk.js";
import type { ClaimEvidence, ClaimFacts, ClaimVerdict, ShownChunk } from "./claim-types.js";
import { claimEvidence, claimFacts } from "./fact-shapes.js";
import { hpkeOpenSync, publicKeyOfSecret } from "./hpke.js";

/**
 * Decides a claim.
 *
 * A `key` claim shows the secret of the one-time key: `wrong` if the released key does not unwrap with it, does not fit
 * its commitment, or, where a leaf of the granted root is shown, is not the key of that chunk. A `chunk` claim shows
 * sealed chunks with their keys: `wrong` if one does not decrypt to openings of its places in the batch, of its profile,
 * with at most as many withdrawn rows as the publication allows, or if a pseudonym stands twice.
 *
 * @param given what the ledger says of the pair
 * @param shown what the claimant shows
 * @returns `wrong`, `right`, or `unproven` for evidence that is not of this pair
 * @throws LedgerError `EMRX_INVALID_BUNDLE` for facts or evidence that are not of the documented form
 * @example
 * ```ts
 * import { decideClaim } from "@emrx/chain-adapter/payload";
 *
 * const id = "11".repeat(32);
 * const facts = {
 *   ledger: id, round: 1, site: id, requester: id, schemaHash: id, suite: 1,
 *   chunk: { length: 2, bytes: 400, withdrawn: 0 }, batchRoot: id, batchCount: 2,
 *   ranges: [{ from: 0, to: 2, profile: 0 }], profiles: [{ levels: [0], bytes: [1], disclosed: 1 }],
 *   root: id, keyCommitment: id, oneTimeKey: id, wrappedKey: "00".repeat(80),
 * };
 * decideClaim(facts, { kind: "key", secret: id }); // => "unproven"
 * ```
 */
export function decideClaim(given: ClaimFacts, shown: ClaimEvidence): ClaimVerdict {
  const facts = claimFacts(given);
  const evidence = check(claimEvidence, shown, "evidence", "EMRX_INVALID_BUNDLE");
  const places = chunkPlaces(facts);
  return evidence.kind === "key"
    ? decideKey(facts, evidence, places.length)
    : decideChunks(facts, evidence.chunks, places);
}

/** Whether a leaf stands in the granted root. */
function isGranted(
  { root }: ClaimFacts,
  chunks: number,
  index: number,
  hashes: readonly [ciphertext: Uint8Array, key: Uint8Array],
  path: readonly string[],
): boolean {
  if (!Number.isSafeInteger(index) || index < 0 || index >= chunks) return false;
  const proof = path.map(bytesOf);
  return verifyInclusion({
    leaf: chunkLeaf(index, ...hashes),
    index,
    size: chunks,
    proof: proof as Uint8Array[],
    root: fromHex(root),
  });
}

function decideKey(
  facts: ClaimFacts,
  { secret, leaf }: Extract<ClaimEvidence, { kind: "key" }>,
  chunks: number,
): ClaimVerdict {
  const own = fromHex(secret);
  if (toHex(publicKeyOfSecret(own)) !== facts.oneTimeKey) return "unproven";
  let key: Uint8Array;
  try {
    key = hpkeOpenSync(own, wrapInfo(facts), fromHex(facts.wrappedKey));
  } catch {
    return "wrong"; // what was released does not open with the key that it was asked for
  }
  if (toHex(commitKey(facts, key)) !== facts.keyCommitment) return "wrong";
  if (leaf === undefined) return "right";
  const { index, ciphertextHash, keyHash, path } = leaf;
  if (!isGranted(facts, chunks, index, [fromHex(ciphertextHash), fromHex(keyHash)], path))
    return "unproven";
  return toHex(sha256(chunkKeyOf(key, index))) === keyHash ? "right" : "wrong";
}

function decideChunks(
  facts: ClaimFacts,
  shown: readonly ShownChunk[],
  places: readonly ChunkPlace[],
): ClaimVerdict {
  const known = shown.map(({ index, ciphertext, key, path }) => {
    const bytes = fromHex(ciphertext);
    const own = fromHex(key);
    const granted = isGranted(facts, places.length, index, [sha256(bytes), sha256(own)], path);
    return granted ? { place: places[index] as ChunkPlace, bytes, own } : undefined;
  });
  const read: ChunkRows[] = [];
  let isWrong = false;
  for (const chunk of known) {
    if (chunk === undefined) return "unproven";
    const rows = open(facts, chunk.place, chunk.bytes, chunk.own);
    if (rows === undefined) isWrong = true;
    else read.push(rows);
  }
  const [first, second] = read;
  const both = known.length === 2 && known[0]?.place.index !== known[1]?.place.index;
  if (both && first !== undefined && second !== undefined)
    isWrong ||= sharedPseudonym(first, second) !== undefined;
  return isWrong ? "wrong" : "right";
}

/** The rows of a chunk; undefined if it does not decrypt or decrypts to anything else. */
function open(
  facts: ClaimFacts,
  place: ChunkPlace,
  ciphertext: Uint8Array,
  key: Uint8Array,
): ChunkRows | undefined {
  let plaintext: Uint8Array;
  try {
    plaintext = gcm(key, chunkNonce(place.index), pairContext(facts)).decrypt(ciphertext);
  } catch {
    return undefined; // the tag does not fit
  }
  const rows = readChunk(facts, place, plaintext);
  return typeof rows === "string" ? undefined : rows;
}

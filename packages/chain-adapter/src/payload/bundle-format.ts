// The bytes of a bundle. One bundle has one encoding; any other bytes are refused.
//
//   8  "EMRXBN1\n"           32  batch root             32 k  consents: k is 1 if all are equal, else the count
//   32 schema hash            8  reports of the batch    4 n  leaf of each report, rising
//   8  round                  4  n, the count           32 n  pseudonyms
//                             4  k                      32 n  salts
//                                                        4 n  length of each report, then the reports end to end
//
// Numbers are big endian.
import { ByteReader, ByteWriter } from "@emrx/internal/cursor";
import { check } from "../errors/check.js";
import { LedgerError } from "../errors.js";
import { type Bundle, bundleShape, hashLeaves, shareConsent } from "./bundle.js";
import type { Reports } from "./reports.js";

const MAGIC = "EMRXBN1\n";
const HEADER = 8 + 32 + 8 + 32 + 8 + 4 + 4;
const ROW = 4 + 32 + 32 + 4;

const malformed = (message: string): LedgerError =>
  new LedgerError("EMRX_INVALID_BUNDLE", `bytes are no bundle: ${message}.`);

function refuse(message: string): never {
  throw malformed(message);
}

/** The length of each report, from where each begins and ends. */
const lengthsOf = ({ count, offsets }: Reports): Uint32Array =>
  Uint32Array.from(
    { length: count },
    (_, i) => (offsets[i + 1] as number) - (offsets[i] as number),
  );

/**
 * Writes a bundle.
 *
 * @param bundle from `selectBundle`
 * @returns its canonical bytes
 * @example
 * ```ts
 * import { decodeBundle, encodeBundle } from "@emrx/chain-adapter/payload";
 *
 * const [zero, one] = [new Uint8Array(32), new Uint8Array(32).fill(1)];
 * const bundle = {
 *   ...{ schemaHash: zero, round: 1, batchRoot: one, batchCount: 9, count: 1, indices: Uint32Array.of(4) },
 *   ...{ pseudonyms: one, consent: zero, salts: one, leaves: one },
 *   reports: { count: 1, bytes: Uint8Array.of(7), offsets: Uint32Array.of(0, 1) },
 * };
 * decodeBundle(encodeBundle(bundle)).reports; // => bundle.reports
 * ```
 */
export function encodeBundle(bundle: Bundle): Uint8Array<ArrayBuffer> {
  check(bundleShape, bundle, "bundle", "EMRX_INVALID_BUNDLE");
  const { count, consent, reports } = bundle;
  const size = HEADER + consent.length + count * ROW + reports.bytes.length;
  return new ByteWriter("big", malformed, size)
    .text(MAGIC)
    .bytes(bundle.schemaHash)
    .u64(bundle.round, "the round")
    .bytes(bundle.batchRoot)
    .u64(bundle.batchCount, "the size of the batch")
    .u32(count, "the count")
    .u32(consent.length / 32, "the number of consents")
    .bytes(consent)
    .u32s(bundle.indices)
    .bytes(bundle.pseudonyms)
    .bytes(bundle.salts)
    .u32s(lengthsOf(reports))
    .bytes(reports.bytes)
    .finish();
}

/**
 * Reads a bundle. It checks the form and computes the leaves; whether they are the promised ones is for
 * `openBundle` to say.
 *
 * @param bytes from `encodeBundle`
 * @returns the bundle; its columns are views of the bytes where they can be
 * @throws LedgerError `EMRX_INVALID_BUNDLE` for any bytes that `encodeBundle` does not write
 * @example
 * ```ts
 * import { decodeBundle } from "@emrx/chain-adapter/payload";
 *
 * decodeBundle(new Uint8Array(200)); // throws EMRX_INVALID_BUNDLE
 * ```
 */
export function decodeBundle(bytes: Uint8Array): Bundle {
  const reader = new ByteReader(bytes, "big", malformed);
  reader.expect(MAGIC, '"EMRXBN1"');
  const schemaHash = reader.bytes(32, "the schema hash");
  const round = reader.u64("the round");
  const batchRoot = reader.bytes(32, "the batch root");
  const batchCount = reader.u64("the size of the batch");
  const count = reader.u32("the count");
  const consents = reader.u32("the number of consents");
  if (count < 1) refuse("it holds no report");
  if (consents !== 1 && consents !== count) refuse(`${consents} consents for ${count} reports`);
  const least = consents * 32 + count * ROW;
  if (reader.left < least) {
    refuse(`${count} reports take ${least} bytes or more after the count, ${reader.left} are left`);
  }
  const consent = reader.bytes(consents * 32);
  if (consents > 1 && shareConsent(consent).length === 32) refuse("equal consents are not shared");
  const indices = reader.u32s(count);
  for (const [i, index] of indices.entries()) {
    if (index >= batchCount) refuse(`leaf ${index} in a batch of ${batchCount}`);
    if (i > 0 && index <= (indices[i - 1] as number)) refuse(`leaf ${index} is out of order`);
  }
  const pseudonyms = reader.bytes(count * 32);
  const salts = reader.bytes(count * 32);
  const lengths = reader.u32s(count);
  const total = lengths.reduce((sum, length) => sum + length, 0);
  if (reader.left !== total) refuse(`the reports take ${total} bytes, ${reader.left} are left`);
  const offsets = new Uint32Array(count + 1);
  for (const [i, length] of lengths.entries()) offsets[i + 1] = (offsets[i] as number) + length;
  const reports = { count, bytes: reader.rest(), offsets };
  const columns = { indices, pseudonyms, consent, salts, reports };
  const contents = { schemaHash, round, batchRoot, batchCount, count, ...columns };
  return { ...contents, leaves: hashLeaves(contents) };
}

// The bytes of a bundle. One bundle has one encoding; any other bytes are refused.
//
//   8  "EMRXBN1\n"           32  batch root             32 k  consents: k is 1 if all are equal, else the count
//   32 schema hash            8  reports of the batch    4 n  leaf of each report, rising
//   8  round                  4  n, the count           32 n  pseudonyms
//                             4  k                      32 n  salts
//                                                        4 n  length of each report, then the reports end to end
//
// Numbers are big endian.
import { LedgerError } from "../errors.js";
import { type Bundle, hashLeaves, shareConsent } from "./bundle.js";

const MAGIC: Uint8Array = /* @__PURE__ */ new TextEncoder().encode("EMRXBN1\n");
const HEADER = 8 + 32 + 8 + 32 + 8 + 4 + 4;
const ROW = 4 + 32 + 32 + 4;

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
  const { count, consent, reports } = bundle;
  const out = new Uint8Array(HEADER + consent.length + count * ROW + reports.bytes.length);
  const view = new DataView(out.buffer);
  let at = 0;
  const put = (bytes: Uint8Array): void => {
    out.set(bytes, at);
    at += bytes.length;
  };
  put(MAGIC);
  put(bundle.schemaHash);
  view.setBigUint64(at, BigInt(bundle.round));
  at += 8;
  put(bundle.batchRoot);
  view.setBigUint64(at, BigInt(bundle.batchCount));
  view.setUint32(at + 8, count);
  view.setUint32(at + 12, consent.length / 32);
  at += 16;
  put(consent);
  for (let i = 0; i < count; i++, at += 4) view.setUint32(at, bundle.indices[i] as number);
  put(bundle.pseudonyms);
  put(bundle.salts);
  const { offsets } = reports;
  for (let i = 0; i < count; i++, at += 4) {
    view.setUint32(at, (offsets[i + 1] as number) - (offsets[i] as number));
  }
  put(reports.bytes);
  return out;
}

function refuse(message: string): never {
  throw new LedgerError("EMRX_INVALID_BUNDLE", `bytes are no bundle: ${message}.`);
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
  if (!(bytes instanceof Uint8Array)) refuse(`expected a Uint8Array, got ${typeof bytes}`);
  if (bytes.length < HEADER) refuse(`expected ${HEADER} bytes or more, got ${bytes.length}`);
  if (!MAGIC.every((byte, i) => byte === bytes[i])) refuse('expected "EMRXBN1" at the start');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const [round, batchCount] = [Number(view.getBigUint64(40)), Number(view.getBigUint64(80))];
  const [count, consents] = [view.getUint32(88), view.getUint32(92)];
  if (!Number.isSafeInteger(round)) refuse("the round is 2^53 or more");
  if (!Number.isSafeInteger(batchCount)) refuse("the size of the batch is 2^53 or more");
  if (count < 1) refuse("it holds no report");
  if (consents !== 1 && consents !== count) refuse(`${consents} consents for ${count} reports`);
  const fixed = HEADER + consents * 32 + count * ROW;
  if (bytes.length < fixed)
    refuse(`${count} reports take ${fixed} bytes or more, got ${bytes.length}`);
  let at = HEADER;
  const take = (length: number): Uint8Array => {
    at += length;
    return bytes.subarray(at - length, at);
  };
  const consent = take(consents * 32);
  if (consents > 1 && shareConsent(consent).length === 32) refuse("equal consents are not shared");
  const indices = new Uint32Array(count);
  for (let i = 0; i < count; i++, at += 4) {
    const index = view.getUint32(at);
    if (index >= batchCount) refuse(`leaf ${index} in a batch of ${batchCount}`);
    if (i > 0 && index <= (indices[i - 1] as number)) refuse(`leaf ${index} is out of order`);
    indices[i] = index;
  }
  const [pseudonyms, salts] = [take(count * 32), take(count * 32)];
  const offsets = new Uint32Array(count + 1);
  let total = 0;
  for (let i = 0; i < count; i++, at += 4) {
    total += view.getUint32(at);
    offsets[i + 1] = total;
  }
  if (bytes.length !== fixed + total)
    refuse(`expected ${fixed + total} bytes, got ${bytes.length}`);
  const [schemaHash, batchRoot] = [bytes.subarray(8, 40), bytes.subarray(48, 80)];
  const reports = { count, bytes: bytes.subarray(at), offsets };
  const columns = { indices, pseudonyms, consent, salts, reports };
  const contents = { schemaHash, round, batchRoot, batchCount, count, ...columns };
  return { ...contents, leaves: hashLeaves(contents) };
}

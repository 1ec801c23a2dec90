// A bundle: the matched reports of one site for one requester, with all that is needed to check their leaves.
import {
  arrayOf,
  bytes,
  deferred,
  described,
  integer,
  iterable,
  object,
  type Shape,
  satisfying,
  typedArray,
} from "@emrx/internal/shape";
import { check } from "../errors/check.js";
import { LedgerError } from "../errors.js";
import { type Batch, batchShape } from "./batch.js";
import { leafHasher, leafHashInto } from "./leaf.js";
import { agreement, type Reports, rowColumns, rowsAgree } from "./reports.js";

/** Reports of one batch. Row i of every column is one report. */
export interface Bundle {
  /** Hash of the schema, 32 bytes. */
  readonly schemaHash: Uint8Array<ArrayBuffer>;
  /** Number of the round. */
  readonly round: number;
  /** Root of the whole batch, as the site put it on the ledger, 32 bytes. */
  readonly batchRoot: Uint8Array<ArrayBuffer>;
  /** Number of reports of the whole batch. */
  readonly batchCount: number;
  /** Number of reports of the bundle. */
  readonly count: number;
  /** Leaf of each report in the batch, rising. */
  readonly indices: Uint32Array;
  /** 32 bytes a row. */
  readonly pseudonyms: Uint8Array<ArrayBuffer>;
  /** 32 bytes for all, or 32 bytes a row if they differ. */
  readonly consent: Uint8Array<ArrayBuffer>;
  /** 32 bytes a row. */
  readonly salts: Uint8Array<ArrayBuffer>;
  /** The randomized reports. */
  readonly reports: Reports;
  /** Leaf hash of each report, 32 bytes a row; `decodeBundle` computes them from the rest. */
  readonly leaves: Uint8Array<ArrayBuffer>;
}

/** A bundle. */
export const bundleShape: Shape<Bundle> = /* @__PURE__ */ deferred(() =>
  satisfying(
    object({
      ...rowColumns(),
      batchRoot: bytes<ArrayBuffer>(32),
      batchCount: integer(1),
      indices: typedArray("Uint32Array"),
    }),
    (bundle) => rowsAgree(bundle) && bundle.indices.length === bundle.count,
    agreement,
  ),
);

function pick(column: Uint8Array, indices: Uint32Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(indices.length * 32);
  for (let i = 0; i < indices.length; i++) {
    const at = (indices[i] as number) * 32;
    out.set(column.subarray(at, at + 32), i * 32);
  }
  return out;
}

/** Any iterable of whole numbers, as a list. */
const indicesShape: Shape<readonly number[]> = (value, visit) =>
  arrayOf(integer(0))(Array.isArray(value) ? value : Array.from(iterable()(value, visit)), visit);

/** One consent for all where all are equal: the one form in which equal bundles are equal bytes. */
export function shareConsent(consent: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  for (let i = 32; i < consent.length; i++) if (consent[i] !== consent[i - 32]) return consent;
  return consent.slice(0, 32);
}

/**
 * Takes reports out of a batch.
 *
 * @param batch the site's batch
 * @param indices which leaves, in any order, each once
 * @returns the bundle, rows in the order of the leaves
 * @throws LedgerError `EMRX_INVALID_BUNDLE` if there are none, or one is outside the batch or given twice
 * @example
 * ```ts
 * import { buildBatch, selectBundle } from "@emrx/chain-adapter/payload";
 *
 * const batch = buildBatch({
 *   schemaHash: new Uint8Array(32),
 *   rootSecret: crypto.getRandomValues(new Uint8Array(32)),
 *   scope: { domain: "trial-ledger/st-mary", round: 1, role: "publisher" },
 *   patients: Uint32Array.of(7, 3, 5),
 *   consent: new Uint8Array(32),
 *   reports: { count: 3, bytes: Uint8Array.of(1, 0, 2), offsets: Uint32Array.of(0, 1, 2, 3) },
 * });
 * selectBundle(batch, [2, 0]).reports.bytes; // => Uint8Array.of(1, 2)
 * selectBundle(batch, [3]); // throws EMRX_INVALID_BUNDLE
 * ```
 */
export function selectBundle(batch: Batch, indices: Iterable<number>): Bundle {
  check(batchShape, batch, "batch", "EMRX_INVALID_BUNDLE");
  const chosen = check(indicesShape, indices, "indices", "EMRX_INVALID_BUNDLE");
  const count = chosen.length;
  const wrong = chosen.findIndex((index) => index >= batch.count);
  if (count === 0 || wrong >= 0 || new Set(chosen).size < count) {
    const got = count === 0 ? "none" : wrong >= 0 ? described(chosen[wrong]) : "one of them twice";
    throw new LedgerError(
      "EMRX_INVALID_BUNDLE",
      `indices must be different leaves from 0 to ${batch.count - 1}, one or more; got ${got}.`,
    );
  }
  const rows = Uint32Array.from(chosen).sort();
  const { offsets: from, bytes } = batch.reports;
  const offsets = new Uint32Array(count + 1);
  for (let i = 0; i < count; i++) {
    const row = rows[i] as number;
    offsets[i + 1] = (offsets[i] as number) + (from[row + 1] as number) - (from[row] as number);
  }
  const reportBytes = new Uint8Array(offsets[count] as number);
  for (let i = 0; i < count; i++) {
    const row = rows[i] as number;
    reportBytes.set(bytes.subarray(from[row], from[row + 1]), offsets[i]);
  }
  return {
    schemaHash: batch.schemaHash,
    round: batch.round,
    batchRoot: batch.root,
    batchCount: batch.count,
    count,
    indices: rows,
    pseudonyms: pick(batch.pseudonyms, rows),
    consent: batch.consent.length === 32 ? batch.consent : shareConsent(pick(batch.consent, rows)),
    salts: pick(batch.salts, rows),
    reports: { count, bytes: reportBytes, offsets },
    leaves: pick(batch.leaves, rows),
  };
}

/** The leaf hashes of a bundle, computed from its contents. */
export function hashLeaves(bundle: Omit<Bundle, "leaves">): Uint8Array<ArrayBuffer> {
  const { pseudonyms, consent, salts, count } = bundle;
  const { bytes, offsets } = bundle.reports;
  const hasher = leafHasher(bundle.schemaHash, bundle.round);
  const out = new Uint8Array(count * 32);
  const step = consent.length === 32 ? 0 : 32;
  for (let i = 0, at = 0; i < count; i++, at += 32) {
    const [start, end] = [offsets[i] as number, offsets[i + 1] as number];
    leafHashInto(hasher, pseudonyms, at, consent, i * step, salts, at, bytes, start, end, out, at);
  }
  return out;
}

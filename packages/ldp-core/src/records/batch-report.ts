// Many reports in one array of bytes.
import { LdpError } from "../errors/ldp-error.js";

/** Reports of many records, in the order of the records. Report i is `bytes` from `offsets[i]` to `offsets[i + 1]`. */
export interface ReportBatch {
  /** Number of reports. */
  readonly count: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** `count + 1` positions, the first 0, the last the length of `bytes`. */
  readonly offsets: Uint32Array;
}

/**
 * One report of a batch.
 *
 * @param batch the batch
 * @param index 0 to `batch.count - 1`
 * @returns a view of the report's bytes, not a copy
 * @throws `EMRX_BAD_PARAMETER` for an index outside the batch
 * @example
 * ```ts
 * import { reportAt } from "@emrx/ldp-core/records";
 *
 * const batch = { count: 2, bytes: Uint8Array.of(7, 8, 9), offsets: Uint32Array.of(0, 1, 3) };
 * reportAt(batch, 1); // => Uint8Array.of(8, 9)
 * reportAt(batch, 2); // throws EMRX_BAD_PARAMETER
 * ```
 */
export function reportAt<Batch extends ReportBatch>(batch: Batch, index: number): Batch["bytes"] {
  if (!Number.isInteger(index) || index < 0 || index >= batch.count)
    throw new LdpError("EMRX_BAD_PARAMETER", `index is ${index}; expected 0 to ${batch.count - 1}`);
  return batch.bytes.subarray(batch.offsets[index], batch.offsets[index + 1]);
}

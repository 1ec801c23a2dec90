// Reports as one column of bytes: no object per report.
import { LedgerError } from "../errors.js";
import { shown } from "../identity/encoding.js";

/** Many reports in one array. Report i is `bytes` from `offsets[i]` to `offsets[i + 1]`. */
export interface Reports {
  /** Number of reports. */
  readonly count: number;
  readonly bytes: Uint8Array;
  /** `count + 1` positions that never fall, the first 0, the last the length of `bytes`. */
  readonly offsets: Uint32Array;
}

/** Throws `EMRX_INVALID_BATCH` unless the value is bytes, of the length if one is given. */
export function requireBytes(name: string, value: Uint8Array, length?: number): void {
  const right = value instanceof Uint8Array && (length === undefined || value.length === length);
  if (right) return;
  const got = value instanceof Uint8Array ? `${value.length} bytes` : typeof value;
  throw new LedgerError(
    "EMRX_INVALID_BATCH",
    `${name} must be a Uint8Array${length === undefined ? "" : ` of ${length} bytes`}; got ${got}.`,
  );
}

/** Throws `EMRX_INVALID_BATCH` unless the column is whole. */
export function requireReports(name: string, reports: Reports): void {
  const { count, bytes, offsets } = reports ?? ({} as Reports);
  requireBytes(`${name}.bytes`, bytes);
  const right =
    Number.isInteger(count) &&
    offsets instanceof Uint32Array &&
    offsets.length === count + 1 &&
    offsets[0] === 0 &&
    offsets[count] === bytes.length;
  if (!right) {
    throw new LedgerError(
      "EMRX_INVALID_BATCH",
      `${name}.offsets must be a Uint32Array of ${shown(count)} + 1 positions from 0 to ${bytes.length}.`,
    );
  }
  for (let i = 0; i < count; i++) {
    if ((offsets[i] as number) <= (offsets[i + 1] as number)) continue;
    throw new LedgerError("EMRX_INVALID_BATCH", `${name}.offsets falls after position ${i}.`);
  }
}

// Reports as one column of bytes: no object per report.
import {
  bytes,
  deferred,
  integer,
  object,
  type Shape,
  satisfying,
  typedArray,
} from "@emrx/internal/shape";

/** Many reports in one array. Report i is `bytes` from `offsets[i]` to `offsets[i + 1]`. */
export interface Reports {
  /** Number of reports. */
  readonly count: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** `count + 1` positions that never fall, the first 0, the last the length of `bytes`. */
  readonly offsets: Uint32Array;
}

/** Reports as one column. */
export const reportsShape: Shape<Reports> = /* @__PURE__ */ deferred(() =>
  satisfying(
    object({
      count: integer(1, 0xffff_ffff),
      bytes: bytes<ArrayBuffer>(),
      offsets: typedArray("Uint32Array"),
    }),
    ({ count, bytes: all, offsets }) =>
      offsets.length === count + 1 &&
      offsets[0] === 0 &&
      offsets[count] === all.length &&
      offsets.every((offset, i) => i === 0 || offset >= (offsets[i - 1] as number)),
    "one or more reports, whose offsets are count + 1 positions that never fall, from 0 to the length of bytes",
  ),
);

/** Puts reports end to end. */
export function joinReports(parts: readonly Uint8Array[]): Reports {
  const offsets = new Uint32Array(parts.length + 1);
  for (const [i, { length }] of parts.entries()) offsets[i + 1] = (offsets[i] as number) + length;
  const all = new Uint8Array(offsets[parts.length] as number);
  for (const [i, part] of parts.entries()) all.set(part, offsets[i] as number);
  return { count: parts.length, bytes: all, offsets };
}

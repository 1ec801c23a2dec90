// Reports as one column of bytes: no object per report.

import {
  bytes,
  coded,
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

/** The shapes of what batches and bundles have in common. */
interface RowColumns {
  readonly schemaHash: Shape<Uint8Array<ArrayBuffer>>;
  readonly round: Shape<number>;
  readonly count: Shape<number>;
  readonly pseudonyms: Shape<Uint8Array<ArrayBuffer>>;
  readonly consent: Shape<Uint8Array<ArrayBuffer>>;
  readonly salts: Shape<Uint8Array<ArrayBuffer>>;
  readonly leaves: Shape<Uint8Array<ArrayBuffer>>;
  readonly reports: Shape<Reports>;
}

/** The columns that batches and bundles have in common. */
export const rowColumns = (): RowColumns => ({
  schemaHash: bytes<ArrayBuffer>(32),
  round: roundNumber,
  count: integer(1, 0xffff_ffff),
  pseudonyms: bytes<ArrayBuffer>(),
  consent: bytes<ArrayBuffer>(),
  salts: bytes<ArrayBuffer>(),
  leaves: bytes<ArrayBuffer>(),
  reports: reportsShape,
});

/** Number of a round. */
export const roundNumber: Shape<number> = /* @__PURE__ */ coded(
  "EMRX_INVALID_LABEL",
  /* @__PURE__ */ integer(0),
);

/** Columns, as far as their lengths are concerned. */
interface Lengths {
  readonly count: number;
  readonly pseudonyms: Uint8Array;
  readonly consent: Uint8Array;
  readonly salts: Uint8Array;
  readonly leaves: Uint8Array;
  readonly reports: Reports;
}

/** Whether every column has `count` rows. */
export const rowsAgree = ({ count, consent, reports, ...rest }: Lengths): boolean =>
  [rest.pseudonyms, rest.salts, rest.leaves].every(({ length }) => length === 32 * count) &&
  (consent.length === 32 || consent.length === 32 * count) &&
  reports.count === count;

/** What `rowsAgree` asks. */
export const agreement: string =
  "columns of 32 bytes for each of count rows (consent: or for all), and as many reports";

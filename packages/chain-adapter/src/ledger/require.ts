// What every log asks of what it is given: ranges within it, numbers among its options, times from its clock.
import { integer } from "@emrx/internal/shape";
import { check } from "../errors/check.js";
import { LedgerError } from "../errors.js";
import type { LogLimits } from "./ordered-log.js";

/** Throws `EMRX_LOG_RANGE` unless `from` to `to` is a range of a log of `size` entries. */
export function requireRange(from: number, to: number, size: number): void {
  const end = check(integer(0, size), to, "to", "EMRX_LOG_RANGE");
  check(integer(0, end), from, "from", "EMRX_LOG_RANGE");
}

/** The value of an option; throws `EMRX_INVALID_OPTION` unless it is a whole number of `least` or more. */
export function requireOption(name: string, value: number, least: number): number {
  return check(integer(least), value, name);
}

/** The time of the next entry: the clock's, but not before the `latest`. Throws `EMRX_INVALID_OPTION` for a clock that gives none. */
export function nextTime(latest: number, clock: () => number): number {
  return Math.max(
    latest,
    requireOption("the clock's time, in milliseconds,", Math.floor(clock()), 0),
  );
}

/** Throws `EMRX_TOO_LARGE` unless a log takes these records in one append. */
export function requireLimits(
  records: readonly Uint8Array[],
  { recordBytes, appendRecords, appendBytes }: LogLimits,
): void {
  const refuse = (what: string, found: number, most: number): never => {
    throw new LedgerError(
      "EMRX_ENTRY_TOO_LARGE",
      `${what} ${found}; this log takes at most ${most}`,
    );
  };
  if (records.length > appendRecords)
    refuse("records in one append:", records.length, appendRecords);
  let sum = 0;
  for (const { length } of records) {
    if (length > recordBytes) refuse("bytes of a record:", length, recordBytes);
    sum += length;
  }
  if (sum > appendBytes) refuse("bytes in one append:", sum, appendBytes);
}

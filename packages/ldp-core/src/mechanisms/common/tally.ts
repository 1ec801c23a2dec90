// The state of every aggregator: n and a vector of exact counts. A commutative monoid under merge, with canonical bytes.
import { isBytes, matchesAt } from "@emrx/internal/bytes";
import { LdpError } from "../../errors/ldp-error.js";
import { addedReports, otherState } from "./other-state.js";

/** What a mechanism tells its aggregator. */
export interface TallyRules<Report, Column, Estimate> {
  readonly identity: string;
  /** Length of the count vector. */
  readonly cells: number;
  /** Checks a report and adds it to the counts. */
  addReport(counts: Float64Array, report: Report): void;
  /** Checks a column, adds it to the counts and returns its number of reports; changes nothing if the check fails. */
  addColumn(counts: Float64Array, column: Column): number;
  /** Whether n reports can have given these counts, beyond each being an integer in 0..n. */
  isPossible(counts: Float64Array, n: number): boolean;
  estimate(counts: Float64Array, n: number): Estimate;
}

/** An aggregator: see `FrequencyAggregator` for the contract of each member. */
export interface Tally<Report, Column, Estimate> {
  readonly identity: string;
  readonly n: number;
  readonly counts: Float64Array;
  add(report: Report): void;
  addBatch(column: Column): void;
  merge(other: Tally<Report, Column, Estimate>): void;
  toBytes(): Uint8Array<ArrayBuffer>;
  estimate(): Estimate;
}

/** Empty aggregators, and aggregators from state bytes. */
export function tallies<Report, Column, Estimate>(
  rules: TallyRules<Report, Column, Estimate>,
): {
  aggregator(): Tally<Report, Column, Estimate>;
  aggregatorFromBytes(bytes: Uint8Array): Tally<Report, Column, Estimate>;
} {
  return {
    aggregator: () => tally(rules, new Float64Array(rules.cells), 0),
    aggregatorFromBytes: (bytes) => tallyFromBytes(rules, bytes),
  };
}

/** Version of the state's byte format. */
const VERSION = 1;

/** An aggregator that starts from the given state and goes on with its counts. */
function tally<Report, Column, Estimate>(
  rules: TallyRules<Report, Column, Estimate>,
  counts: Float64Array,
  start: number,
): Tally<Report, Column, Estimate> {
  let n = start;
  return {
    identity: rules.identity,
    get n() {
      return n;
    },
    get counts() {
      return counts.slice();
    },
    add(report) {
      rules.addReport(counts, report);
      n++;
    },
    addBatch(column) {
      n += rules.addColumn(counts, column);
    },
    merge(other) {
      const theirs = readState(rules, otherState(rules.identity, other));
      n = addedReports(n, theirs.n); // no count is more than n, so no sum of counts is either
      for (let i = 0; i < counts.length; i++) {
        counts[i] = (counts[i] as number) + (theirs.counts[i] as number);
      }
    },
    toBytes: () => writeState(rules.identity, counts, n),
    estimate: () => rules.estimate(counts, n),
  };
}

/**
 * State bytes, integers least significant byte first:
 *
 * | bytes | content |
 * |---|---|
 * | 1 | version, 1 |
 * | 2 | length L of the identity |
 * | L | identity, ASCII: mechanism and parameters |
 * | 8 | n |
 * | 8 each | the counts |
 */
function writeState(identity: string, counts: Float64Array, n: number): Uint8Array<ArrayBuffer> {
  const head = headOf(identity);
  const bytes = new Uint8Array(head.length + 8 + 8 * counts.length);
  bytes.set(head);
  const view = new DataView(bytes.buffer, head.length);
  view.setBigUint64(0, BigInt(n), true);
  counts.forEach((count, i) => {
    view.setBigUint64(8 + 8 * i, BigInt(count), true);
  });
  return bytes;
}

/** Version and identity. */
function headOf(identity: string): Uint8Array<ArrayBuffer> {
  const { length } = identity;
  return Uint8Array.of(VERSION, length, length >>> 8, ...new TextEncoder().encode(identity));
}

/** Reads state bytes; anything that `toBytes` cannot have written for this mechanism is an error. */
function tallyFromBytes<Report, Column, Estimate>(
  rules: TallyRules<Report, Column, Estimate>,
  bytes: Uint8Array,
): Tally<Report, Column, Estimate> {
  const { n, counts } = readState(rules, bytes);
  return tally(rules, counts, n);
}

function readState(
  rules: Pick<TallyRules<never, never, unknown>, "identity" | "cells" | "isPossible">,
  bytes: Uint8Array,
): { readonly n: number; readonly counts: Float64Array } {
  const { identity, cells } = rules;
  const fail = (problem: string): LdpError =>
    new LdpError("EMRX_MALFORMED_STATE", `not a state of ${identity}: ${problem}`);
  if (!isBytes(bytes)) throw fail("expected a Uint8Array");
  const head = headOf(identity);
  const length = head.length + 8 + 8 * cells;
  if (bytes.length !== length) throw fail(`${bytes.length} bytes, expected ${length}`);
  if (!matchesAt(bytes, 0, head)) throw fail("it has another version or another mechanism's name");
  const view = new DataView(bytes.buffer, bytes.byteOffset + head.length);
  const n = view.getBigUint64(0, true);
  if (n > BigInt(Number.MAX_SAFE_INTEGER)) throw fail(`n is ${n}`);
  const counts = new Float64Array(cells);
  for (let i = 0; i < cells; i++) {
    const count = view.getBigUint64(8 + 8 * i, true);
    if (count > n) throw fail(`count ${i} is ${count}, more than n = ${n}`);
    counts[i] = Number(count);
  }
  if (!rules.isPossible(counts, Number(n))) throw fail("no set of reports has these counts");
  return { n: Number(n), counts };
}

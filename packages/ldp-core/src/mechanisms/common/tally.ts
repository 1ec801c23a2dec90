// The state of every aggregator: n and a vector of exact counts. A commutative monoid under merge, with canonical bytes.
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
  toBytes(): Uint8Array;
  estimate(): Estimate;
}

/** Version of the state's byte format. */
const VERSION = 1;

/** An aggregator that starts from the given state, or empty. */
export function tally<Report, Column, Estimate>(
  rules: TallyRules<Report, Column, Estimate>,
  start?: { readonly n: number; readonly counts: Float64Array },
): Tally<Report, Column, Estimate> {
  const counts = start?.counts ?? new Float64Array(rules.cells);
  let n = start?.n ?? 0;
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
function writeState(identity: string, counts: Float64Array, n: number): Uint8Array {
  const head = 3 + identity.length;
  const bytes = new Uint8Array(head + 8 + 8 * counts.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, VERSION);
  view.setUint16(1, identity.length, true);
  for (let i = 0; i < identity.length; i++) bytes[3 + i] = identity.charCodeAt(i);
  view.setBigUint64(head, BigInt(n), true);
  counts.forEach((count, i) => {
    view.setBigUint64(head + 8 + 8 * i, BigInt(count), true);
  });
  return bytes;
}

/** Reads state bytes; anything that `toBytes` cannot have written for this mechanism is an error. */
export function tallyFromBytes<Report, Column, Estimate>(
  rules: TallyRules<Report, Column, Estimate>,
  bytes: Uint8Array,
): Tally<Report, Column, Estimate> {
  return tally(rules, readState(rules, bytes));
}

function readState(
  rules: Pick<TallyRules<never, never, unknown>, "identity" | "cells" | "isPossible">,
  bytes: Uint8Array,
): { readonly n: number; readonly counts: Float64Array } {
  const { identity, cells } = rules;
  const fail = (problem: string): LdpError =>
    new LdpError("EMRX_MALFORMED_STATE", `not a state of ${identity}: ${problem}`);
  if (!(bytes instanceof Uint8Array)) throw fail("expected a Uint8Array");
  const head = 3 + identity.length;
  const length = head + 8 + 8 * cells;
  if (bytes.length !== length) throw fail(`${bytes.length} bytes, expected ${length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint8(0) !== VERSION) throw fail(`version ${view.getUint8(0)}, expected ${VERSION}`);
  const name = String.fromCharCode(...bytes.subarray(3, head));
  if (view.getUint16(1, true) !== identity.length || name !== identity) {
    throw fail("it belongs to another mechanism");
  }
  const n = view.getBigUint64(head, true);
  if (n > BigInt(Number.MAX_SAFE_INTEGER)) throw fail(`n is ${n}`);
  const counts = new Float64Array(cells);
  for (let i = 0; i < cells; i++) {
    const count = view.getBigUint64(head + 8 + 8 * i, true);
    if (count > n) throw fail(`count ${i} is ${count}, more than n = ${n}`);
    counts[i] = Number(count);
  }
  if (!rules.isPossible(counts, Number(n))) throw fail("no set of reports has these counts");
  return { n: Number(n), counts };
}

// Mutated bytes of reports and states, for mechanisms of every kind.
import { expect } from "vitest";
import { LdpError, seededRandom } from "../../src/index.js";
import { uniformBelow } from "../../src/random/uniform.js";

/** What all mechanisms have, whatever they take in. */
export interface Formats {
  readonly identity: string;
  readonly reportBytes: number;
  aggregator(): { addBatch(column: unknown): void; toBytes(): Uint8Array };
  aggregatorFromBytes(bytes: Uint8Array): { toBytes(): Uint8Array };
  encode(report: unknown, target: Uint8Array, offset: number): void;
  decode(source: Uint8Array, offset: number): unknown;
  encodeBatch(column: unknown, target: Uint8Array, offsets: ArrayLike<number>): void;
  decodeBatch(source: Uint8Array, offsets: ArrayLike<number>): unknown;
}

/** Four reports of a mechanism and where they begin, and the state of an aggregator. */
export interface Written {
  readonly mechanism: Formats;
  readonly reports: Uint8Array;
  readonly offsets: readonly number[];
  readonly state: Uint8Array;
}

/** Requires that changed bytes are refused by a typed error or read as exactly what they say; and that both happens. */
export function fuzzFormats(cases: readonly Written[], runs: number): void {
  const source = seededRandom(`fuzz ${runs}`);
  const pick = (bound: number): number => uniformBelow(bound, source);
  let [parsed, refused] = [0, 0];
  for (let run = 0; run < runs; run++) {
    const { mechanism, reports, offsets, state } = cases[run % cases.length] as Written;
    const isState = pick(2) === 0;
    let bytes = (isState ? state : reports).slice();
    const kind = pick(4);
    if (kind === 0) bytes = bytes.slice(0, pick(bytes.length)); // cut
    if (kind === 1) bytes = Uint8Array.of(...bytes, pick(256)); // grown
    for (let change = 0; change <= pick(3); change++) {
      if (bytes.length > 0) bytes[pick(bytes.length)] = pick(pick(2) === 0 ? 256 : 4);
    }
    try {
      if (isState) {
        expect(Buffer.compare(mechanism.aggregatorFromBytes(bytes).toBytes(), bytes)).toBe(0);
      } else {
        const column = mechanism.decodeBatch(bytes, offsets);
        const again = bytes.slice();
        again.fill(0, 0, 4 * mechanism.reportBytes);
        mechanism.encodeBatch(column, again, offsets);
        expect(Buffer.compare(again, bytes)).toBe(0);
        const one = new Uint8Array(mechanism.reportBytes);
        mechanism.encode(mechanism.decode(bytes, 0), one, 0);
        expect(Buffer.compare(one, bytes.subarray(0, one.length))).toBe(0);
      }
      parsed++;
    } catch (error) {
      if (!(error instanceof LdpError)) throw error;
      expect(["EMRX_MALFORMED_REPORT", "EMRX_MALFORMED_STATE"]).toContain(error.code);
      refused++;
    }
  }
  expect(parsed).toBeGreaterThan(runs / 20);
  expect(refused).toBeGreaterThan(runs / 20);
}

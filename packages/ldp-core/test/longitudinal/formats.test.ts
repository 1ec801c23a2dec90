// The bytes of the longitudinal mechanisms' reports, states and profiles: pinned by a golden file, and fuzzed.
import { expect, test } from "vitest";
import {
  dBitFlip,
  LdpError,
  type LongitudinalMechanism,
  loloha,
  longitudinalGrr,
  longitudinalUnary,
  rappor,
  seededRandom,
} from "../../src/index.js";
import { uniformBelow } from "../../src/random/uniform.js";

const epsilons = { permanentEpsilon: "2", firstEpsilon: "1" };
const mechanisms = [
  longitudinalGrr({ categories: 10, ...epsilons }),
  longitudinalUnary({ categories: 10, ...epsilons }),
  longitudinalUnary({ categories: 10, ...epsilons, permanent: "sue" }),
  rappor({ categories: 10, f: "0.5", p: "0.5", q: "0.75" }),
  loloha({ categories: 10, ...epsilons }),
  dBitFlip({ categories: 10, bitsPerPerson: 3, epsilon: "1" }),
  dBitFlip({ categories: 300, bitsPerPerson: 1, epsilon: "1" }),
] as unknown as LongitudinalMechanism[];

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** Four people's answers, then two reports of each. */
function bytesOf({ permanent, single, reportBatch }: LongitudinalMechanism): {
  reports: Uint8Array;
  offsets: number[];
  state: Uint8Array;
} {
  const random = seededRandom("longitudinal formats");
  const memos = permanent.randomizeBatch([0, 4, 9, 3], random);
  const offsets = [0, 1, 2, 3].map((i) => i * single.reportBytes);
  const reports = new Uint8Array(8 * single.reportBytes);
  const tally = single.aggregator();
  for (const first of [0, 4]) {
    const column = reportBatch(memos, random);
    single.encodeBatch(column, reports.subarray(first * single.reportBytes), offsets);
    tally.addBatch(column);
  }
  return { reports, offsets, state: tally.toBytes() };
}

test("bytes of longitudinal profiles, reports and states are those of the golden file", async () => {
  const lines = mechanisms.map((mechanism) => {
    const { reports, state } = bytesOf(mechanism);
    const profile = hex(mechanism.drawProfile(seededRandom("profile"))) || "none";
    return `${mechanism.single.identity}\n  profile ${profile}\n  reports ${hex(reports)}\n  state ${hex(state)}`;
  });
  await expect(`${lines.join("\n")}\n`).toMatchFileSnapshot("golden/formats.txt");
});

test("any mutation of longitudinal bytes is refused by a typed error or read as exactly what it says", () => {
  const source = seededRandom("longitudinal fuzz");
  const pick = (bound: number): number => uniformBelow(bound, source);
  const prepared = mechanisms.map((mechanism) => ({
    single: mechanism.single,
    ...bytesOf(mechanism),
  }));
  let [parsed, refused] = [0, 0];
  for (let run = 0; run < 4000; run++) {
    const { single, reports, offsets, state } = prepared[
      run % prepared.length
    ] as (typeof prepared)[number];
    const isState = pick(2) === 0;
    let bytes = (isState ? state : reports.subarray(0, 4 * single.reportBytes)).slice();
    const kind = pick(4);
    if (kind === 0) bytes = bytes.slice(0, pick(bytes.length)); // cut
    if (kind === 1) bytes = Uint8Array.of(...bytes, pick(256)); // grown
    for (let change = 0; change <= pick(3); change++) {
      if (bytes.length > 0) bytes[pick(bytes.length)] = pick(pick(2) === 0 ? 256 : 4);
    }
    try {
      if (isState) {
        expect(Buffer.compare(single.aggregatorFromBytes(bytes).toBytes(), bytes)).toBe(0);
      } else {
        const column = single.decodeBatch(bytes, offsets);
        const again = bytes.slice();
        again.fill(0, 0, 4 * single.reportBytes);
        single.encodeBatch(column, again, offsets);
        expect(Buffer.compare(again, bytes)).toBe(0);
        const one = new Uint8Array(single.reportBytes);
        single.encode(single.decode(bytes, 0), one, 0);
        expect(Buffer.compare(one, bytes.subarray(0, one.length))).toBe(0);
      }
      parsed++;
    } catch (error) {
      if (!(error instanceof LdpError)) throw error;
      expect(["EMRX_MALFORMED_REPORT", "EMRX_MALFORMED_STATE"]).toContain(error.code);
      refused++;
    }
  }
  expect(parsed).toBeGreaterThan(200);
  expect(refused).toBeGreaterThan(200);
});

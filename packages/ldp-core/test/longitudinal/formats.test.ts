// The bytes of the longitudinal mechanisms' reports, states and profiles: pinned by a golden file, and fuzzed.
import { expect, test } from "vitest";
import { seededRandom } from "../../src/index.js";
import {
  dBitFlip,
  type LongitudinalMechanism,
  loloha,
  longitudinalGrr,
  longitudinalUnary,
  rappor,
} from "../../src/longitudinal.js";
import { fuzzFormats, type Written } from "../mechanisms/fuzz.js";

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
function bytesOf({
  permanent,
  single,
  reportBatch,
}: LongitudinalMechanism): Omit<Written, "mechanism"> {
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
  const cases = mechanisms.map((mechanism) => {
    const { reports, ...rest } = bytesOf(mechanism);
    const { single } = mechanism;
    return { mechanism: single, reports: reports.subarray(0, 4 * single.reportBytes), ...rest };
  });
  fuzzFormats(cases, 4000);
});

// The bytes of every mechanism's reports and states: pinned by a golden file, and fuzzed.
// EMRX_FUZZ=1000000 in the environment runs a million mutated inputs instead of a few thousand.
import { expect, test } from "vitest";
import { degradationChain } from "../../src/degradation.js";
import { type FrequencyOracle, grr, seededRandom } from "../../src/index.js";
import {
  blh,
  blockHadamardResponse,
  duchi,
  hadamardResponse,
  minIdUnary,
  olh,
  oue,
  privset,
  projectiveGeometryResponse,
  sampledNumerics,
  subsetSelection,
  sue,
  truncatedGeometric,
  unaryEncoding,
  utilityRandomizedResponse,
  utilityRappor,
  windowMechanism,
  windowMixture,
} from "../../src/mechanisms.js";
import { expectError } from "../expect-error.js";
import { type Formats, fuzzFormats, type Written } from "./fuzz.js";

const epsilon = "1";
const random = () => seededRandom("formats");
const category = [0, 4, 9, 3];
const oracle = (mechanism: FrequencyOracle): readonly [Formats, unknown] =>
  [mechanism as Formats, mechanism.randomizeBatch(category, random())] as const;
const chain = degradationChain({ highest: grr({ categories: 10, epsilon: "4" }), lower: ["1"] });
const sets = { codes: [1, 2, 3, 9, 0], offsets: [0, 2, 2, 5, 5] };
const diagnoses = privset({ categories: 10, atMost: 2, epsilon });
const stay = duchi({ range: [1, 14], epsilon, missing: true });
const bmi = windowMechanism({ range: [10, 70], epsilon: "4" });
const stage = truncatedGeometric({ categories: 10, epsilonPerStep: "0.5" });
const smoking = utilityRandomizedResponse({ categories: 10, sensitive: [0, 3], epsilon });

const blocks = blockHadamardResponse({ categories: 10, epsilon: "3" });
const mixture = windowMixture({ range: [1, 14], epsilon });
const vitals = sampledNumerics({
  ranges: [
    [60, 220],
    [40, 130],
    [10, 70],
  ],
  epsilon: "5",
});

const cases: (readonly [Formats, unknown])[] = [
  oracle(grr({ categories: 10, epsilon }) as FrequencyOracle),
  oracle(grr({ categories: 300, epsilon }) as FrequencyOracle),
  oracle(chain.levels[1] as FrequencyOracle),
  oracle(oue({ categories: 10, epsilon }) as FrequencyOracle),
  oracle(sue({ categories: 40, epsilon }) as FrequencyOracle),
  oracle(unaryEncoding({ categories: 10, epsilon, p: "0.6" }) as FrequencyOracle),
  oracle(olh({ categories: 10, epsilon }) as FrequencyOracle),
  oracle(olh({ categories: 10, epsilon: "6" }) as FrequencyOracle),
  oracle(blh({ categories: 10, epsilon }) as FrequencyOracle),
  oracle(subsetSelection({ categories: 10, epsilon }) as FrequencyOracle),
  oracle(hadamardResponse({ categories: 10, epsilon }) as FrequencyOracle),
  oracle(projectiveGeometryResponse({ categories: 10, epsilon }) as FrequencyOracle),
  [diagnoses as Formats, diagnoses.randomizeBatch(sets, random())],
  [stay as unknown as Formats, stay.randomizeBatch([1, 14, Number.NaN, 7], random())],
  [bmi as unknown as Formats, bmi.randomizeBatch([10, 70, 22.5, 31], random())],
  [stage as unknown as Formats, stage.randomizeBatch(category, random())],
  [smoking as unknown as Formats, smoking.randomizeBatch(category, random())],
  [blocks as unknown as Formats, blocks.randomizeBatch(category, random())],
  [mixture as unknown as Formats, mixture.randomizeBatch([1, 14, 6.5, 7], random())],
  [
    vitals as unknown as Formats,
    vitals.randomizeBatch(
      [category, category, category].map((c) => c.map((v) => 60 + v)),
      random(),
    ),
  ],
];

const unaryCases = [
  utilityRappor({ categories: 10, sensitive: [0, 3], epsilon }),
  minIdUnary({ epsilons: ["1", "1", ...Array.from({ length: 8 }, () => "3")] }),
  minIdUnary({ epsilons: Array.from({ length: 10 }, () => "1"), variant: "symmetric" }),
];
for (const one of unaryCases)
  cases.push([one as unknown as Formats, one.randomizeBatch(category, random())]);

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

function bytesOf([mechanism, column]: readonly [Formats, unknown]): Omit<Written, "mechanism"> {
  const offsets = [0, 1, 2, 3].map((i) => i * mechanism.reportBytes);
  const reports = new Uint8Array(4 * mechanism.reportBytes);
  mechanism.encodeBatch(column, reports, offsets);
  const tally = mechanism.aggregator();
  tally.addBatch(column);
  return { reports, offsets, state: tally.toBytes() };
}

test("report bytes and state bytes of every mechanism are those of the golden file", async () => {
  const lines = cases.map((one) => {
    const { reports, state } = bytesOf(one);
    return `${one[0].identity}\n  reports ${hex(reports)}\n  state ${hex(state)}`;
  });
  await expect(`${lines.join("\n")}\n`).toMatchFileSnapshot("golden/formats.txt");
});

test("any mutation of any bytes is refused by a typed error or read as exactly what it says", () => {
  const runs = Number(process.env["EMRX_FUZZ"] ?? 4000);
  fuzzFormats(
    cases.map((one) => ({ mechanism: one[0], ...bytesOf(one) })),
    runs,
  );
}, 3_600_000);

test("reports and states of one mechanism are refused by another, even of the same shape", () => {
  const [one, two] = [grr({ categories: 10, epsilon: "1" }), grr({ categories: 10, epsilon: "2" })];
  const state = one.aggregator().toBytes();
  expectError(() => two.aggregatorFromBytes(state), "EMRX_MALFORMED_STATE");
  for (const bad of [undefined, null, "text", [1, 2], new ArrayBuffer(4)]) {
    expectError(
      () => one.aggregatorFromBytes(bad as unknown as Uint8Array),
      "EMRX_MALFORMED_STATE",
    );
    expectError(() => one.decode(bad as unknown as Uint8Array, 0), "EMRX_MALFORMED_REPORT");
  }
  for (const offset of [-1, 0.5, 2, Number.NaN]) {
    expectError(() => one.decode(Uint8Array.of(1), offset), "EMRX_MALFORMED_REPORT");
    expectError(() => one.encode(1, Uint8Array.of(1), offset), "EMRX_MALFORMED_REPORT");
  }
});

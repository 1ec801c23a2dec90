// The bytes of derived levels' reports and states: pinned by a golden file.
import { expect, test } from "vitest";
import { type DegradationChain, degradationChain } from "../../src/degradation.js";
import { type FrequencyOracle, grr, seededRandom } from "../../src/index.js";
import {
  blockHadamardResponse,
  duchi,
  hadamardResponse,
  minIdUnary,
  olh,
  oue,
  subsetSelection,
  utilityRandomizedResponse,
  utilityRappor,
  windowMixture,
} from "../../src/mechanisms.js";

const options = { categories: 10, epsilon: "4" };
const lower = ["2", "1"];
const chains = [
  degradationChain({ highest: grr(options), lower }),
  degradationChain({ highest: oue(options), lower }),
  degradationChain({ highest: subsetSelection(options), lower }),
  degradationChain({ highest: hadamardResponse(options), lower }),
  degradationChain({ highest: olh(options), lower }),
  degradationChain({ highest: duchi({ range: [0, 9], epsilon: "4", missing: true }), lower }),
  degradationChain({ highest: blockHadamardResponse({ ...options, blocks: 4 }), lower }),
  degradationChain({ highest: windowMixture({ range: [0, 9], epsilon: "4" }), lower }),
  degradationChain({
    highest: utilityRandomizedResponse({ ...options, sensitive: [1, 2, 3] }),
    lower,
  }),
  degradationChain({ highest: utilityRappor({ ...options, sensitive: [1, 2, 3] }), lower }),
  degradationChain({ highest: minIdUnary({ epsilons: ["0.5", ...Array(9).fill("4")] }), lower }),
] as unknown as DegradationChain<FrequencyOracle, unknown, unknown>[];

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

test("bytes of the lowest level's reports and states are those of the golden file", async () => {
  const lines = chains.map(({ levels, degradeBatch }) => {
    const random = seededRandom("level formats");
    const [top, , low] = levels as [FrequencyOracle, FrequencyOracle, FrequencyOracle];
    const column = degradeBatch(top.randomizeBatch([0, 4, 9, 3], random), 0, 2, random);
    const reports = new Uint8Array(4 * low.reportBytes);
    low.encodeBatch(
      column,
      reports,
      [0, 1, 2, 3].map((i) => i * low.reportBytes),
    );
    const tally = low.aggregator();
    tally.addBatch(column);
    return `${low.identity}\n  reports ${hex(reports)}\n  state ${hex(tally.toBytes())}`;
  });
  await expect(`${lines.join("\n")}\n`).toMatchFileSnapshot("golden/formats.txt");
});

// The bytes of derived levels' reports and states: pinned by a golden file.
import { expect, test } from "vitest";
import {
  blockHadamardResponse,
  duchi,
  type FrequencyOracle,
  grr,
  hadamardResponse,
  type LevelChain,
  levelChain,
  minIdUnary,
  olh,
  oue,
  seededRandom,
  subsetSelection,
  utilityRandomizedResponse,
  utilityRappor,
  windowMixture,
} from "../../src/index.js";

const options = { categories: 10, epsilon: "4" };
const lower = ["2", "1"];
const chains = [
  levelChain({ highest: grr(options), lower }),
  levelChain({ highest: oue(options), lower }),
  levelChain({ highest: subsetSelection(options), lower }),
  levelChain({ highest: hadamardResponse(options), lower }),
  levelChain({ highest: olh(options), lower }),
  levelChain({ highest: duchi({ range: [0, 9], epsilon: "4", missing: true }), lower }),
  levelChain({ highest: blockHadamardResponse({ ...options, blocks: 4 }), lower }),
  levelChain({ highest: windowMixture({ range: [0, 9], epsilon: "4" }), lower }),
  levelChain({ highest: utilityRandomizedResponse({ ...options, sensitive: [1, 2, 3] }), lower }),
  levelChain({ highest: utilityRappor({ ...options, sensitive: [1, 2, 3] }), lower }),
  levelChain({ highest: minIdUnary({ epsilons: ["0.5", ...Array(9).fill("4")] }), lower }),
] as unknown as LevelChain<FrequencyOracle, unknown, unknown>[];

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

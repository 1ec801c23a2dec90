// What a seed gives, and the bytes of reports and states, pinned by a golden file.
import { expect, test } from "vitest";
import { seededRandom } from "../../src/index.js";
import { hierarchicalHistogram, prefixExtension } from "../../src/large-domain.js";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

test("seeded reports and the states of prefix extension and hierarchical histograms are those of the golden file", async () => {
  const lines: string[] = [];
  for (const study of [
    prefixExtension({ alphabet: "0123456789.EV", length: 6, epsilon: "2" }),
    prefixExtension({ alphabet: 'aé"', length: 2, lengths: [1, 2], epsilon: "6" }), // 404 buckets
  ]) {
    const random = seededRandom("golden");
    const codes = study.lengths.at(-1) === 6 ? ["428", "250.83", "V57"] : ["a", 'é"', "aa"];
    const reports = study.randomizeBatch(codes, study.drawGroups(3, random), random);
    const bytes = new Uint8Array(3 * study.reportBytes);
    for (let i = 0; i < 3; i++) {
      const report = reports.subarray(i * study.reportWords, (i + 1) * study.reportWords);
      study.encode(report, bytes, i * study.reportBytes);
    }
    const collector = study.collector();
    collector.add(reports);
    lines.push(study.identity, `  reports ${hex(bytes)}`, `  state ${hex(collector.toBytes())}`);
  }
  const tree = hierarchicalHistogram({ categories: 20, epsilon: "1", fanOut: 5 });
  const random = seededRandom("golden");
  const tally = tree.aggregator();
  const reports = [0, 7, 19].map((value) => tree.randomize(value, random));
  for (const report of reports) tally.add(report);
  lines.push(
    tree.identity,
    `  reports ${reports.map((report) => hex(tree.encode(report))).join(" ")}`,
    `  state ${hex(tally.toBytes())}`,
  );
  await expect(`${lines.join("\n")}\n`).toMatchFileSnapshot("golden/formats.txt");
});

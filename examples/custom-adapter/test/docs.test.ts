// The page "Write an adapter" shows what stands in this folder, word for word, and lists what the kit really asks for.
import { readdirSync, readFileSync } from "node:fs";
import { type ConformanceHarness, conformanceCases } from "@emrx/chain-adapter/conformance";
import { fromOrderedLog, memoryLog } from "@emrx/chain-adapter/ledger";
import { expect, test } from "vitest";

const here = new URL("../", import.meta.url);
const page = readFileSync(new URL("../../docs/write-an-adapter.md", here), "utf8");

test("every excerpt stands in the example", () => {
  const folders = ["custom-adapter", "cluster-adapters"].flatMap((example) =>
    ["src", "test"].map((folder) => new URL(`../${example}/${folder}/`, here)),
  );
  const sources = folders.flatMap((folder) =>
    readdirSync(folder).map((name) => readFileSync(new URL(name, folder), "utf8")),
  );
  const excerpts = [...page.matchAll(/^```ts no-run\n([\s\S]*?)^```$/gm)].map(([, text]) => text);
  expect(excerpts.length).toBeGreaterThan(5);
  for (const excerpt of excerpts) {
    expect(
      sources.some((source) => source.includes(excerpt as string)),
      excerpt,
    ).toBe(true);
  }
});

test("the table names the cases that each accident makes run", async () => {
  const bare: ConformanceHarness = {
    name: "bare",
    create: (genesis) =>
      fromOrderedLog({ ...memoryLog({ finalityDepth: 6 }), durable: true }, { genesis }),
  };
  const runnable = async (harness: ConformanceHarness): Promise<Set<number>> =>
    new Set(
      (await conformanceCases(harness))
        .filter(({ skip }) => skip === undefined)
        .map(({ number }) => number),
    );
  const never = (): never => {
    throw new Error("not called");
  };
  const needed: Readonly<Record<string, ConformanceHarness>> = {
    damage: { ...bare, reopen: never },
    failDisk: { ...bare, reopen: never },
    restart: { ...bare, reopen: never },
    partition: { ...bare, another: never },
  };
  const rows = [...page.matchAll(/^\| `(\w+)` \| [^|]+ \| ([\d, ]+) \|$/gm)];
  expect(rows.map(([, name]) => name)).toEqual([
    "openLog",
    "another",
    "reopen",
    "failNext",
    "kill",
    "restart",
    "partition",
    "failDisk",
    "damage",
    "reorganize",
  ]);
  for (const [, name, listed] of rows) {
    const harness = needed[name as string] ?? bare;
    const before = await runnable(harness);
    const run = await runnable({ ...harness, [name as string]: never });
    const added = [...run].filter((number) => !before.has(number));
    expect(
      added.sort((a, b) => a - b),
      name,
    ).toEqual((listed as string).split(", ").map(Number));
  }
});

// The page "Write an adapter" shows what stands in this folder, word for word, and lists what the kit really asks for.
import { readdirSync, readFileSync } from "node:fs";
import { memoryLedger } from "@emrx/chain-adapter";
import { type ConformanceHarness, conformanceCases } from "@emrx/chain-adapter/conformance";
import { expect, test } from "vitest";

const here = new URL("../", import.meta.url);
const page = readFileSync(new URL("../../docs/write-an-adapter.md", here), "utf8");

test("every excerpt stands in the example", () => {
  const sources = ["src", "test"].flatMap((folder) =>
    readdirSync(new URL(folder, here)).map((name) =>
      readFileSync(new URL(`${folder}/${name}`, here), "utf8"),
    ),
  );
  const excerpts = [...page.matchAll(/^```ts no-run\n([\s\S]*?)^```$/gm)].map(([, text]) => text);
  expect(excerpts.length).toBeGreaterThan(5);
  for (const excerpt of excerpts) {
    expect(sources.some((source) => source.includes(excerpt as string))).toBe(true);
  }
});

test("the table names the cases that each accident makes run", async () => {
  const bare: ConformanceHarness = {
    name: "bare",
    create: (genesis) => memoryLedger({ genesis, finalityDepth: 6 }),
  };
  const runnable = async (harness: ConformanceHarness): Promise<Set<number>> =>
    new Set(
      (await conformanceCases(harness))
        .filter(({ skip }) => skip === undefined)
        .map(({ number }) => number),
    );
  const without = await runnable(bare);
  const never = (): never => {
    throw new Error("not called");
  };
  const rows = [...page.matchAll(/^\| `(\w+)` \| [^|]+ \| ([\d, ]+) \|$/gm)];
  expect(rows.map(([, name]) => name)).toEqual([
    "reopen",
    "another",
    "failNext",
    "failDisk",
    "damage",
    "reorganize",
    "appendRaw",
  ]);
  for (const [, name, listed] of rows) {
    // Damage and a failing disk are seen on opening again.
    const also = name === "damage" || name === "failDisk" ? { reopen: never } : {};
    const before = name === "damage" || name === "failDisk" ? [52, 82] : [];
    const run = await runnable({ ...bare, ...also, [name as string]: never });
    const added = [...run].filter((number) => !without.has(number) && !before.includes(number));
    expect(added, name).toEqual((listed as string).split(", ").map(Number));
  }
});

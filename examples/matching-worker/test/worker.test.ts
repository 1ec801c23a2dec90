import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../../", import.meta.url));

test("a worker builds and solves a market, reports its progress, and stops when it is told to", async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["scripts/run.mjs", "examples/matching-worker/src/main.ts"],
    { cwd: root },
  );
  expect(stdout.split("\n")).toEqual([
    expect.stringMatching(/^\d+ pairs; progress was reported and nothing stood still$/),
    "EMRX_MATCHING_ABORTED",
    "",
  ]);
});

// Law 6 with real crashes: a process that publishes into a file store is killed at random points, again and again.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createAccountant } from "../../src/accounting.js";
import { fileStore } from "../../src/file.js";
import { createRandomizer } from "../../src/index.js";
import { parseReport } from "../../src/records.js";
import { example } from "../schema/example.js";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 60_000 });

const folder = mkdtempSync(join(tmpdir(), "emrx-kill-"));
const program = join(folder, "publish.mjs");
const kills = 5;
const lifetimeBudget = "9";

beforeAll(async () => {
  const here = fileURLToPath(new URL(".", import.meta.url));
  // Publishes one record after another and says so, line by line, only once the bytes are in its hands.
  const source = `
    import { writeSync } from "node:fs";
    import { fileStore } from "../../src/file.js";
    import { createRandomizer } from "../../src/index.js";
    import { example } from "../schema/example.js";
    const memory = await fileStore(process.argv[2], { secret: new Uint8Array(32) });
    for (let i = Number(process.argv[3]); ; i++) {
      const randomizer = createRandomizer(example, { subject: "patient " + (i % 50), lifetimeBudget: "${lifetimeBudget}", memory });
      const record = { sex: "male", stage: "I", bmi: 10 + Math.floor(i / 50) % 2, stay: 1 };
      const bytes = await randomizer.randomize(record);
      writeSync(1, i + " " + Buffer.from(bytes).toString("hex") + "\\n");
    }`;
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: here, loader: "ts" },
    bundle: true,
    write: false,
    platform: "node",
    format: "esm",
    external: ["vitest"],
    conditions: ["@emrx/source"],
    logLevel: "silent",
  });
  writeFileSync(
    program,
    (outputFiles[0]?.text ?? "").replace(
      /^import .* from "vitest";$/m,
      "const expect = undefined;",
    ),
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs the program until some lines came, kills it, and returns what it had said. */
function runAndKill(path: string, from: number, lines: number, delay: number): Promise<string[]> {
  return new Promise((done) => {
    const child = spawn(process.execPath, [program, path, String(from)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let said = "";
    child.stdout.on("data", (chunk) => {
      const before = said.split("\n").length;
      said += chunk;
      if (before <= lines && said.split("\n").length > lines)
        setTimeout(() => child.kill("SIGKILL"), delay);
    });
    child.on("close", () => done(said.split("\n").slice(0, -1)));
  });
}

test(`${kills} kills: no report that was handed out is unpaid or forgotten, nothing is paid twice, the budget holds`, async () => {
  const path = join(folder, "budgets");
  const handedOut = new Map<number, string>();
  let next = 0;
  for (let kill = 0; kill < kills; kill++) {
    for (const line of await runAndKill(path, next, 3 + kill, kill % 3)) {
      const [i, hex] = line.split(" ") as [string, string];
      handedOut.set(Number(i), hex);
      next = Math.max(next, Number(i) + 1);
    }
  }
  expect(handedOut.size).toBeGreaterThan(3 * kills);
  const memory = await fileStore(path, { secret: new Uint8Array(32) });
  const accountant = createAccountant({ memory, lifetimeBudget });
  const spent = await Promise.all(
    Array.from({ length: 50 }, (_, p) => accountant.spent(`patient ${p}`)),
  );
  for (const [i, hex] of handedOut) {
    const randomizer = createRandomizer(example, {
      subject: `patient ${i % 50}`,
      lifetimeBudget,
      memory,
    });
    const again = await randomizer.randomize({
      sex: "male",
      stage: "I",
      bmi: 10 + (Math.floor(i / 50) % 2),
      stay: 1,
    });
    expect(Buffer.from(again).toString("hex")).toBe(hex);
    expect(parseReport(example, again)).toHaveLength(2);
  }
  for (const [p, before] of spent.entries()) {
    expect(await accountant.spent(`patient ${p}`)).toBe(before);
    // At most two records each, 3 for each of them.
    expect(["0", "3", "6"]).toContain(before);
  }
  await memory.close();
});

import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { auditLedger } from "@emrx/chain-adapter";
import { openFileLedger } from "@emrx/chain-adapter/file";
import { describe, expect, test } from "vitest";
import { parseArguments } from "../src/arguments.js";
import { runDemo } from "../src/demo.js";
import { reportPage } from "../src/report-page.js";
import { createStages } from "../src/stages.js";
import { summary } from "../src/summary.js";

const quiet = (): Writable => new Writable({ write: (_chunk, _encoding, done) => done() });
const folder = (): string => mkdtempSync(join(tmpdir(), "emrx-demo-"));

const run = (...argv: string[]) => runDemo(parseArguments(argv), createStages({ output: quiet() }));

describe("the demo", () => {
  test("runs on synthetic records from reading to a passed audit, and repeats with its seed", async () => {
    const argv = ["--records", "400", "--requesters", "12", "--seed", "test", "--out", folder()];
    const [report, again] = [await run(...argv), await run(...argv)];
    expect(report).toMatchObject({
      records: 400,
      subjects: 400,
      seed: "test",
      source: "synthetic",
    });
    expect(report.audit.checks.filter(({ passed }) => !passed)).toEqual([]);
    expect(report.audit.passed).toBe(true);
    expect(report.matching.blockingLots).toBe(0);
    expect(report.ledger.proofsVerified).toBe(Math.min(100, report.ledger.entries));
    expect(report.seating.offered + report.seating.sitOut).toBe(report.subjects);
    expect(report.money.held).toBe(0);
    expect(report.money.paid + report.money.returned + report.money.forfeited).toBeCloseTo(
      report.money.deposited,
    );
    expect(report.money.outcomes.map(({ outcome }) => outcome)).toEqual(["paid"]);
    expect(report.journey.length).toBe(10);
    expect(report.epsilon.perSubjectMax).toBeLessThanOrEqual(report.epsilon.declaredBudget);
    expect(report.requesters).toHaveLength(12);
    expect(report.stages.map(({ name }) => name)).toEqual([
      "read",
      "offers",
      "requests",
      "seed",
      "matching and grants",
      "reads",
      "releases",
      "claims and studies",
      "settlement",
      "estimate",
      "audit",
    ]);
    // Set-up is apart: everybody who takes part has a token by then, and the audit verified each on the ledger.
    const parties = report.sites + report.requesters.length;
    expect(report.setUp.tokens).toBe(parties);
    expect(report.setUp.seconds).toBeGreaterThan(0);
    const opened = report.ledger.timeline.filter(({ kind }) => kind === "round.open");
    expect(opened.map(({ entries }) => entries)).toEqual([1]);
    const sold = report.requesters.reduce((sum, { delivered }) => sum + delivered, 0);
    expect(sold).toBe(report.matching.units);
    for (const table of [report.matching.bySite, report.matching.byProfile])
      expect(table.counts.flat().reduce((sum, count) => sum + count, 0)).toBe(
        report.matching.units,
      );
    // Everything repeats but times, and what the issuer's key of the run is in: the ledger's entries.
    for (const part of ["attributes", "matching", "seating", "money", "requesters"] as const)
      expect(again[part]).toEqual(report[part]);
    expect(summary(report)).toContain("audit     passed");
    expect(await reportPage(report)).toContain("<svg");
  });

  test("two sites and a requester that cheat harm nobody but those who deal with them", async () => {
    const argv = ["--records", "400", "--requesters", "12", "--seed", "test", "--out", folder()];
    const report = await run(...argv, "--cheats");
    const { cheats, money, findings, undecided } = report;
    expect(report.audit.passed).toBe(true);
    expect(cheats?.othersPairs).toBeGreaterThan(0);
    expect(cheats?.othersPaid).toBe(cheats?.othersPairs);
    expect(money.held).toBe(0);
    expect(money.forfeited).toBeGreaterThan(0);
    const pairsOf = (outcome: string) =>
      money.outcomes.find((one) => one.outcome === outcome)?.pairs ?? 0;
    expect(pairsOf("wrong")).toBe(1);
    expect(findings.map(({ kind }) => kind)).toEqual(["proven-wrong"]);
    expect(findings[0]?.culprit).toBe(cheats?.played[1]?.id);
    expect(undecided.length).toBe(pairsOf("missing"));
    expect(await reportPage(report)).toContain("Those who cheated");
    expect(summary(report)).toContain("cheat     site 1");
  });

  test("a place for the results that is none is refused before the first stage", async () => {
    const file = join(folder(), "taken");
    writeFileSync(file, "");
    for (const out of [file, join(file, "deeper")])
      await expect(run("--records", "60", "--out", out)).rejects.toMatchObject({
        code: "EMRX_DEMO_OUT",
      });
  });

  test("Ctrl-C leaves no folder", async () => {
    const out = folder();
    const argv = ["--records", "400", "--requesters", "4", "--ledger", "file", "--out", out];
    const abort = new AbortController();
    const output = new Writable({
      write(chunk, _encoding, done) {
        if (String(chunk).startsWith("offers")) abort.abort();
        done();
      },
    });
    const stages = createStages({ output, signal: abort.signal });
    await expect(runDemo(parseArguments(argv), stages)).rejects.toMatchObject({
      code: "EMRX_DEMO_INTERRUPTED",
    });
    expect(readdirSync(out)).toEqual([]);
  });

  test("leaves a ledger in files that opens again and passes its own audit", async () => {
    const out = folder();
    const report = await run(
      "--records",
      "60",
      "--requesters",
      "4",
      "--ledger",
      "file",
      "--out",
      out,
    );
    const [name] = readdirSync(out).filter((entry) => entry.startsWith("ledger-"));
    const ledger = await openFileLedger(join(out, name ?? "", "log"));
    const again = await auditLedger(ledger);
    expect(again.passed).toBe(true);
    expect(again.checkpoint.root).toBe(report.ledger.checkpoint);
    expect(again.entries).toBe(report.ledger.entries);
    await ledger.close();
  });
});

describe("what a person gets who makes a mistake", () => {
  const root = fileURLToPath(new URL("../../../", import.meta.url));
  const demo = (...argv: string[]): Promise<{ code: number; stderr: string }> =>
    new Promise((resolve) => {
      const argument = ["scripts/run.mjs", "examples/emr-exchange/src/main.ts", ...argv];
      execFile(process.execPath, argument, { cwd: root }, (error, _stdout, stderr) =>
        resolve({ code: typeof error?.code === "number" ? error.code : 0, stderr }),
      );
    });
  const out = folder();
  const schema = join(out, "schema.json");
  writeFileSync(
    schema,
    JSON.stringify({
      id: "visit",
      version: 1,
      levels: { usual: "1" },
      attributes: { smoker: { type: "categorical", values: ["no", "yes"], level: "usual" } },
      disclose: "all",
    }),
  );
  const file = (name: string, text: string): string => {
    writeFileSync(join(out, name), text);
    return join(out, name);
  };

  test.each([
    [
      "a value outside its domain",
      file("value.csv", "id,smoker\n1,no\n2,perhaps\n"),
      schema,
      /EMRX_DEMO_CSV_VALUE.*line 3.*smoker.*"no", "yes"/,
    ],
    [
      "a truncated file",
      file("cut.csv", "id,smoker\n1,no\n2\n"),
      schema,
      /EMRX_DEMO_CSV_ROW.*line 3/,
    ],
    [
      "a missing column",
      file("column.csv", "id,smokes\n1,no\n"),
      schema,
      /EMRX_DEMO_CSV_COLUMN.*smoker/,
    ],
    [
      "an unknown level",
      file("fine.csv", "id,smoker\n1,no\n"),
      file(
        "level.json",
        JSON.stringify({
          id: "a",
          version: 1,
          levels: { usual: "1" },
          attributes: { s: { type: "categorical", values: ["a", "b"], level: "secret" } },
          disclose: "all",
        }),
      ),
      /EMRX_UNKNOWN_LEVEL.*attributes\.s\.level.*secret/,
    ],
    [
      "a negative epsilon",
      file("fine2.csv", "id,smoker\n1,no\n"),
      file(
        "epsilon.json",
        JSON.stringify({
          id: "a",
          version: 1,
          levels: { usual: "-1" },
          attributes: { s: { type: "categorical", values: ["a", "b"], level: "usual" } },
          disclose: "all",
        }),
      ),
      /EMRX_B.*levels\.usual/,
    ],
  ])(
    "%s: the error names the place, and nothing is written",
    async (_, data, schemaFile, expected) => {
      const target = join(out, "never");
      const { code, stderr } = await demo(
        "--data",
        data,
        "--schema",
        schemaFile,
        "--ledger",
        "file",
        "--out",
        target,
      );
      expect(code).toBe(1);
      expect(stderr).toMatch(expected);
      expect(existsSync(target)).toBe(false);
    },
  );
});

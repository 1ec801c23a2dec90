// The demo: real records (or synthetic ones) from a CSV to audited statistics with error bounds, every part real.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArguments, usage } from "./arguments.js";
import { runDemo } from "./demo.js";
import { DemoError } from "./errors.js";
import { summary } from "./summary.js";

async function main(): Promise<void> {
  const options = parseArguments(process.argv.slice(2));
  if (options.help) {
    console.log(usage);
    return;
  }
  const report = await runDemo(options);
  await mkdir(options.out, { recursive: true });
  await writeFile(join(options.out, "report.json"), `${JSON.stringify(report, null, 2)}\n`);
  const { reportPage } = await import("./report-page.js");
  await writeFile(join(options.out, "report.html"), await reportPage(report));
  console.log(summary(report));
  console.log(
    `\nwritten: ${join(options.out, "report.json")}, ${join(options.out, "report.html")}`,
  );
  if (!report.audit.passed) process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  const code = (error as { code?: unknown }).code;
  if (typeof code !== "string" || !code.startsWith("EMRX_")) throw error;
  const { message } = error as Error;
  console.error(message.startsWith(code) ? message : `${code}: ${message}`);
  process.exitCode = error instanceof DemoError && code === "EMRX_DEMO_INTERRUPTED" ? 130 : 1;
}

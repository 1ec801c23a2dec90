// Runs the conformance kit against the ledger over HTTP and prints its table.
import { conformanceTable, runConformance } from "@emrx/chain-adapter/conformance";
import { httpHarness } from "./harness.js";

const report = await runConformance(httpHarness());
console.log(conformanceTable(report));
process.exitCode = report.failed === 0 ? 0 : 1;

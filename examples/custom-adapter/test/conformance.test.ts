import { conformanceCases } from "@emrx/chain-adapter/conformance";
import { describe, test } from "vitest";
import { httpHarness } from "../src/harness.js";

const cases = await conformanceCases(httpHarness());

describe("conformance: the ledger over HTTP", () => {
  for (const { number, title, skip, run } of cases) {
    const name = `${number} ${title}${skip === undefined ? "" : ` (skipped: ${skip})`}`;
    test.skipIf(skip !== undefined)(name, run);
  }
});

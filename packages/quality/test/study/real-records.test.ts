import { sharedPath, testWithShared } from "@emrx/testkit";
import { describe, expect } from "vitest";
import { readColumns } from "../../bench/read-columns.js";
import { twoWayStudy } from "../../bench/two-way-study.js";

/** The seeds are fixed and the margins about three standard errors. The study of all ten attributes over 20 seeds is `bench/two-way-tables.ts`; here some of each data set, so that it stays quick. */
const studies = [
  [
    "data/brfss2015/brfss2015.csv.gz",
    "data/brfss2015/domains.json",
    ["HighBP", "GenHlth", "Age", "Income"],
    4,
  ],
  [
    "data/diabetes130/diabetes130.csv.gz",
    "data/diabetes130/domains.json",
    ["race", "age", "A1Cresult", "insulin", "readmitted"],
    6,
  ],
] as const;

describe("two-way tables of real records", () => {
  for (const [data, domains, attributes, seeds] of studies) {
    testWithShared(data, `${data}: intervals cover as they say and predictions hold`, () => {
      const columns = readColumns(
        sharedPath(data) as string,
        sharedPath(domains) as string,
        attributes,
      );
      const { apart, together } = twoWayStudy(columns, "2", seeds);
      expect(apart.tables.length).toBe((attributes.length * (attributes.length - 1)) / 2);
      expect(apart.overall.coverage).toBeGreaterThan(0.92);
      expect(apart.overall.coverage).toBeLessThan(0.98);
      expect(together.overall.coverage).toBeGreaterThan(0.93);
      for (const { standardizedRms } of [apart.overall, together.overall]) {
        expect(standardizedRms).toBeGreaterThan(0.9);
        expect(standardizedRms).toBeLessThan(1.1);
      }
    });
  }
});

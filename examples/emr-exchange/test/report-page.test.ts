import { describe, expect, test } from "vitest";
import {
  attributeReport,
  type DemoReport,
  type EstimateReport,
  timelineOf,
} from "../src/report.js";
import { reportPage } from "../src/report-page.js";
import { fixtureReport } from "./fixture-report.js";

const void_ = new Set(["meta", "link", "br", "img", "input", "hr"]);

/** Walks the tags of a document and throws where one is not closed; returns all opening tags. */
function openingTags(html: string): string[] {
  const open: string[] = [];
  const all: string[] = [];
  const body = html.replace(/<style>[\s\S]*?<\/style>/, "<style></style>");
  for (const [tag, slash = "", name = "", rest = ""] of body.matchAll(
    /<(\/?)([a-zA-Z][\w-]*)((?:[^<>"]|"[^"]*")*)>/g,
  )) {
    if (slash === "/") expect(open.pop(), `before ${tag}`).toBe(name);
    else {
      all.push(tag);
      if (!rest.endsWith("/") && !void_.has(name)) open.push(name);
    }
  }
  expect(open).toEqual([]);
  return all;
}

describe("the page", () => {
  test("is whole, loads nothing, runs nothing and gives every picture its title and description", async () => {
    const report = fixtureReport("synthetic");
    const html = await reportPage(report);
    const tags = openingTags(html);
    const count = (name: string): number => tags.filter((tag) => tag.startsWith(`<${name}`)).length;
    expect(count("script")).toBe(0);
    expect(count("link")).toBe(0);
    expect(count("svg")).toBe(report.attributes.length + 6);
    expect(count("title")).toBe(count("svg") + 1);
    expect(count("desc")).toBe(count("svg"));
    for (const tag of tags) {
      expect(tag).not.toMatch(/\s(src|srcset|on\w+)=/);
      expect(tag).not.toMatch(/href="(?!#)/);
    }
    expect(html).not.toMatch(/@import|url\((?!#)/);
    const ids = tags.flatMap((tag) => /\sid="([^"]*)"/.exec(tag)?.[1] ?? []);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, target] of html.matchAll(/url\(#([^)]*)\)/g)) expect(ids).toContain(target);
    for (const svg of tags.filter((tag) => tag.startsWith("<svg"))) {
      const labels = /aria-labelledby="([^"]*)"/.exec(svg)?.[1]?.split(" ") ?? [];
      expect(labels.length).toBe(2);
      for (const label of labels) expect(ids).toContain(label);
    }
  });

  test("says what the report says: every attribute, requester, site, ledger kind, stage and check", async () => {
    const report = fixtureReport("brfss2015", 30, 5);
    const html = await reportPage(report);
    for (const text of [
      ...report.attributes.map(({ name }) => name),
      ...report.requesters.map(({ id }) => id),
      ...report.matching.bySite.rows,
      ...report.matching.byProfile.rows,
      ...report.ledger.timeline.map(({ kind }) => kind),
      ...report.stages.map(({ name }) => name),
      ...report.audit.checks.flatMap(({ name, detail }) => [name, detail]),
      report.ledger.checkpoint,
      report.schema.hash,
      report.seed,
      "3.1 s for everybody's keys and 1,729 admission tokens".replace("'", "&#39;"),
    ]) {
      expect(html).toContain(text);
    }
    expect(html).toContain("Audit: passed");
    expect(html).not.toContain("FAILED");
  });

  test("a failed audit, a blocking pair and an overspent budget are plain to see", async () => {
    const good = fixtureReport("brfss2015", 5, 2);
    const report: DemoReport = {
      ...good,
      epsilon: { perSubjectMax: 9, declaredBudget: 8 },
      matching: { ...good.matching, blockingLots: 4 },
      audit: {
        passed: false,
        checks: [{ name: "hash chain", passed: false, detail: "entry 17 differs" }],
      },
    };
    const html = await reportPage(report);
    expect(html).toContain("Audit: FAILED");
    expect(html).toContain("✗ failed");
    expect(html.match(/<div class="bad">/g)?.length).toBe(3);
  });

  test("hostile names stay text", async () => {
    const good = fixtureReport("brfss2015", 3, 2);
    const evil = `</title><script>alert("1")</script>&'`;
    const report: DemoReport = {
      ...good,
      source: evil,
      seed: evil,
      attributes: good.attributes.slice(0, 1).map((attribute) => ({
        ...attribute,
        name: evil,
        estimates: attribute.estimates.map((estimate) => ({ ...estimate, value: evil })),
      })),
      requesters: good.requesters.map((requester) => ({ ...requester, id: evil, purpose: evil })),
      audit: { passed: true, checks: [{ name: evil, passed: true, detail: evil }] },
    };
    const tags = openingTags(await reportPage(report));
    expect(tags.filter((tag) => tag.startsWith("<script"))).toEqual([]);
  });

  test("equal reports give equal pages; nobody delivered and nothing on the ledger is no obstacle", async () => {
    const good = fixtureReport("brfss2015", 4, 2);
    const report: DemoReport = {
      ...good,
      requesters: good.requesters.map((r) => ({
        ...r,
        delivered: 0,
        quality: 0,
        maxAbsError: null,
      })),
      matching: {
        ...good.matching,
        pairs: 0,
        bySite: {
          ...good.matching.bySite,
          counts: good.matching.bySite.counts.map((row) => row.map(() => 0)),
        },
      },
      ledger: { ...good.ledger, entries: 0, timeline: [], slotSeconds: 1 },
    };
    const page = await reportPage(report);
    expect((await reportPage(report)) === page).toBe(true);
    expect(/.{0,80}(NaN|undefined|Infinity).{0,80}/.exec(page)?.[0]).toBeUndefined();
  });
});

describe("the figures of an attribute", () => {
  const cell = (truth: number, estimate: number, standardError: number): EstimateReport => ({
    kind: "frequency",
    value: "v",
    truth,
    estimate,
    standardError,
    interval: [estimate - 2 * standardError, estimate + 2 * standardError],
  });

  test("are the maximum, the roots of mean squares and the count of covering intervals", () => {
    const estimates = [cell(0.5, 0.53, 0.01), cell(0.2, 0.16, 0.02), cell(0, 0, 0.02)];
    const given = { name: "a", mechanisms: ["grr"], epsilons: [1], n: 9, estimates };
    const report = attributeReport({ ...given, type: "categorical" });
    expect(report.maxAbsError).toBeCloseTo(0.04, 12);
    expect(report.predictedRmse).toBeCloseTo(Math.sqrt(0.0009 / 3), 12);
    expect(report.observedRmse).toBeCloseTo(Math.sqrt(0.0025 / 3), 12);
    expect(report.standardizedRms).toBeCloseTo(Math.sqrt((9 + 4 + 0) / 3), 12);
    expect(report).toMatchObject({ ...given, cells: 3, intervalsCovering: 2 });
  });

  test("of a numeric attribute are those of its mean alone", () => {
    const mean: EstimateReport = { ...cell(50, 53, 3), kind: "mean" };
    const given = { name: "a", mechanisms: ["duchi"], epsilons: [1], n: 9 };
    const report = attributeReport({
      ...given,
      type: "numeric",
      estimates: [mean, cell(0.1, 0.9, 0.01)],
    });
    expect(report).toMatchObject({
      cells: 1,
      intervalsCovering: 1,
      maxAbsError: 3,
      predictedRmse: 3,
    });
  });
});

describe("the timeline", () => {
  test("keeps every entry, in slots of equal width that reach the last one", () => {
    const entries = [0, 0.1, 5, 9.9, 10].map((seconds, i) => ({
      kind: i < 3 ? "a" : "b",
      seconds,
    }));
    expect(timelineOf(entries, 10)).toEqual({
      slotSeconds: 1,
      timeline: [
        { seconds: 0, kind: "a", entries: 2 },
        { seconds: 5, kind: "a", entries: 1 },
        { seconds: 9, kind: "b", entries: 2 },
      ],
    });
    expect(timelineOf([])).toEqual({ slotSeconds: 1, timeline: [] });
    expect(timelineOf([{ kind: "a", seconds: 0 }]).timeline).toEqual([
      { seconds: 0, kind: "a", entries: 1 },
    ]);
  });
});

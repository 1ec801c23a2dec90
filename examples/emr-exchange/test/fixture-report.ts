// A plausible report made by hand for the tests of the page: right in shape, invented in content.
import { seededRandom } from "@emrx/ldp-core";
import {
  attributeReport,
  type DemoReport,
  type EstimateReport,
  timelineOf,
} from "../src/report.js";
import { schemaJson } from "../src/schemas.js";

interface AttributeJson {
  type: "categorical" | "ordinal" | "numeric";
  level: string;
  values?: string[];
  range?: [number, number];
  missing?: string[];
}

/** A report over one of the shipped schemas. */
export function fixtureReport(
  schema: "synthetic" | "brfss2015" | "diabetes130",
  requesterCount = 220,
  siteCount = 36,
): DemoReport {
  const json = schemaJson(schema) as {
    levels: Record<string, string>;
    attributes: Record<string, AttributeJson>;
  };
  const source = seededRandom(`fixture ${schema}`);
  const word = new Uint32Array(1);
  const uniform = (): number => {
    source.fill(word);
    return ((word[0] ?? 0) + 0.5) / 2 ** 32;
  };
  const normal = (): number =>
    Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  const subjects = { synthetic: 200_000, brfss2015: 253_680, diabetes130: 71_518 }[schema];
  const names = Object.keys(json.attributes);
  const n = Math.round((2 * subjects) / names.length);

  const estimateOf = (
    kind: EstimateReport["kind"],
    value: string | null,
    truth: number,
    standardError: number,
  ): EstimateReport => {
    const estimate = truth + standardError * normal();
    return {
      kind,
      value,
      truth,
      estimate,
      standardError,
      interval: [estimate - 1.96 * standardError, estimate + 1.96 * standardError],
    };
  };
  const attributes = Object.entries(json.attributes).map(([name, attribute]) => {
    const epsilon = Number(json.levels[attribute.level]);
    const spread = 1 / (Math.exp(epsilon / 2) - 1) / Math.sqrt(n);
    const estimates: EstimateReport[] = [];
    if (attribute.range !== undefined) {
      const [low, high] = attribute.range;
      const mean = low + (high - low) * (0.1 + 0.4 * uniform());
      estimates.push(estimateOf("mean", "mean", mean, 2 * spread * (high - low)));
      if (attribute.missing) estimates.push(estimateOf("frequency", null, uniform() / 4, spread));
    } else {
      const values = [...(attribute.values ?? []), ...(attribute.missing ? [null] : [])];
      const weights = values.map(() => Math.log(uniform()) ** 4);
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      values.forEach((value, i) => {
        estimates.push(estimateOf("frequency", value, (weights[i] ?? 0) / total, spread));
      });
    }
    const mechanism =
      attribute.type === "numeric" ? "duchi" : estimates.length < 12 ? "grr" : "oue";
    return attributeReport({
      name,
      type: attribute.type,
      mechanisms: [mechanism, mechanism],
      epsilons: [epsilon, epsilon / 2],
      n,
      estimates,
    });
  });

  const purposes = ["HRESCH", "CLINTRCH", "PUBHLTH", "HPAYMT", "HMARKT"];
  const requesters = Array.from({ length: requesterCount }, (_, i) => {
    const price = Math.round(4 + 26 * uniform()) * 0.05;
    const quota = Math.round((subjects / requesterCount) * (0.6 + 2 * uniform()));
    const delivered = price < 0.4 ? 0 : Math.round(quota * Math.min(1, price * (0.6 + uniform())));
    const predictedQuality = Math.min(1, 0.35 + 0.6 * uniform());
    return {
      id: `requester-${String(i + 1).padStart(3, "0")}`,
      purpose: purposes[Math.floor(uniform() ** 1.6 * purposes.length)] ?? "HRESCH",
      price,
      quota,
      delivered,
      predictedQuality,
      quality:
        delivered === 0 ? 0 : Math.max(0, Math.min(1, predictedQuality + 0.1 * normal() - 0.05)),
      maxAbsError: delivered === 0 ? null : 0.08 * uniform() + 0.01,
    };
  });
  const sites = Array.from(
    { length: siteCount },
    (_, i) => `site ${String(i + 1).padStart(2, "0")}`,
  );
  const siteShares = sites.map(() => 0.4 + uniform());
  const sharesTotal = siteShares.reduce((sum, share) => sum + share, 0);
  const bySite = siteShares.map((share) =>
    requesters.map(({ delivered }) =>
      Math.max(0, Math.round((delivered * share) / sharesTotal + 2 * normal())),
    ),
  );
  const profiles = ["standard", "no marketing", "stricter", "without HvyAlcoholConsump"];
  const pairs = bySite.flat().reduce((sum, count) => sum + count, 0);

  const kinds: readonly (readonly [kind: string, from: number, to: number, entries: number])[] = [
    ["access.setPolicy", 6, 6.5, 4],
    ["trade.offer", 6.5, 12, siteCount * 4],
    ["trade.request", 12, 13, requesterCount],
    ["matching.seed", 14, 14.2, 3],
    ["access.grant", 18.1, 22, siteCount],
    ["access.read", 20, 27, requesterCount],
    ["access.release", 19, 25, siteCount],
    ["trade.settle", 27, 28, requesterCount],
    ["evaluation.rate", 29, 30, requesterCount * 2],
  ];
  const entries = kinds.flatMap(([kind, from, to, count]) =>
    Array.from({ length: count }, () => ({ kind, seconds: from + (to - from) * uniform() })),
  );
  const stageNames =
    "read,offers,requests,seed,matching and grants,reads,releases,claims and studies,settlement,audit";
  return {
    format: "emrx-demo-report/2",
    seed: "1",
    source: schema === "synthetic" ? "synthetic" : `${schema}.csv.gz`,
    schema: {
      id: schema,
      version: 1,
      hash: "ab".repeat(32),
      disclose: `2 of ${names.length} attributes a record`,
    },
    records: schema === "diabetes130" ? 101_766 : subjects,
    subjects,
    sites: siteCount,
    attributes,
    epsilon: { perSubjectMax: 8, declaredBudget: 8 },
    matching: {
      pairs: siteCount * 30,
      units: pairs,
      blockingLots: 0,
      lotSize: 50,
      lots: 3754,
      unsoldLots: 12,
      unmatchedRequesters: requesters.filter(({ delivered }) => delivered === 0).length,
      bySite: { rows: sites, columns: requesters.map(({ id }) => id), counts: bySite },
      byProfile: {
        rows: profiles,
        columns: purposes,
        counts: profiles.map((_, row) =>
          purposes.map((_purpose, column) =>
            row > 0 && row < 3 && column === 4
              ? 0
              : Math.round((pairs * uniform()) / (4 + 6 * row)),
          ),
        ),
      },
    },
    seating: {
      offered: subjects - 31_207,
      moved: 2018,
      sitOut: 31_207,
      errorFactor: 1.0315,
      countEpsilon: "1",
      epochRounds: 10,
    },
    money: {
      deposited: 1000,
      held: 0,
      paid: 700,
      returned: 290,
      forfeited: 10,
      bondPerUnit: 0.02,
      outcomes: [
        { outcome: "paid", pairs: siteCount * 29, units: pairs - 500 },
        { outcome: "missing", pairs: siteCount, units: 500 },
      ],
    },
    journey: [{ step: "chosen", what: "a patient took the profile <standard>" }],
    findings: [{ culprit: "cd".repeat(32), kind: "proven-wrong", evidence: "a key claim" }],
    undecided: [{ parties: ["ef".repeat(32)], what: "missing", why: "the log does not tell" }],
    cheats: {
      played: [{ who: "site 1", id: "cd".repeat(32), did: "lied", came: "1 wrong" }],
      othersPaid: 10,
      othersPairs: 10,
    },
    ledger: {
      kind: "file",
      entries: entries.length,
      checkpoint: "0123456789abcdef".repeat(4),
      proofsVerified: 2000,
      rejected: 3,
      ...timelineOf(entries),
    },
    audit: {
      passed: true,
      checks: [
        {
          name: "hash chain",
          passed: true,
          detail: `${entries.length} entries replayed, checkpoint recomputed`,
        },
        {
          name: "every batch root",
          passed: true,
          detail: `${subjects} leaves hashed, ${siteCount} roots equal`,
        },
        { name: "budgets", passed: true, detail: "no publication declares more than 8" },
        {
          name: "stability",
          passed: true,
          detail: `0 blocking pairs among ${20 * subjects} list entries`,
        },
        { name: "policies", passed: true, detail: `${pairs} grants looked up, all allowed` },
      ],
    },
    stages: stageNames.split(",").map((name, i) => ({
      name,
      seconds: [1.4, 2.2, 6.1, 0.9, 4.2, 3.9, 6.7, 1.1, 0.6, 5.2][i] ?? 1,
      peakRssBytes: 2 ** 20 * (210 + 70 * i + 40 * uniform()),
    })),
    setUp: { seconds: 3.14, tokens: 1729 },
    requesters,
  };
}

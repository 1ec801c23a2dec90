import { createHash } from "node:crypto";
import { fc, matchingOracle, property } from "@emrx/testkit";
import { describe, expect, test } from "vitest";
import { createMarket, matchingFromPairs } from "../src/index.js";
import { hashMarket, hashMatching, marketFromArrays } from "../src/market.js";

type Agents = Record<string, { quota: number; prefs: (string | string[])[] }>;
const { smallMarkets } = matchingOracle;

const number = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
const text = (value: string): Buffer => {
  const bytes = Buffer.from(value, "utf8");
  return Buffer.concat([number(bytes.length), bytes]);
};
const sha256 = (parts: readonly Buffer[]): string =>
  createHash("sha256").update(Buffer.concat(parts)).digest("hex");

/** The stated bytes of a market, from its plain lists: written from the description, not from the code. */
function marketBytes(input: { proposers: Agents; reviewers: Agents }): Buffer[] {
  const bytes = [text("emrx/matching/market/v1")];
  for (const [own, others] of [
    [input.proposers, input.reviewers],
    [input.reviewers, input.proposers],
  ] as const) {
    const ids = Object.keys(others).sort();
    const tied = Object.values(own).some(({ prefs }) =>
      prefs.some((entry) => Array.isArray(entry) && entry.length > 1),
    );
    bytes.push(number(Object.keys(own).length));
    for (const id of Object.keys(own).sort()) {
      const { quota, prefs } = own[id] as Agents[string];
      bytes.push(text(id), number(quota), number(prefs.flat().length));
      for (const entry of prefs) {
        const tier = [entry].flat().map((other) => ids.indexOf(other));
        if (tied) bytes.push(number(2 ** 32 - 1 - tier.length));
        for (const place of tier.sort((a, b) => a - b)) bytes.push(number(place));
      }
    }
  }
  return bytes;
}

describe("the hash of a market is SHA-256 of the stated bytes", () => {
  property("for any small market", [smallMarkets({ agents: 4, quota: 3 })], (input) => {
    expect(hashMarket(createMarket(input))).toBe(
      sha256(marketBytes(input as unknown as Parameters<typeof marketBytes>[0])),
    );
  });

  test("where several agents have ties, which end with the list and are written in order", () => {
    const input = {
      proposers: {
        p: { quota: 1, prefs: [["t", "r"], "s"] },
        q: { quota: 2, prefs: [["s", "r"]] },
        u: { quota: 1, prefs: [["t", "s", "r"]] },
        v: { quota: 1, prefs: ["s", ["t", "r"]] },
      },
      reviewers: {
        r: { quota: 1, prefs: ["p", "q"] },
        s: { quota: 1, prefs: [] },
        t: { quota: 3, prefs: ["v", "p"] },
      },
    };
    expect(hashMarket(createMarket(input))).toBe(sha256(marketBytes(input)));
  });

  test("with more bytes than any buffer holds, and ids of every length and alphabet", () => {
    const letters = ["a", "é", "€", "💊"]; // one to four bytes
    const proposers = letters.flatMap((letter) =>
      [1, 2, 3, 50, 1_000, 16_383, 16_384, 21_843, 21_845, 65_531, 65_536, 70_000].map((length) =>
        letter.repeat(length),
      ),
    );
    const reviewers = Array.from({ length: 1_500 }, (_, i) => `€${i}`.repeat(1 + (i % 30)));
    const rotated = (ids: readonly string[], by: number) => [...ids.slice(by), ...ids.slice(0, by)];
    const input = {
      proposers: Object.fromEntries(
        proposers.map((id, i) => [id, { quota: i, prefs: rotated(reviewers, i) }]),
      ),
      reviewers: Object.fromEntries(
        reviewers.map((id, i) => [id, { quota: 1, prefs: rotated(proposers, i % 40) }]),
      ),
    };
    expect(hashMarket(createMarket(input))).toBe(sha256(marketBytes(input)));
  });
});

describe("the hash of a matching is SHA-256 of the stated bytes", () => {
  property(
    "for any set of pairs, whatever the order of agents in the market",
    [
      fc.subarray(
        ["p", "q", "s"].flatMap((p) => ["x", "y", "z"].map((r): [string, string] => [p, r])),
      ),
      fc.shuffledSubarray(["p", "q", "s"], { minLength: 3 }),
      fc.shuffledSubarray(["x", "y", "z"], { minLength: 3 }),
    ],
    (pairs, proposerIds, reviewerIds) => {
      const market = marketFromArrays({
        proposers: 3,
        reviewers: 3,
        proposerIds,
        reviewerIds,
        proposerQuotas: new Uint32Array(3),
        reviewerQuotas: new Uint32Array(3),
        proposerOffsets: new Uint32Array(4),
        reviewerOffsets: new Uint32Array(4),
        proposerLists: new Uint32Array(0),
        reviewerLists: new Uint32Array(0),
      });
      const bytes = [text("emrx/matching/matching/v1"), number(pairs.length)];
      for (const p of ["p", "q", "s"]) {
        const partners = pairs.filter(([own]) => own === p).map(([, r]) => r);
        if (partners.length === 0) continue;
        bytes.push(text(p), number(partners.length), ...partners.sort().map(text));
      }
      expect(hashMatching(market, pairs)).toBe(sha256(bytes));
      expect(hashMatching(market, matchingFromPairs(market, pairs))).toBe(sha256(bytes));
    },
  );
});

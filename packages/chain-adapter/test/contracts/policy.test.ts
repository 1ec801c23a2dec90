import { fc, property } from "@emrx/testkit";
import { expect, test } from "vitest";
import type { Rule } from "../../src/calls.js";
import {
  type AccessRequest,
  type Purpose,
  permits,
  purposeCovers,
  purposes,
} from "../../src/contracts.js";

// The paths from the root to each purpose that occurs here, written out by hand from the HL7 table.
const paths: Record<string, readonly string[]> = {
  PurposeOfUse: ["PurposeOfUse"],
  HRESCH: ["PurposeOfUse", "HRESCH"],
  CLINTRCH: ["PurposeOfUse", "HRESCH", "CLINTRCH"],
  CLINTRCHPC: ["PurposeOfUse", "HRESCH", "CLINTRCH", "CLINTRCHPC"],
  HMARKT: ["PurposeOfUse", "HMARKT"],
  TREAT: ["PurposeOfUse", "TREAT"],
  BTG: ["PurposeOfUse", "TREAT", "ETREAT", "BTG"],
};
const someCodes = Object.keys(paths) as Purpose[];

/** The naive evaluator: every combination spelled out, every rule asked in turn, nothing left out early. */
function naive(rules: readonly Rule[], access: AccessRequest): boolean {
  let everythingPermitted = true;
  for (const attribute of access.attributes) {
    for (const level of access.levels) {
      let permitted = false;
      let denied = false;
      for (const rule of rules) {
        let speaks = true;
        if (!(rule.attributes.join() === "*" || rule.attributes.some((a) => a === attribute)))
          speaks = false;
        if (!(rule.levels.join() === "*" || rule.levels.some((l) => l === level))) speaks = false;
        if (!(rule.actors.join() === "*" || rule.actors.some((a) => a === access.requester)))
          speaks = false;
        const above = paths[access.purpose] ?? [];
        if (!(rule.purposes.join() === "*" || rule.purposes.some((p) => above.includes(p))))
          speaks = false;
        if (rule.notBefore !== undefined && access.time < rule.notBefore) speaks = false;
        if (rule.notAfter !== undefined && !(access.time < rule.notAfter)) speaks = false;
        if (speaks && rule.effect === "permit") permitted = true;
        if (speaks && rule.effect === "deny") denied = true;
      }
      if (denied || !permitted) everythingPermitted = false;
    }
  }
  return everythingPermitted;
}

const scope = <T extends string>(...names: readonly T[]): fc.Arbitrary<readonly (T | "*")[]> =>
  fc.oneof(
    fc.constant(["*" as const]),
    fc.uniqueArray(fc.constantFrom(...names), { minLength: 1 }),
  );
const rule: fc.Arbitrary<Rule> = fc.record(
  {
    effect: fc.constantFrom("permit", "permit", "permit", "deny"),
    attributes: scope("bmi", "sex", "age"),
    levels: scope("L1", "L2"),
    purposes: scope(...someCodes),
    actors: scope("x", "y"),
    notBefore: fc.nat({ max: 9 }),
    notAfter: fc.nat({ max: 9 }),
  },
  { requiredKeys: ["effect", "attributes", "levels", "purposes", "actors"] },
);
const access: fc.Arbitrary<AccessRequest> = fc.record({
  requester: fc.constantFrom("x", "y", "z"),
  purpose: fc.constantFrom(...someCodes),
  attributes: fc.uniqueArray(fc.constantFrom("bmi", "sex", "age"), { minLength: 1 }),
  levels: fc.uniqueArray(fc.constantFrom("L1", "L2"), { minLength: 1 }),
  time: fc.nat({ max: 9 }),
});

const outcomes = { true: 0, false: 0 };

property(
  "an access is permitted exactly if a naive evaluator permits it",
  [fc.array(rule, { maxLength: 5 }), access],
  (rules, asked) => {
    const expected = naive(rules, asked);
    outcomes[`${expected}`]++;
    expect(permits(rules, asked)).toBe(expected);
  },
  { numRuns: 2000 },
);

test("the walk met permits and denials", () => {
  expect(Math.min(outcomes.true, outcomes.false)).toBeGreaterThan(50);
});

property(
  "the order of rules does not matter, and a further denial never permits more",
  [fc.array(rule, { maxLength: 5 }), rule, access],
  (rules, extra, asked) => {
    const before = permits(rules, asked);
    expect(permits([...rules].reverse(), asked)).toBe(before);
    if (!before) expect(permits([...rules, { ...extra, effect: "deny" }], asked)).toBe(false);
  },
);

test("the tree of purposes has one root, no cycle, and covers as HL7 says", () => {
  expect(new Set(purposes).size).toBe(purposes.length);
  for (const code of purposes) {
    expect(purposeCovers("PurposeOfUse", code)).toBe(true);
    expect(purposeCovers(code, code)).toBe(true);
    for (const other of purposes) {
      // Two codes that cover each other are one.
      if (purposeCovers(code, other) && purposeCovers(other, code)) expect(other).toBe(code);
    }
  }
  for (const [code, path] of Object.entries(paths)) {
    for (const other of someCodes) {
      expect(purposeCovers(other, code as Purpose), `${other} ${code}`).toBe(path.includes(other));
    }
  }
});

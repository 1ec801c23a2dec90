import { findLinkability, linkRounds, type PublicView } from "@emrx/chain-adapter/linkability";
import { describe, expect, test } from "vitest";
import { type Measured, measure, PATIENTS, publish, scenarios } from "./scenarios.js";

describe("linking a patient's offers across rounds of 2,000 patients", () => {
  // Keys are fixed, so every figure is the same in every run. Chance finds 1 in 2,000. With 24 combinations of open
  // choices, an attacker who knows only these finds 24 in 2,000: that is what the menus give away.
  const [all, menus] = [1, 24 / PATIENTS];
  const found = (name: string): Measured => measure(scenarios[name] as never, 2);
  test.each([
    ["shipped defaults, 24 combinations of open choices", menus, menus, []],
    ["shipped defaults, one combination for all", 1 / PATIENTS, 1 / PATIENTS, []],
    ["the same batch again (reused root)", all, all, ["refuses: reused-root"]],
    ["the same salts again (reused salt)", menus, all, ["refuses: reused-salt"]],
    ["a price of one's own (unique price)", all, all, ["refuses: rare-choice"]],
    ["a consent of one's own", menus, all, ["refuses: rare-consent"]],
    ["the same order every round", all, all, ["warns: same-order"]],
  ])("%s: as many are found as can be, and the site is told", (name, reader, buyer, findings) => {
    const measured = found(name);
    expect(measured.chance).toBe(1 / PATIENTS);
    const tries = 2 * (scenarios[name]?.target === undefined ? PATIENTS : 5);
    for (const [share, expected] of [
      [measured.reader, reader],
      [measured.buyer, buyer],
    ] as const) {
      const deviation = Math.sqrt((expected * (1 - expected)) / tries);
      expect(Math.abs(share - expected)).toBeLessThanOrEqual(5 * deviation);
    }
    expect(measured.findings).toEqual(expect.arrayContaining(findings));
    if (findings.length === 0) expect(measured.findings).toEqual([]);
  });

  test("a level vector that five patients share: one in five is found, and it is refused", () => {
    const measured = measure(
      scenarios["a level vector that five patients share (rare level vector)"] as never,
      20,
    );
    // 100 tries at 1/5: three standard deviations are 0.12.
    expect(Math.abs(measured.reader - 0.2)).toBeLessThan(0.12);
    expect(measured.findings).toEqual(["refuses: rare-choice"]);
  });
});

test("rare choices are named row by row", () => {
  const rare = (patient: number): number => (patient % 400 === 0 ? 99 : patient % 24);
  const { view, order } = publish(1, { choice: rare });
  const [finding] = findLinkability(view, []);
  expect(finding).toMatchObject({ kind: "rare-choice", severity: "refuse", count: 5 });
  expect(finding?.rows.map((row) => (order[row] as number) % 400)).toEqual([0, 0, 0, 0, 0]);
});

test("a pseudonym that occurs twice in a batch is refused", () => {
  const { view } = publish(1);
  const pseudonyms = Uint8Array.from(view.pseudonyms);
  pseudonyms.copyWithin(32, 0, 32);
  const findings = findLinkability({ ...view, pseudonyms }, []);
  expect(findings).toEqual([
    expect.objectContaining({ kind: "reused-pseudonym", severity: "refuse", count: 1, rows: [0] }),
  ]);
});

test("the least size of a group is the site's to choose", () => {
  const { view } = publish(1);
  expect(findLinkability(view, [], { leastGroup: 83 })).toEqual([]);
  const [finding] = findLinkability(view, [], { leastGroup: 84 });
  expect(finding?.kind).toBe("rare-choice");
  expect(finding?.rows.length).toBe(100);
  expect(finding?.count).toBe(16 * 83);
});

test("nobody in both rounds: nothing tried", () => {
  const { view } = publish(1);
  const result = linkRounds(view, view, new Array(PATIENTS).fill(-1));
  expect(result).toEqual({ tried: 0, found: 0, chance: 1 / PATIENTS, advantage: -1 / PATIENTS });
});

test("a consent that nine patients share is refused, one that ten share is not", () => {
  const shared = (count: number): PublicView => {
    const { view } = publish(1);
    const consents = new Uint8Array(PATIENTS * 32);
    for (let row = 0; row < count; row++) consents[row * 32 + 31] = 1;
    return { ...view, consents };
  };
  expect(findLinkability(shared(10), [])).toEqual([]);
  expect(findLinkability(shared(9), [])).toEqual([
    expect.objectContaining({
      kind: "rare-consent",
      severity: "refuse",
      rows: [0, 1, 2, 3, 4, 5, 6, 7, 8],
    }),
  ]);
});

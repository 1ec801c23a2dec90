import { findLinkability, linkRounds } from "@emrx/chain-adapter/linkability";
import { describe, expect, test } from "vitest";
import { measureCounts } from "./counts.js";
import { type Measured, measure, PATIENTS, publish, scenarios } from "./scenarios.js";

describe("linking a patient's offers across rounds of 2,000 patients", () => {
  // Keys are fixed, so every figure is the same in every run. Chance finds 1 in 2,000. With 24 combinations of open
  // choices, an attacker who knows only these finds 24 in 2,000: that is what the menus give away.
  const [all, menus] = [1, 24 / PATIENTS];
  const found = (name: string): Measured => measure(scenarios[name] as never, 2);
  test.each([
    ["shipped defaults, 24 combinations of open choices", menus, []],
    ["shipped defaults, one combination for all", 1 / PATIENTS, []],
    ["the same batch again (reused root)", all, ["refuses: reused-root"]],
    ["the same salts again (reused salt)", all, ["refuses: reused-salt"]],
    ["a price of one's own (unique price)", all, ["refuses: rare-choice"]],
    ["the same order every round", all, ["warns: same-order"]],
  ])("%s: as many are found as can be, and the site is told", (name, expected, findings) => {
    const measured = found(name);
    expect(measured.chance).toBe(1 / PATIENTS);
    const tries = 2 * (scenarios[name]?.target === undefined ? PATIENTS : 5);
    const deviation = Math.sqrt((expected * (1 - expected)) / tries);
    expect(Math.abs(measured.buyer - expected)).toBeLessThanOrEqual(5 * deviation);
    expect(measured.findings).toEqual(expect.arrayContaining(findings));
    if (findings.length === 0) expect(measured.findings).toEqual([]);
  });

  test("a level vector that five patients share: one in five is found, and it is refused", () => {
    const measured = measure(
      scenarios["a level vector that five patients share (rare level vector)"] as never,
      20,
    );
    // 100 tries at 1/5: three standard deviations are 0.12.
    expect(Math.abs(measured.buyer - 0.2)).toBeLessThan(0.12);
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

test.each([
  // Figures of the independent model that the design was attacked with: 20,000 patients in 72 classes, lots of 50.
  [undefined, 0.91],
  ["1", 0.86],
  ["0.25", 0.71],
])("with noise of epsilon %s, so many patients are offered", (epsilon, offered) => {
  expect(Math.abs(measureCounts(epsilon, 100).offered - offered)).toBeLessThan(0.03);
});

test("without noise, who knows all others is certain with a chance of 1 / lot size an epoch; noise keeps it near a guess", () => {
  const tries = 4000;
  const { certain } = measureCounts(undefined, tries);
  const expected = 1 - (1 - 1 / 50) ** 10;
  const deviation = Math.sqrt((expected * (1 - expected)) / tries);
  expect(Math.abs(certain - expected)).toBeLessThan(5 * deviation);
  const noisy = measureCounts("0.25", tries);
  expect(noisy.certain).toBe(0);
  expect(Math.abs(noisy.right - 0.55)).toBeLessThan(0.05);
});

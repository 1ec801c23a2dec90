import { expect, test } from "vitest";
import type { Channel } from "../../src/audit.js";
import { rational } from "../../src/exact.js";
import { exactAudit, grr } from "../../src/index.js";
import { duchi, oue, windowMechanism } from "../../src/mechanisms.js";
import { expectError } from "../expect-error.js";

/** A channel from a table of integer weights, one row an input. */
const table = (rows: readonly (readonly number[])[]): Channel => ({
  inputs: rows.length,
  outputs: rows[0]!.length,
  probability: (y, x) =>
    rational(
      rows[x]![y]!,
      rows[x]!.reduce((a, b) => a + b, 0),
    ),
});

test("the audit finds the loss of a channel given by numbers, and where it is", () => {
  const found = exactAudit(
    table([
      [6, 3, 1],
      [2, 3, 5],
      [3, 4, 3],
    ]),
    "1.7",
  );
  expect(found.ratio).toEqual(rational(5));
  expect(found.worst).toEqual({ output: 2, inputs: [1, 0] });
  expect(found.epsilon).toBeCloseTo(Math.log(5), 12);
  expect(found.epsilon).toBeGreaterThanOrEqual(Math.log(5));
  expect(found.withinBudget).toBe(true); // ln 5 = 1.609...
  expect(
    exactAudit(
      table([
        [6, 3, 1],
        [2, 3, 5],
        [3, 4, 3],
      ]),
      "1.6",
    ).withinBudget,
  ).toBe(false);
  expect(
    exactAudit(
      table([
        [6, 3, 1],
        [2, 3, 5],
        [3, 4, 3],
      ]),
    ).withinBudget,
  ).toBeUndefined();
});

test("a channel that tells nothing has loss 0; one that tells all has loss Infinity", () => {
  expect(
    exactAudit(
      table([
        [1, 2],
        [1, 2],
      ]),
      "0.1",
    ),
  ).toMatchObject({ epsilon: 0, withinBudget: true });
  expect(
    exactAudit(
      table([
        [1, 0],
        [0, 1],
      ]),
      "9",
    ),
  ).toMatchObject({
    epsilon: Number.POSITIVE_INFINITY,
    ratio: "infinite",
    withinBudget: false,
    worst: { output: 0, inputs: [0, 1] },
  });
  expect(
    exactAudit(
      table([
        [1, 0],
        [1, 0],
      ]),
    ).epsilon,
  ).toBe(0); // an output that never happens tells nothing
});

test("what is not a channel is refused", () => {
  const half: Channel = { inputs: 2, outputs: 2, probability: () => rational(1, 3) };
  expectError(() => exactAudit(half), "EMRX_BAD_PARAMETER");
  const negative: Channel = { inputs: 1, outputs: 2, probability: (y) => rational(y ? 3 : -1, 2) };
  expectError(() => exactAudit(negative), "EMRX_BAD_PARAMETER");
  const huge: Channel = { inputs: 1000, outputs: 1000, probability: () => rational(1, 1000) };
  expectError(() => exactAudit(huge), "EMRX_TOO_LARGE");
});

test("every mechanism of the package passes, and its closed form is what enumeration finds", () => {
  for (const mechanism of [
    grr({ categories: 7, epsilon: "1" }),
    oue({ categories: 5, epsilon: "2" }),
    duchi({ range: [0, 1], epsilon: "0.5", missing: true }),
    windowMechanism({ range: [0, 1], epsilon: "4", cells: 12, window: 3 }),
  ]) {
    const found = exactAudit(mechanism);
    expect(found).toMatchObject({ withinBudget: true, method: "enumeration" });
    expect(found.ratio).toEqual(mechanism.worstRatio);
    expect(exactAudit(mechanism, "0.4").withinBudget).toBe(false);
  }
  const large = exactAudit(oue({ categories: 5000, epsilon: "1" }));
  expect(large).toMatchObject({ withinBudget: true, method: "closed form" });
});

// Broken mechanisms as they have been found in the wild. Each is GRR or unary encoding at e^eps = 3, with one mistake.

test("the audit finds a set bit that is never cleared", () => {
  // Two-bit unary encoding whose true bit always stays 1: P(true bit) = 1, P(other bit) = 1/4.
  const bit = (y: number, v: number) => (y >> v) & 1;
  const broken: Channel = {
    inputs: 2,
    outputs: 4,
    probability: (y, x) => {
      const other = bit(y, 1 - x) ? 1 : 3;
      return rational(bit(y, x) ? other : 0, 4);
    },
  };
  expect(exactAudit(broken, "1.1")).toMatchObject({
    epsilon: Number.POSITIVE_INFINITY,
    withinBudget: false,
  });
});

test("the audit finds the true value always reported first", () => {
  // Ordered pairs of 3 categories with the true one included with probability 3/4: sorted it is fine, in order it is not.
  const pairs = [
    [0, 1],
    [0, 2],
    [1, 0],
    [1, 2],
    [2, 0],
    [2, 1],
  ] as const;
  const included = rational(3, 8); // 3/4 over two companions
  const excluded = rational(1, 8); // 1/4 over the two orders of the others
  const ordered: Channel = {
    inputs: 3,
    outputs: 6,
    probability: (y, x) =>
      pairs[y]![0] === x ? included : pairs[y]![1] === x ? rational(0) : excluded,
  };
  expect(exactAudit(ordered, "2")).toMatchObject({
    epsilon: Number.POSITIVE_INFINITY,
    withinBudget: false,
  });
  const sorted: Channel = {
    inputs: 3,
    outputs: 3, // the category left out
    probability: (y, x) => (y === x ? rational(1, 4) : rational(3, 8)),
  };
  expect(exactAudit(sorted, "0.41").withinBudget).toBe(true); // ln(3/2) = 0.405...
});

test("the audit finds an index that is off by one", () => {
  // GRR over 4 categories, p = 1/2; the lie is drawn from {0, 1, 2} instead of skipping the true value by moving up.
  const broken: Channel = {
    inputs: 4,
    outputs: 4,
    probability: (y, x) => {
      const lies = y < 3 ? rational(1, 6) : rational(0);
      return y === x ? rational(y < 3 ? 4 : 3, 6) : lies;
    },
  };
  expect(exactAudit(broken, "1.1")).toMatchObject({
    epsilon: Number.POSITIVE_INFINITY,
    withinBudget: false,
  });
});

test("the audit finds a 'not x' branch that may insert x", () => {
  // GRR over 3 categories at e^eps = 3: p = 3/5, but the lie is uniform over all 3, so truth comes out 3/5 + 2/15.
  const broken: Channel = {
    inputs: 3,
    outputs: 3,
    probability: (y, x) => (y === x ? rational(11, 15) : rational(2, 15)),
  };
  const found = exactAudit(broken, "1.0986122887"); // just above ln 3
  expect(found.withinBudget).toBe(false);
  expect(found.ratio).toEqual(rational(11, 2));
});

test("the audit finds thresholds rounded to nearest", () => {
  // GRR over 2 categories at eps = 1 and 8 bits: 2^8 e / (e + 1) = 187.15... rounds down to 187, which is safe;
  // at eps = 0.5 it is 159.35..., safe again; at eps = 2 it is 225.48, at eps = 0.1 134.39, at eps = 3 243.86: nearest is 244.
  const nearest: Channel = {
    inputs: 2,
    outputs: 2,
    probability: (y, x) => rational(y === x ? 244 : 12, 256),
  };
  expect(exactAudit(nearest, "3")).toMatchObject({ withinBudget: false });
  const down: Channel = { ...nearest, probability: (y, x) => rational(y === x ? 243 : 13, 256) };
  expect(exactAudit(down, "3")).toMatchObject({ withinBudget: true });
});

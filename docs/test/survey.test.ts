// The survey of the first page says what it does: the interval holds the truth in 19 of 20 surveys, and shrinks as epsilon grows.
import { seededRandom } from "@emrx/ldp-core";
import { expect, test } from "vitest";
import { ask, people, trueYes } from "../site/client/survey.mjs";

const surveys = 1000;
const asked = (epsilon: number) =>
  Array.from({ length: surveys }, (_, seed) => ask(epsilon, seededRandom(`survey ${seed}`)));

test.each([0.5, 1, 3])(
  "at epsilon %d the interval covers the truth as often as it says",
  (epsilon) => {
    const covered = asked(epsilon).filter(
      ({ share, halfWidth }) => Math.abs(share - trueYes / people) <= halfWidth,
    ).length;
    // 950 expected, with a standard deviation of 6.9 (binomial).
    expect(Math.abs(covered - 0.95 * surveys)).toBeLessThan(6 * 6.9);
  },
);

test("at epsilon 1 the half width is 6 percentage points, as the text says", () => {
  // n Var = q (1 - q) / (p - q)^2 with p = e / (e + 1): 0.9207, whatever the share is.
  expect(ask(1).halfWidth).toBeCloseTo(1.96 * Math.sqrt(0.9207 / 1000), 3);
});

test("every person answers once, with yes or no", () => {
  const { answers } = ask(1, seededRandom("one"));
  expect(answers.length).toBe(people);
  expect(Array.from(answers).every((answer) => answer === 0 || answer === 1)).toBe(true);
});

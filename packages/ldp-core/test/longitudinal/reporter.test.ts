import { fc, property } from "@emrx/testkit";
import { expect, test } from "vitest";
import { createAccountant } from "../../src/accounting.js";
import { memoryStore, type Store, seededRandom } from "../../src/index.js";
import {
  createLongitudinalReporter,
  dBitFlip,
  type LongitudinalMechanism,
  loloha,
  longitudinalGrr,
  longitudinalUnary,
} from "../../src/longitudinal.js";

const epsilons = { permanentEpsilon: "0.7", firstEpsilon: "0.3" };
const mechanisms = (categories: number): LongitudinalMechanism[] =>
  [
    longitudinalGrr({ categories, ...epsilons }),
    longitudinalUnary({ categories, ...epsilons }),
    loloha({ categories, ...epsilons, buckets: 3 }),
    dBitFlip({ categories, bitsPerPerson: 2, epsilon: "0.7" }),
  ] as unknown as LongitudinalMechanism[];

property(
  "longitudinal reporter: each answer costs once, however often and in whatever order values come",
  [fc.integer({ min: 2, max: 12 }), fc.array(fc.nat(11), { maxLength: 40 }), fc.string()],
  (categories, draws, seed) => {
    for (const mechanism of mechanisms(categories)) {
      const memory = memoryStore();
      const options = { attribute: "stage", lifetimeBudget: "100", memory };
      const accountant = createAccountant(options);
      const random = seededRandom(`reporter ${seed}`);
      const values = draws.map((value) => value % categories);
      // A new reporter for every report: all that lasts is in the store.
      for (const value of values)
        createLongitudinalReporter(mechanism, { ...options, random }).report(value);
      const answers = accountant.statement("self");
      expect(answers.every(({ amount }) => amount === "0.7")).toBe(true);
      expect(answers.length).toBeLessThanOrEqual(
        Math.min(mechanism.mostAnswers, new Set(values).size),
      );
      if (mechanism.name === "longitudinal-grr" || mechanism.name === "longitudinal-unary") {
        expect(answers.length).toBe(new Set(values).size);
      }
    }
  },
  { numRuns: 20 },
);

test("longitudinal reporter: reports of one value are those of one memoized answer", () => {
  const mechanism = longitudinalGrr({ categories: 4, permanentEpsilon: "3", firstEpsilon: "2.9" });
  const memory = memoryStore();
  const reporter = createLongitudinalReporter(mechanism, {
    attribute: "stage",
    lifetimeBudget: "3",
    memory,
    random: seededRandom("one answer"),
  });
  const counts = [0, 0, 0, 0];
  for (let i = 0; i < 2000; i++) {
    const report = reporter.report(2);
    counts[report] = (counts[report] as number) + 1;
  }
  // The answer is reported with p2 > 0.9, whatever it is.
  expect(Math.max(...counts)).toBeGreaterThan(1700);
  expect(reporter.remaining()).toBe("0");
});

test("longitudinal reporter: past the lifetime budget nothing is spent, and answers given before go on", () => {
  const memory = memoryStore();
  const reporter = createLongitudinalReporter(longitudinalGrr({ categories: 4, ...epsilons }), {
    attribute: "stage",
    lifetimeBudget: "1",
    memory,
  });
  reporter.report(0);
  expect(() => reporter.report(1)).toThrow("0.7 asked, 0.3 left of a lifetime budget of 1");
  expect(() => reporter.report(4)).toThrow("EMRX_VALUE_OUTSIDE_DOMAIN");
  expect(reporter.remaining()).toBe("0.3");
  expect(reporter.report(0)).toBeLessThan(4);
});

test("longitudinal reporter: a store that fails leaves nothing handed out, and no answer is drawn twice", () => {
  const inner = memoryStore();
  let isBroken = true;
  const memory: Store = {
    get: (key) => inner.get(key),
    set(entries) {
      if (isBroken) throw new Error("disk");
      inner.set(entries);
    },
  };
  const make = () =>
    createLongitudinalReporter(loloha({ categories: 50, ...epsilons }), {
      attribute: "code",
      lifetimeBudget: "10",
      memory,
    });
  expect(() => make().report(3)).toThrow("disk");
  expect(make().remaining()).toBe("10");
  isBroken = false;
  const { a, b } = make().report(3);
  const again = make().report(49);
  expect([again.a, again.b]).toEqual([a, b]); // one hash function for life
});

test("longitudinal reporter: attributes, people and mechanisms do not share answers; names are checked", () => {
  const memory = memoryStore();
  const mechanism = longitudinalGrr({ categories: 4, ...epsilons });
  const options = { lifetimeBudget: "10", memory };
  createLongitudinalReporter(mechanism, { ...options, attribute: "a" }).report(1);
  createLongitudinalReporter(mechanism, { ...options, attribute: "b" }).report(1);
  createLongitudinalReporter(mechanism, { ...options, attribute: "a", subject: "other" }).report(1);
  const other = longitudinalGrr({ categories: 4, permanentEpsilon: "0.7", firstEpsilon: "0.2" });
  createLongitudinalReporter(other, { ...options, attribute: "a" }).report(1);
  const accountant = createAccountant(options);
  expect(accountant.spent("self")).toBe("2.1");
  expect(accountant.spent("other")).toBe("0.7");
  expect(accountant.statement("self")[0]?.note).toBe("answer for life: a");
  for (const attribute of ["", undefined]) {
    expect(() =>
      createLongitudinalReporter(mechanism, { ...options, attribute: attribute as string }),
    ).toThrow("EMRX_BAD_PARAMETER");
  }
});

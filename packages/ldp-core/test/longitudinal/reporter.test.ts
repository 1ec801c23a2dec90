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
import { expectError, expectRejection } from "../expect-error.js";

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
  async (categories, draws, seed) => {
    for (const mechanism of mechanisms(categories)) {
      const memory = memoryStore();
      const options = { attribute: "stage", lifetimeBudget: "100", memory };
      const accountant = createAccountant({ lifetimeBudget: "100", memory });
      const random = seededRandom(`reporter ${seed}`);
      const values = draws.map((value) => value % categories);
      // A new reporter for every report: all that lasts is in the store.
      for (const value of values)
        await createLongitudinalReporter(mechanism, {
          ...options,
          randomForTests: random,
        }).report(value);
      const answers = await accountant.statement("self");
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

test("longitudinal reporter: reports of one value are those of one memoized answer", async () => {
  const mechanism = longitudinalGrr({ categories: 4, permanentEpsilon: "3", firstEpsilon: "2.9" });
  const memory = memoryStore();
  const reporter = createLongitudinalReporter(mechanism, {
    attribute: "stage",
    lifetimeBudget: "3",
    memory,
    randomForTests: seededRandom("one answer"),
  });
  const counts = [0, 0, 0, 0];
  for (let i = 0; i < 2000; i++) {
    const report = await reporter.report(2);
    counts[report] = (counts[report] as number) + 1;
  }
  // The answer is reported with p2 > 0.9, whatever it is.
  expect(Math.max(...counts)).toBeGreaterThan(1700);
  expect(await reporter.remaining()).toBe("0");
});

test("longitudinal reporter: past the lifetime budget nothing is spent, and answers given before go on", async () => {
  const memory = memoryStore();
  const reporter = createLongitudinalReporter(longitudinalGrr({ categories: 4, ...epsilons }), {
    attribute: "stage",
    lifetimeBudget: "1",
    memory,
  });
  await reporter.report(0);
  await expect(reporter.report(1)).rejects.toThrow("0.7 asked, 0.3 left of a lifetime budget of 1");
  await expectRejection(() => reporter.report(4), "EMRX_VALUE_OUTSIDE_DOMAIN");
  expect(await reporter.remaining()).toBe("0.3");
  expect(await reporter.report(0)).toBeLessThan(4);
});

test("longitudinal reporter: a store that fails leaves nothing handed out, and no answer is drawn twice", async () => {
  const inner = memoryStore();
  let isBroken = true;
  const memory: Store = {
    read: (keys) => inner.read(keys),
    async write(writes) {
      if (isBroken) throw new Error("disk");
      return inner.write(writes);
    },
  };
  const make = () =>
    createLongitudinalReporter(loloha({ categories: 50, ...epsilons }), {
      attribute: "code",
      lifetimeBudget: "10",
      memory,
    });
  await expectRejection(() => make().report(3), "EMRX_STORE_FAILED");
  expect(await make().remaining()).toBe("10");
  isBroken = false;
  const { a, b } = await make().report(3);
  const again = await make().report(49);
  expect([again.a, again.b]).toEqual([a, b]); // one hash function for life
});

test("longitudinal reporter: attributes, people and mechanisms do not share answers; names are checked", async () => {
  const memory = memoryStore();
  const mechanism = longitudinalGrr({ categories: 4, ...epsilons });
  const options = { lifetimeBudget: "10", memory };
  await createLongitudinalReporter(mechanism, { ...options, attribute: "a" }).report(1);
  await createLongitudinalReporter(mechanism, { ...options, attribute: "b" }).report(1);
  await createLongitudinalReporter(mechanism, {
    ...options,
    attribute: "a",
    subject: "other",
  }).report(1);
  const other = longitudinalGrr({ categories: 4, permanentEpsilon: "0.7", firstEpsilon: "0.2" });
  await createLongitudinalReporter(other, { ...options, attribute: "a" }).report(1);
  const accountant = createAccountant(options);
  expect(await accountant.spent("self")).toBe("2.1");
  expect(await accountant.spent("other")).toBe("0.7");
  expect((await accountant.statement("self"))[0]?.note).toBe("answer for life: a");
  for (const attribute of ["", undefined]) {
    expectError(
      () => createLongitudinalReporter(mechanism, { ...options, attribute: attribute as string }),
      "EMRX_BAD_PARAMETER",
      "attribute",
    );
  }
});

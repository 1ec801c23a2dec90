import { createHmac, hkdfSync } from "node:crypto";
import { fc, property } from "@emrx/testkit";
import { expect, test } from "vitest";
import { createAccountant } from "../../src/accounting.js";
import { defineSchema, memoryStore } from "../../src/index.js";
import { derivedRandom } from "../../src/records/derived-random.js";
import { createStatelessRandomizer, type StatelessOptions } from "../../src/records/stateless.js";
import { parseReport } from "../../src/records.js";
import { expectRejection } from "../expect-error.js";
import { example, exampleJson } from "../schema/example.js";

const all = defineSchema({ ...exampleJson, disclose: "all" });
const record = { sex: "male", stage: "II", bmi: 24, stay: 5 } as const;
const secret = Uint8Array.from({ length: 32 }, (_, i) => i);

const options = (
  change: Partial<StatelessOptions<typeof all.json>> = {},
): StatelessOptions<typeof all.json> => ({
  secret,
  mostValues: 3,
  lifetimeBudget: "100",
  memory: memoryStore(),
  ...change,
});

property(
  "derived randomness is HMAC-SHA-256 of a counter under an HKDF key, as node:crypto computes it, however it is asked for",
  [
    fc.uint8Array({ minLength: 32, maxLength: 64 }),
    fc.uint8Array({ maxLength: 40 }),
    fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 6 }),
  ],
  (key, label, sizes) => {
    const random = derivedRandom(key, label);
    const words: number[] = [];
    for (const size of sizes) {
      const part = new Uint32Array(size);
      random.fill(part);
      words.push(...part);
    }
    const derived = new Uint8Array(hkdfSync("sha256", key, new Uint8Array(0), label, 32));
    const stream = Buffer.concat(
      Array.from({ length: Math.ceil(words.length / 8) }, (_, i) => {
        const counter = Buffer.alloc(8);
        counter.writeBigUInt64LE(BigInt(i));
        return createHmac("sha256", derived).update(counter).digest();
      }),
    );
    expect(words).toEqual(words.map((_, i) => stream.readUInt32LE(4 * i)));
  },
);

test("the same secret gives the same bytes, on any device and with no memory of answers; anything else changes them", async () => {
  const answer = async (
    change: Partial<StatelessOptions<typeof all.json>> = {},
    given: object = record,
  ) => (await createStatelessRandomizer(all, options(change))).randomize(given as typeof record);
  const bytes = await answer();
  for (let i = 0; i < 5; i++) expect(await answer()).toEqual(bytes);
  // 40 secrets, subjects: if answers did not depend on them, all would be equal.
  const distinct = (list: readonly Uint8Array[]) =>
    new Set(list.map((one) => Buffer.from(one).toString("hex"))).size;
  const many = Array.from({ length: 40 }, (_, i) => i);
  const all40 = (one: (i: number) => Promise<Uint8Array>) => Promise.all(many.map(one));
  expect(
    distinct(await all40((i) => answer({ secret: secret.map((byte) => byte ^ i) }))),
  ).toBeGreaterThan(5);
  expect(distinct(await all40((i) => answer({ subject: `patient ${i}` })))).toBeGreaterThan(5);
  const payload = (report: Uint8Array, index: number) =>
    report[parseReport(all, report)[index]?.offset as number];
  expect(
    distinct(
      await all40(async (i) =>
        Uint8Array.of(payload(await answer({}, { ...record, stay: 1 + i / 4 }), 3) as number),
      ),
    ),
  ).toBeGreaterThan(1);
});

test("an answer to one attribute does not depend on the values of the others", async () => {
  const one = await createStatelessRandomizer(all, options());
  const first = one.randomize(record);
  const second = one.randomize({ ...record, stage: "IV", bmi: 60 });
  for (const index of [0, 3]) {
    const { offset } = parseReport(all, first)[index] as { offset: number };
    expect(second[offset]).toBe(first[offset]);
  }
});

test("over many secrets an answer is distributed as the mechanism says", async () => {
  const schema = defineSchema({
    id: "coin",
    version: 1,
    levels: { a: "1" },
    attributes: { x: { type: "categorical", values: ["0", "1", "2"], level: "a" } },
    disclose: "all",
  });
  const trials = 1000;
  let truths = 0;
  for (let i = 0; i < trials; i++) {
    const own = new Uint8Array(32);
    new DataView(own.buffer).setUint32(0, i);
    const bytes = (
      await createStatelessRandomizer(schema, {
        secret: own,
        mostValues: 1,
        lifetimeBudget: 1,
        memory: memoryStore(),
      })
    ).randomize({ x: "1" });
    if (bytes[bytes.length - 1] === 1) truths++;
  }
  const p = Math.E / (Math.E + 2);
  expect(Math.abs(truths / trials - p)).toBeLessThan(5 * Math.sqrt((p * (1 - p)) / trials));
});

test("the whole cost is charged once and up front: epsilon times the values, at most the domain, of the k dearest attributes", async () => {
  const spent = async (schema: typeof all | typeof example, mostValues: number, twice = false) => {
    const given = options({ mostValues });
    const build = () => createStatelessRandomizer(schema as typeof all, given);
    await build();
    if (twice) (await build()).randomize(record);
    const { memory, lifetimeBudget } = given;
    return createAccountant({ memory, lifetimeBudget }).spent("self");
  };
  // sex: 2 values at 2; stage: 5 at 1; bmi at 1; stay at 0.5.
  expect(await spent(all, 1)).toBe("4.5");
  expect(await spent(all, 3, true)).toBe("11.5"); // 2*2 + 3*1 + 3*1 + 3*0.5
  expect(await spent(all, 10)).toBe("24"); // 2*2 + 5*1 + 10*1 + 10*0.5
  expect(await spent(example as unknown as typeof all, 10)).toBe("15"); // the two largest of 4, 5, 10, 5
  const given = options({ lifetimeBudget: "10" });
  await expectRejection(
    () => createStatelessRandomizer(all, given),
    "EMRX_BUDGET_EXHAUSTED",
    "11.5 asked, 10 left",
  );
  expect(
    await createAccountant({ memory: given.memory, lifetimeBudget: given.lifetimeBudget }).spent(
      "self",
    ),
  ).toBe("0");
  const changed = options();
  await createStatelessRandomizer(all, changed);
  await createStatelessRandomizer(all, { ...changed, mostValues: 1 });
  await createStatelessRandomizer(all, { ...changed, preferences: { sex: "strict" } });
  expect(
    (
      await createAccountant({ memory: changed.memory, lifetimeBudget: "100" }).statement("self")
    ).map(({ amount }) => amount),
  ).toEqual(["11.5", "4.5", "8.5"]);
});

test("which attributes are disclosed depends on secret and subject, not on the record", async () => {
  const chosen = async (subject: string, given: object) =>
    parseReport(
      example,
      (await createStatelessRandomizer(example, { ...options(), subject } as never)).randomize(
        given as never,
      ),
    )
      .map(({ attribute }) => attribute)
      .join();
  const subsets = new Map<string, number>();
  for (let i = 0; i < 300; i++) {
    const subset = await chosen(`patient ${i}`, record);
    expect(await chosen(`patient ${i}`, { sex: "female", stage: null, bmi: 11, stay: null })).toBe(
      subset,
    );
    subsets.set(subset, (subsets.get(subset) ?? 0) + 1);
  }
  expect(subsets.size).toBe(6);
  for (const count of subsets.values())
    expect(Math.abs(count - 50)).toBeLessThan(5 * Math.sqrt(50 * (5 / 6)));
});

test("a secret that is too short, a count below one and wrong records are refused", async () => {
  await expectRejection(
    () => createStatelessRandomizer(all, options({ secret: new Uint8Array(31) })),
    "EMRX_BAD_PARAMETER",
    "secret",
  );
  await expectRejection(
    () => createStatelessRandomizer(all, options({ secret: "x".repeat(32) as never })),
    "EMRX_BAD_PARAMETER",
    "secret",
  );
  for (const mostValues of [0, 1.5, Number.NaN])
    await expectRejection(
      () => createStatelessRandomizer(all, options({ mostValues })),
      "EMRX_BAD_PARAMETER",
      "mostValues",
    );
  await expectRejection(
    async () =>
      (await createStatelessRandomizer(all, options())).randomize({ ...record, sex: "x" } as never),
    "EMRX_VALUE_OUTSIDE_DOMAIN",
    "sex",
  );
});

const secretOf = (i: number) => Uint8Array.from({ length: 32 }, (_, at) => i >>> (at % 2 ? 8 : 0));

test("another secret is another draw, so it is another debit: a thousand of them end with the budget", async () => {
  const memory = memoryStore();
  const build = (i: number) =>
    createStatelessRandomizer(
      all,
      options({ memory, mostValues: 1, lifetimeBudget: "9", secret: secretOf(i) }),
    );
  const accountant = createAccountant({ memory, lifetimeBudget: "9" });
  await build(1);
  await build(1); // the same secret again is the same answers, and free
  expect(await accountant.spent("self")).toBe("4.5");
  await build(2);
  expect(await accountant.spent("self")).toBe("9");
  for (let i = 3; i < 1000; i++)
    await expectRejection(() => build(i), "EMRX_BUDGET_EXHAUSTED", "0 left");
  await build(1);
  expect(await accountant.spent("self")).toBe("9");
  // What stands in the store tells nothing of the secret.
  const [account] = await memory.read(["account/self"]);
  expect(
    Buffer.from(account as Uint8Array).includes(Buffer.from(secretOf(1)).subarray(0, 16)),
  ).toBe(false);
});

test("whatever changes a draw changes what is compared: secret, subject's policy, schema, most values", async () => {
  const changes: Partial<StatelessOptions<typeof all.json>>[] = [
    {},
    { secret: new Uint8Array(33).fill(4) },
    { preferences: { sex: "withhold" } },
    { mostValues: 2 },
  ];
  const memory = memoryStore();
  const accountant = createAccountant({ memory, lifetimeBudget: "100" });
  for (const [i, change] of changes.entries()) {
    const given = options({ memory, mostValues: 1, lifetimeBudget: "100", ...change });
    for (let again = 0; again < 2; again++) await createStatelessRandomizer(all, given);
    expect((await accountant.statement("self")).length).toBe(i + 1);
  }
});

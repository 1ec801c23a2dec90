import { fc, property, rational } from "@emrx/testkit";
import { expect, test } from "vitest";
import {
  createRandomizer,
  defineSchema,
  type FrequencyOracle,
  LdpError,
  memoryStore,
  policyFor,
  type Schema,
  seededRandom,
} from "../../src/index.js";
import type { NumericMechanism } from "../../src/mechanisms.js";
import { parseReport } from "../../src/records.js";
import { mechanismOf } from "../../src/schema.js";
import { expectError } from "../expect-error.js";
import { example, exampleJson } from "../schema/example.js";

const record = { sex: "male", stage: "II", bmi: 24, stay: 5 } as const;

function reportOf(
  schema: Schema<typeof exampleJson>,
  seed: string,
  preferences = {},
): Promise<Uint8Array> {
  return createRandomizer(schema, {
    lifetimeBudget: "100",
    memory: memoryStore(),
    randomForTests: seededRandom(seed),
    preferences,
  }).randomize(record);
}

test("a report, byte by byte", async () => {
  const schema = defineSchema({ ...exampleJson, disclose: { sample: 1 } }) as unknown as Schema<
    typeof exampleJson
  >;
  const bytes = await reportOf(schema, "bytes", {
    sex: "withhold",
    bmi: "withhold",
    stay: "withhold",
  });
  const { decode } = mechanismOf(schema, 1, 1);
  expect(bytes.length).toBe(35 + 3 + 1);
  expect(bytes[0]).toBe(1);
  expect(Buffer.from(bytes.subarray(1, 33)).toString("hex")).toBe(schema.hash);
  expect([...bytes.subarray(33, 38)]).toEqual([1, 0, 1, 0, 1]); // one attribute: index 1, level 1
  expect(decode(bytes, 38)).toBe(bytes[38]);
  expect(parseReport(schema, bytes)).toEqual([{ attribute: 1, level: 1, offset: 38 }]);
});

property("a report parses to what its policy can disclose", [fc.string()], async (seed) => {
  const items = parseReport(
    example,
    await reportOf(example, seed, { stay: "withhold", sex: "strict" }),
  );
  expect(items).toHaveLength(2);
  for (const { attribute, level } of items) expect([2, 1, 1][attribute]).toBe(level);
});

property(
  "any altered, cut or lengthened report is an error, or the report of another randomization",
  [
    fc.string(),
    fc.nat(),
    fc.integer({ min: 1, max: 255 }),
    fc.constantFrom("alter", "cut", "extend"),
  ],
  async (seed, place, flip, what) => {
    let bytes = await reportOf(example, seed);
    const at = place % bytes.length;
    if (what === "alter") bytes[at] = (bytes[at] as number) ^ flip;
    else if (what === "cut") bytes = bytes.slice(0, at);
    else bytes = Uint8Array.from([...bytes, flip]);
    try {
      const items = parseReport(example, bytes);
      expect(what).toBe("alter");
      // Only a payload, a level or an index can have become another valid one.
      expect(at).toBeGreaterThan(34);
      expect(items).toHaveLength(2);
    } catch (error) {
      expect(error).toBeInstanceOf(LdpError);
      expect((error as LdpError).code).toBe(
        at >= 1 && at < 33 && what === "alter" ? "EMRX_MISMATCH" : "EMRX_MALFORMED_REPORT",
      );
    }
  },
  { numRuns: 200 },
);

property(
  "any bytes are a report or a listed error",
  [fc.uint8Array({ maxLength: 60 })],
  async (bytes) => {
    const withHeader = Uint8Array.from([
      ...(await reportOf(example, "head")).subarray(0, 33),
      ...bytes,
    ]);
    for (const given of [bytes, withHeader])
      try {
        parseReport(example, given);
      } catch (error) {
        expect(["EMRX_MISMATCH", "EMRX_MALFORMED_REPORT"]).toContain((error as LdpError).code);
      }
  },
);

test("what no policy can choose is refused: public attributes, looser levels, order, repetition, too many", async () => {
  const head = [...(await reportOf(example, "head")).subarray(0, 33)];
  const made = (...items: number[]) => Uint8Array.from([...head, ...items]);
  expect(parseReport(example, made(1, 0, 0, 0, 0, 1))).toHaveLength(1);
  const wrong: readonly [readonly number[], string][] = [
    [[0, 0], "0 disclosed"],
    [[1, 0, 4, 0, 0, 0], "no randomized attribute"],
    [[1, 0, 9, 0, 0, 0], "no randomized attribute"],
    [[1, 0, 1, 0, 0, 0], "stage: level index 0"],
    [[1, 0, 0, 0, 9, 0], "sex: level index 9"],
    [[2, 0, 1, 0, 1, 0, 0, 0, 0, 0], "must ascend"],
    [[2, 0, 0, 0, 0, 0, 0, 0, 0, 0], "must ascend"],
    [[3, 0], "3 disclosed"],
    [[1, 0, 0, 0, 0, 2], "from 0 to 1"],
    [[1, 0, 0, 0, 0], "cut off"],
    [[1, 0, 0, 0, 0, 0, 0], "1 bytes too many"],
  ];
  for (const [items, says] of wrong)
    expectError(() => parseReport(example, made(...items)), "EMRX_MALFORMED_REPORT", says);
});

/** The exact channel of an attribute at a level as a matrix of the oracle's rationals, and the row of each input. */
function matrixOf(schema: Schema, attribute: number, level: number) {
  const { inputs, outputs, probability } = (
    mechanismOf(schema, attribute, level) as FrequencyOracle | NumericMechanism
  ).channel();
  return Array.from({ length: inputs }, (_, input) =>
    Array.from({ length: outputs }, (_, output) => {
      const { numerator, denominator } = probability(output, input);
      return rational.q(numerator, denominator);
    }),
  );
}

test("law 1 for whole records: over all records and reports, the exact likelihood ratio stays within e^debit", () => {
  const levels = { a: "0.9", b: "0.6", c: "0.3" };
  const attributes = {
    x: { type: "categorical", values: ["0", "1", "2"], level: "a" },
    y: { type: "categorical", values: ["0"], missing: ["?"], level: "b" },
    z: { type: "numeric", range: [0, 1], missing: ["?"], level: "c" },
  } as const;
  for (const disclose of ["all", { sample: 1 }, { sample: 2 }] as const) {
    const schema = defineSchema({ id: "law 1", version: 1, levels, attributes, disclose });
    const { pool, disclosed, debit } = policyFor(schema);
    const matrices = pool.map((attribute) => matrixOf(schema, attribute, attribute));
    const subsets = [...Array(1 << pool.length).keys()]
      .map((bits) => pool.filter((attribute) => (bits >> attribute) & 1))
      .filter((subset) => subset.length === disclosed);
    const records = cross(matrices.map((rows) => [...rows.keys()]));
    let worst = rational.q(0);
    for (const subset of subsets)
      for (const outputs of cross(subset.map((a) => [...(matrices[a]?.[0] ?? []).keys()]))) {
        // The subset is seen, and is drawn with the same probability from every record: it cancels.
        const likelihoods = records.map((inputs) =>
          subset
            .map((a, i) => matrices[a]?.[inputs[a] as number]?.[outputs[i] as number] as rational.Q)
            .reduce(rational.mul, rational.q(1)),
        );
        for (const p of likelihoods)
          for (const q of likelihoods) {
            const ratio = rational.div(p, q);
            if (rational.less(worst, ratio)) worst = ratio;
          }
      }
    expect(rational.less(rational.expLower(rational.decimal(debit)), worst)).toBe(false);
    // And the debit is not padded: the loss comes within a millionth of it.
    expect(Math.log(rational.toNumber(worst))).toBeGreaterThan(Number(debit) * (1 - 1e-6));
  }
});

function cross<T>(lists: readonly (readonly T[])[]): T[][] {
  return lists.reduce<T[][]>(
    (all, list) => all.flatMap((head) => list.map((item) => [...head, item])),
    [[]],
  );
}

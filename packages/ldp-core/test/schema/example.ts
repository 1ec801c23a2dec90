import { defineSchema, type Schema } from "../../src/index.js";

export const exampleJson = {
  id: "example",
  version: 1,
  levels: { loose: "2", usual: "1", strict: "0.5" },
  attributes: {
    sex: { type: "categorical", values: ["female", "male"], level: "loose" },
    stage: {
      type: "ordinal",
      values: ["I", "II", "III", "IV"],
      level: "usual",
      missing: ["?", ""],
    },
    bmi: { type: "numeric", range: [10, 70], level: "usual", column: "BMI" },
    stay: { type: "numeric", range: [1, 14], level: "strict", missing: ["?"] },
    clinic: { type: "public", values: ["north", "south"] },
  },
  disclose: { sample: 2 },
} as const;

/** Where it cannot be built, the tests that use it fail one by one; a file that does not load would be no failed test. */
export const example: Schema<typeof exampleJson> = (() => {
  try {
    return defineSchema(exampleJson);
  } catch {
    return undefined as never;
  }
})();

// A small schema with every kind of attribute, and a check for error codes, used by several tests.
import { expect } from "vitest";
import { defineSchema, LdpError, type LdpErrorCode, type Schema } from "../../src/index.js";

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

/** Expects an `LdpError` with the code, and its message to say each of the texts. */
export function expectError(work: () => unknown, code: LdpErrorCode, ...says: string[]): void {
  let thrown: unknown;
  try {
    work();
  } catch (error) {
    thrown = error;
  }
  expectLdpError(thrown, code, says);
}

/** As `expectError`, for what is rejected. */
export async function expectRejection(
  work: () => Promise<unknown>,
  code: LdpErrorCode,
  ...says: string[]
): Promise<void> {
  const rejected = await work().then(
    () => undefined,
    (error: unknown) => error,
  );
  expectLdpError(rejected, code, says);
}

function expectLdpError(error: unknown, code: LdpErrorCode, says: readonly string[]): void {
  expect(error).toBeInstanceOf(LdpError);
  expect((error as LdpError).code).toBe(code);
  for (const text of says) expect((error as LdpError).message).toContain(text);
}

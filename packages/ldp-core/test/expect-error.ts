// What a refusal must look like.
import { expect } from "vitest";
import { LdpError, type LdpErrorCode } from "../src/errors.js";

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

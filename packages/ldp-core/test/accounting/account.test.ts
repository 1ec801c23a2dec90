import { fc, property } from "@emrx/testkit";
import { expect, test } from "vitest";
import {
  type AccountLine,
  accountLines,
  appendLines,
  checkLine,
} from "../../src/accounting/account.js";
import { parseBudget } from "../../src/accounting.js";
import type { LdpError } from "../../src/index.js";
import { expectError } from "../expect-error.js";

const line: fc.Arbitrary<AccountLine> = fc.record({
  amount: fc
    .integer({ min: 1, max: 99_999 })
    .map((n) => parseBudget(`${Math.floor(n / 100)}.${n % 100 < 10 ? "0" : ""}${n % 100}`)),
  note: fc.string({ maxLength: 60, unit: "grapheme-ascii" }),
  fingerprint: fc.uint8Array({ maxLength: 20 }),
  answer: fc.uint8Array({ maxLength: 300 }),
});

property("an account's lines read back as they were appended", [fc.array(line)], (lines) => {
  let bytes: Uint8Array | undefined;
  for (const one of lines) bytes = appendLines(bytes, [one]);
  expect(accountLines(bytes)).toEqual(lines);
  if (bytes !== undefined) expect(appendLines(undefined, lines)).toEqual(bytes);
});

property(
  "an account cut off or with a byte changed reads back to its own bytes, or is an error",
  [
    fc.array(line, { minLength: 1, maxLength: 3 }),
    fc.nat(),
    fc.integer({ min: 1, max: 255 }),
    fc.boolean(),
  ],
  (lines, place, flip, cut) => {
    let bytes = appendLines(undefined, lines);
    const at = place % bytes.length;
    if (cut) bytes = bytes.slice(0, at);
    else bytes[at] = (bytes[at] as number) ^ flip;
    try {
      let again: Uint8Array | undefined;
      for (const one of accountLines(bytes)) again = appendLines(again, [one]);
      // A cut between two lines is a shorter account: the store's checksum is what notices that.
      expect(again ?? Uint8Array.of(1)).toEqual(bytes);
    } catch (error) {
      expect((error as LdpError).code).toBe("EMRX_STORE_DAMAGED");
    }
  },
);

test("notes come back to the letter, a byte order mark at the beginning included", () => {
  const one = {
    amount: "1",
    note: "\ufeffnote",
    fingerprint: new Uint8Array(0),
    answer: new Uint8Array(0),
  };
  expect(accountLines(appendLines(undefined, [one]))[0]?.note).toBe("\ufeffnote");
});

test("a note that does not fit its length byte is refused", () => {
  const fingerprint = new Uint8Array(0);
  expectError(() => checkLine({ note: "é".repeat(128), fingerprint }), "EMRX_BAD_PARAMETER", "256");
  expect(() => checkLine({ note: `${"é".repeat(127)}e`, fingerprint })).not.toThrow();
  expectError(
    () => checkLine({ note: "", fingerprint: new Uint8Array(256) }),
    "EMRX_BAD_PARAMETER",
  );
  expect(() => checkLine({ note: "", fingerprint: new Uint8Array(255) })).not.toThrow();
});

test("amounts that are not in canonical form, versions and texts that this package does not write are damage", () => {
  const made = (amount: string, note: readonly number[] = [], version = 1) =>
    Uint8Array.from([
      version,
      amount.length,
      ...Buffer.from(amount),
      note.length,
      ...note,
      0,
      0,
      0,
      0,
      0,
    ]);
  expect(accountLines(made("1.5"))).toHaveLength(1);
  for (const amount of ["01", "1.0", "1.50", "0", "-1", "1e1", "99999", "x", ""])
    expectError(() => accountLines(made(amount)), "EMRX_STORE_DAMAGED", JSON.stringify(amount));
  expectError(() => accountLines(made("1", [0xff])), "EMRX_STORE_DAMAGED", "UTF-8");
  expectError(() => accountLines(made("1", [], 2)), "EMRX_STORE_DAMAGED", "version 2");
  expectError(() => accountLines(new Uint8Array(0)), "EMRX_STORE_DAMAGED", "version");
});

import { createIdentity, LedgerError } from "@emrx/chain-adapter";
import { derivePseudonym, evmAddress, pseudonymOfKey } from "@emrx/chain-adapter/identity";
import { fc, property } from "@emrx/testkit";
import { expect, test } from "vitest";
import { labelBytes, lengthPrefixed, requireNumber, uint64 } from "../../src/identity/encoding.js";

const secret = new Uint8Array(32).fill(1);
const scope = { domain: "l/s", round: 1, role: "r" };
const message = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    return (error as LedgerError).message;
  }
  return "nothing was thrown";
};

test("uint64 is eight bytes, the greatest first", () => {
  expect([...uint64(0)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  expect([...uint64(258)]).toEqual([0, 0, 0, 0, 0, 0, 1, 2]);
  expect([...uint64(2 ** 53 - 1)]).toEqual([0, 31, 255, 255, 255, 255, 255, 255]);
});

property(
  "parts with their lengths can be told apart again",
  [fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 5 })],
  (parts) => {
    const bytes = lengthPrefixed(...parts);
    const found: number[][] = [];
    for (let at = 0; at < bytes.length; ) {
      const [a = 0, b = 0, c = 0, d = 0] = bytes.subarray(at, at + 4);
      const length = ((a * 256 + b) * 256 + c) * 256 + d;
      found.push([...bytes.subarray(at + 4, at + 4 + length)]);
      at += 4 + length;
    }
    expect(found).toEqual(parts.map((part) => [...part]));
  },
);

test.each([
  ["a", true],
  ["x".repeat(255), true],
  ["x".repeat(256), false],
  ["", false],
  ["é".repeat(127), true], // two bytes each
  ["é".repeat(128), false],
  ["e\u0301", false], // not in normal form C
  ["\ud800", false],
  ["\udc00\ud800", false],
  ["\u{1f600}", true], // a pair of surrogates is a letter
  [undefined, false],
  [7, false],
])("label %j is taken: %s", (label, right) => {
  if (right) expect(new TextDecoder().decode(labelBytes("x", label as string))).toBe(label);
  else expect(() => labelBytes("x", label as never)).toThrow(LedgerError);
});

test.each([
  [0, 5, true],
  [5, 5, true],
  [6, 5, false],
  [-1, 5, false],
  [0.5, 5, false],
  [Number.MAX_SAFE_INTEGER, undefined, true],
  [2 ** 53, undefined, false],
  ["1", undefined, false],
])("number %j up to %j is taken: %s", (value, most, right) => {
  const check = (): void => requireNumber("x", value as number, most);
  if (right) check();
  else expect(check).toThrow(expect.objectContaining({ code: "EMRX_INVALID_LABEL" }));
});

test("messages say what was expected and what was given", () => {
  expect(message(() => derivePseudonym(secret.subarray(1), scope, 0))).toBe(
    "rootSecret is a Uint8Array; expected a Uint8Array of 32 bytes or more",
  );
  expect(message(() => evmAddress(new Uint8Array(3)))).toBe(
    "publicKey is a Uint8Array; expected a Uint8Array of 33 to 65 bytes",
  );
  expect(message(() => pseudonymOfKey("ab" as never))).toBe(
    "key is a string (not shown); expected a Uint8Array of 32 bytes. It is hexadecimal text: convert it to bytes.",
  );
  expect(message(() => derivePseudonym(secret, { ...scope, role: "" }, 0))).toBe(
    'scope.role is "" (a string); expected a text of 1 to 255 bytes of UTF-8',
  );
  expect(message(() => derivePseudonym(secret, scope, -1))).toBe(
    "index is -1 (a number); expected a whole number of at least 0",
  );
});

test("a key of its own is made when none is given", async () => {
  const [a, b] = [await createIdentity(), await createIdentity()];
  expect(a.publicKey).not.toEqual(b.publicKey);
});

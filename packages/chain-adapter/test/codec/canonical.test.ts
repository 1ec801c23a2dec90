import { fc, property } from "@emrx/testkit";
import { describe, expect, test } from "vitest";
import { canonicalText } from "../../src/codec/canonical.js";
import { decodeCanonical, encodeCanonical } from "../../src/codec.js";
import { LedgerError } from "../../src/errors.js";

const text = fc.string({ unit: "grapheme" }).map((s) => s.normalize("NFC"));

const json = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger().map((n) => n + 0),
    text,
    fc.array(tie("value"), { maxLength: 5 }),
    fc.dictionary(text, tie("value"), { maxKeys: 5, noNullPrototype: true }),
  ),
})).value;

property("reading what was written gives the value back", [json], (value) => {
  expect(decodeCanonical(encodeCanonical(value))).toEqual(value);
});

property("two values are equal exactly if their bytes are", [json, json], (a, b) => {
  const same = (() => {
    try {
      expect(a).toEqual(b);
      return true;
    } catch {
      return false;
    }
  })();
  expect(canonicalText(a) === canonicalText(b)).toBe(same);
});

property(
  "any bytes give a value whose bytes they are, or EMRX_NOT_CANONICAL",
  [
    fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.json().map((s) => new TextEncoder().encode(s)),
    ),
  ],
  (bytes) => {
    try {
      expect(encodeCanonical(decodeCanonical(bytes))).toEqual(Uint8Array.from(bytes));
    } catch (error) {
      expect(error).toBeInstanceOf(LedgerError);
      expect((error as LedgerError).code).toBe("EMRX_NOT_CANONICAL");
    }
  },
);

describe("bytes that mean something but are not the canonical way to say it are refused", () => {
  test.each([
    ["white space", '{"a": 1}'],
    ["keys not sorted", '{"b":1,"a":1}'],
    [
      "keys sorted by code point and not by code unit",
      '{"\u{10000}":1,"\uFFFD":1}'.replace(/^{(.*),(.*)}$/, "{$2,$1}"),
    ],
    ["a key twice", '{"a":1,"a":1}'],
    ["a fraction", "1.0"],
    ["an exponent", "1e2"],
    ["minus zero", "-0"],
    ["more than 2^53 - 1", "9007199254740992"],
    ["an escape that is not needed", '"\\u0041"'],
    ["an escaped slash", '"\\/"'],
    ["text in normal form D", `"${"é".normalize("NFD")}"`],
    ["an escaped lone surrogate", '"\\ud800"'],
    ["a byte order mark", "\uFEFF1"],
    ["nothing", ""],
    ["two values", "1 2"],
    ["deep nesting", "[".repeat(40) + "]".repeat(40)],
    ["very deep nesting", "[".repeat(200_000) + "]".repeat(200_000)],
  ])("%s", (_, source) => {
    expect(() => decodeCanonical(new TextEncoder().encode(source))).toThrow(
      expect.objectContaining({ code: "EMRX_NOT_CANONICAL" }),
    );
  });

  test("bytes that are not UTF-8", () => {
    expect(() => decodeCanonical(Uint8Array.of(0x22, 0xc3, 0x28, 0x22))).toThrow(
      expect.objectContaining({ code: "EMRX_NOT_CANONICAL" }),
    );
  });
});

describe("values without canonical encoding are refused, naming the place", () => {
  test.each([
    ["a.b[1]", { a: { b: [1, 0.5] } }],
    ["a", { a: Number.NaN }],
    ["a", { a: 10n }],
    ["a", { a: new Date(0) }],
    ["a", { a: "\ud800" }],
    ["a", { a: "e\u0301" }],
    ["value", () => 1],
    ["[0]", [undefined]],
  ])("%s", (place, value) => {
    expect(() => encodeCanonical(value)).toThrow(
      expect.objectContaining({
        code: "EMRX_NOT_CANONICAL",
        message: expect.stringContaining(`${place}:`),
      }),
    );
  });
});

test("keys stand in the order of UTF-16 code units, as in RFC 8785 section 3.2.3", () => {
  // The RFC's example without its U+FB33, which is not in normal form C.
  const value = {
    "\u20ac": "Euro Sign",
    "\r": "Carriage Return",
    "1": "One",
    "\u{1f600}": "Emoji: Grinning Face",
    "\u0080": "Control",
    "\u00f6": "Latin Small Letter O With Diaeresis",
  };
  expect(canonicalText(value)).toBe(
    '{"\\r":"Carriage Return","1":"One","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis","\u20ac":"Euro Sign","\u{1f600}":"Emoji: Grinning Face"}',
  );
});

import { fc, property } from "@emrx/testkit";
import { expect, test } from "vitest";
import { canonicalJson, type JsonValue } from "../../src/schema/canonical.js";

test("canonical JSON: numbers, strings and literals as in RFC 8785, section 3.2.2", () => {
  const value = JSON.parse(`{
    "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
    "string": "\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\"\\/",
    "literals": [null, true, false]
  }`) as JsonValue;
  expect(canonicalJson(value)).toBe(
    `{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA'B\\"\\\\\\\\\\"/"}`,
  );
});

test("canonical JSON: keys sorted by UTF-16 code units, as in RFC 8785, section 3.2.3", () => {
  const value = {
    "\u20ac": "Euro Sign",
    "\r": "Carriage Return",
    "\ufb33": "Hebrew Letter Dalet With Dagesh",
    "1": "One",
    "\ud83d\ude00": "Emoji: Grinning Face",
    "\u0080": "Control",
    "\u00f6": "Latin Small Letter O With Diaeresis",
  };
  expect(Object.values(JSON.parse(canonicalJson(value)) as object)).toEqual([
    "One", // an integer-like key comes first in any JavaScript object
    "Carriage Return",
    "Control",
    "Latin Small Letter O With Diaeresis",
    "Euro Sign",
    "Emoji: Grinning Face",
    "Hebrew Letter Dalet With Dagesh",
  ]);
  expect(canonicalJson({ b: 1, a: 2, "\r": 3 })).toBe('{"\\r":3,"a":2,"b":1}');
});

property(
  "canonical JSON: it parses back to the value, and a second pass changes nothing",
  [fc.jsonValue()],
  (value) => {
    const text = canonicalJson(value as JsonValue);
    const back = JSON.parse(text) as JsonValue;
    expect(JSON.stringify(back)).toBe(JSON.stringify(JSON.parse(canonicalJson(back))));
    expect(canonicalJson(back)).toBe(text);
  },
);

// What the errors of a schema say: the place by its JSON path, what was expected, what was given.
import { expect, test } from "vitest";
import {
  distinctTextsAt,
  invalid,
  member,
  namesAt,
  objectAt,
  oneOf,
  show,
  textAt,
} from "../../src/schema/check.js";
import { expectError } from "../expect-error.js";

const refuses = (work: () => unknown, message: string): void => {
  expectError(work, "EMRX_BAD_SCHEMA");
  expect(work).toThrow(new RegExp(`^${message.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`));
};

test("an error names the place, or the schema itself where the place is the whole of it", () => {
  expect(invalid("levels.a", "a number", "x").message).toBe(
    'schema: levels.a: expected a number, got "x"',
  );
  expect(invalid("", "an object", 7).message).toBe("schema: expected an object, got 7");
});

test("any value has a short text", () => {
  const circle: { self?: unknown } = {};
  circle.self = circle;
  expect(
    [undefined, () => 1, Symbol("s"), 7n, Number.NaN, -0, "a", null, [1], circle].map(show),
  ).toEqual([
    "nothing",
    "a function",
    "a symbol",
    "7n",
    "NaN",
    "0",
    '"a"',
    "null",
    "[1]",
    "an object",
  ]);
  expect(show({ toJSON: () => undefined })).toBe("object");
  expect(show("x".repeat(58))).toBe(`"${"x".repeat(58)}"`); // 60 characters
  expect(show("x".repeat(59))).toBe(`"${"x".repeat(56)}...`); // 60 again
});

test("a member's path is dotted where its name is an identifier, else in brackets and quotes", () => {
  expect(member("", "id")).toBe("id");
  expect(member("levels", "L-1_b")).toBe("levels.L-1_b");
  expect(member("levels", "_a")).toBe("levels._a");
  expect(member("levels", "1a")).toBe('levels["1a"]');
  expect(member("", "a b")).toBe('["a b"]');
  expect(member("a", "é")).toBe('a["é"]');
  expect(member("a", "b!")).toBe('a["b!"]');
  expect(member("a", "")).toBe('a[""]');
});

test("an object is an object, and has no settings but those it may have", () => {
  for (const wrong of [null, [], "x", 1, undefined])
    refuses(() => objectAt("here", wrong), `schema: here: expected an object, got ${show(wrong)}`);
  expect(objectAt("here", { anything: 1 })).toEqual({ anything: 1 });
  expect(objectAt("here", { a: 1 }, ["a", "b"])).toEqual({ a: 1 });
  refuses(
    () => objectAt("here", { a: 1, c: 2 }, ["a", "b"]),
    "schema: here.c: no such setting; expected one of a, b",
  );
});

test("a text has 1 to so many characters, and no half of a surrogate pair", () => {
  expect(textAt("id", "x".repeat(200))).toHaveLength(200);
  expect(textAt("id", "😀")).toBe("😀");
  expect(textAt("id", "xyz", 3)).toBe("xyz");
  for (const [value, longest] of [
    ["", 200],
    ["x".repeat(201), 200],
    ["xyzu", 3],
    [7, 200],
    [undefined, 200],
    ["a\udc00", 200],
  ] as const)
    refuses(
      () => textAt("id", value, longest),
      `schema: id: expected a text of 1 to ${longest} characters, got ${show(value)}`,
    );
});

test("one of some words, or nothing", () => {
  expect(oneOf("p", ["a", "b"], undefined)).toBeUndefined();
  expect(oneOf("p", ["a", "b"], "b")).toBe("b");
  refuses(() => oneOf("p", ["a", "b"], "c"), 'schema: p: expected one of a, b, got "c"');
  refuses(() => oneOf("p", ["a", "b"], null), "schema: p: expected one of a, b, got null");
});

test("a list of distinct texts, copied; the empty text may be one of them", () => {
  const given = ["", "b"];
  const list = distinctTextsAt("v", given, 2);
  expect(list).toEqual(["", "b"]);
  expect(list).not.toBe(given);
  expect(distinctTextsAt("v", [], 0)).toEqual([]);
  refuses(() => distinctTextsAt("v", "ab", 1), 'schema: v: expected a list of texts, got "ab"');
  refuses(() => distinctTextsAt("v", [], 1), "schema: v: expected at least 1 entry, got []");
  refuses(
    () => distinctTextsAt("v", ["a"], 2),
    'schema: v: expected at least 2 entries, got ["a"]',
  );
  refuses(
    () => distinctTextsAt("v", ["a", 1], 2),
    "schema: v[1]: expected a text (quote numbers), got 1",
  );
  refuses(
    () => distinctTextsAt("v", ["a", "b", "a"], 2),
    'schema: v[2]: expected a text other than v[0], got "a"',
  );
  refuses(
    () => distinctTextsAt("v", ["a", "\ud800"], 2),
    'schema: v[1]: expected a text (quote numbers), got "\\ud800"',
  );
});

test("names: at least one, not too many, in the order of the file", () => {
  expect(namesAt("levels", { b: 1, a: 2 }, 2)).toEqual(["b", "a"]);
  refuses(() => namesAt("levels", {}, 2), "schema: levels: expected at least one member, got {}");
  refuses(
    () => namesAt("levels", { a: 1, b: 1, c: 1 }, 2),
    "schema: levels: expected at most 2 members, got 3",
  );
  for (const name of ["0", "7", "10", "123"])
    refuses(
      () => namesAt("levels", { [name]: 1 }, 2),
      `schema: levels["${name}"]: expected a name that is neither a whole number nor __proto__, got "${name}"`,
    );
  refuses(
    () => namesAt("levels", JSON.parse('{"__proto__": 1}'), 2),
    'schema: levels.__proto__: expected a name that is neither a whole number nor __proto__, got "__proto__"',
  );
  for (const name of ["01", "-1", "1.5", "1e3", "a1", "1a"])
    expect(namesAt("levels", { [name]: 1 }, 2)).toEqual([name]);
  refuses(
    () => namesAt("levels", { ["x".repeat(201)]: 1 }, 2),
    `schema: name of levels.${"x".repeat(201)}: expected a text of 1 to 200 characters, got "${"x".repeat(56)}...`,
  );
});

import { property } from "@emrx/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as shapes from "../src/shape.js";

const {
  arrayOf,
  asyncIterable,
  bigint,
  boolean,
  bytes,
  checker,
  coded,
  decimal,
  fn,
  guard,
  integer,
  iterable,
  literal,
  methods,
  number,
  object,
  oneOf,
  optional,
  recordOf,
  satisfying,
  secret,
  signal,
  text,
  tuple,
  typedArray,
  union,
  variant,
} = shapes;
type Code = "EMRX_A" | "EMRX_B";

class Refused extends Error {
  readonly code: Code;
  constructor(code: Code, message: string, context: { readonly cause?: unknown }) {
    super(message, context);
    this.code = code;
  }
}
const check = checker<Code>(
  (code, message, context) => new Refused(code, message, context),
  "EMRX_A",
);
const messageOf = (shape: shapes.Shape<unknown>, value: unknown, name = "options"): string => {
  try {
    check(shape, value, name);
  } catch (error) {
    if (error instanceof Refused) return error.message;
    throw error;
  }
  return "taken";
};

const options = object({
  categories: coded<Code, number>("EMRX_B", integer(2, 65536)),
  epsilon: decimal({ above: "0", to: "32" }),
  label: optional(text({ most: 20, normal: true })),
  range: optional(tuple(number(), number())),
});

test("what fits is returned, as a copy with the members that were given", () => {
  const given = { categories: 3, epsilon: 0.1, label: undefined };
  const found = check(options, given, "options");
  expect(found).toStrictEqual({ categories: 3, epsilon: "0.1" });
  expect(check(options, Object.assign(Object.create(null), given), "options")).toStrictEqual(found);
});

describe("a refusal names the place, what was given with its kind, and what was expected", () => {
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  test.each<[string, shapes.Shape<unknown>, unknown, string]>([
    [
      "text for a number",
      options,
      { categories: "3", epsilon: 1 },
      'options.categories is "3" (a string); expected a whole number from 2 to 65536. Convert it by Number(...).',
    ],
    [
      "NaN",
      options,
      { categories: Number.NaN, epsilon: 1 },
      "options.categories is NaN (a number); expected a whole number from 2 to 65536",
    ],
    [
      "a bigint",
      options,
      { categories: 3n, epsilon: 1 },
      "options.categories is a bigint; expected a whole number from 2 to 65536. Convert it by Number(...).",
    ],
    [
      "missing",
      options,
      { categories: 3 },
      'options.epsilon is missing; expected a decimal above 0 and at most 32 such as "0.5", with at most 100 digits after the point',
    ],
    [
      "mistyped",
      options,
      { categorys: 3, epsilon: 1 },
      'options has an unknown member "categorys"; expected only categories, epsilon, label, range',
    ],
    [
      "unknown",
      options,
      { categories: 3, epsilon: 1, zebra: 1 },
      'options has an unknown member "zebra"; expected only categories, epsilon, label, range',
    ],
    [
      "inherited only",
      options,
      Object.create({ categories: 3, epsilon: 1 }),
      "options.categories is missing; expected a whole number from 2 to 65536",
    ],
    [
      "a key of JSON that would pollute",
      options,
      JSON.parse('{"__proto__":{"categories":3},"epsilon":1}'),
      'options has an unknown member "__proto__"; expected only categories, epsilon, label, range',
    ],
    [
      "no options",
      options,
      undefined,
      "options is undefined; expected an object with categories, epsilon, label, range",
    ],
    [
      "a map",
      options,
      new Map(),
      "options is a Map; expected an object with categories, epsilon, label, range",
    ],
    [
      "a promise",
      options,
      Promise.resolve({}),
      "options is a promise; expected an object with categories, epsilon, label, range",
    ],
    [
      "JSON text",
      options,
      '{"categories":3}',
      'options is "{\\"categories\\":3}" (a string); expected an object with categories, epsilon, label, range. It is JSON text: use JSON.parse(...).',
    ],
    [
      "decimal comma",
      options,
      { categories: 3, epsilon: "0,5" },
      'options.epsilon is "0,5" (a string); expected a decimal above 0 and at most 32 such as "0.5", with at most 100 digits after the point. Write a point for a comma, and no spaces.',
    ],
    [
      "letters and accents apart",
      options,
      { categories: 3, epsilon: 1, label: "e\u0301" },
      `options.label is "e\u0301" (a string); expected a text of 0 to 20 characters in Unicode's normal form C. Letters and accents are apart in it: convert it by .normalize("NFC").`,
    ],
    [
      "a lone surrogate",
      text(),
      "\ud800",
      'options is "\\ud800" (a string); expected a text of well-formed Unicode. It has a lone surrogate.',
    ],
    [
      "within a list",
      options,
      { categories: 3, epsilon: 1, range: [1, "2"] },
      'options.range[1] is "2" (a string); expected a finite number. Convert it by Number(...).',
    ],
    [
      "a hole",
      arrayOf(integer(0)),
      new Array(2),
      "options has a hole at index 0; expected an array without holes. Fill it, for example by Array.from(...).",
    ],
    [
      "a generator",
      arrayOf(integer(0)),
      (function* () {})(),
      "options is an iterator; expected an array of 0 or more items. Make an array of it: Array.from(...).",
    ],
    [
      "a set",
      arrayOf(integer(0)),
      new Set([1]),
      "options is a Set; expected an array of 0 or more items. Make an array of it: Array.from(...).",
    ],
    [
      "a promise of a list",
      arrayOf(integer(0)),
      Promise.resolve([]),
      "options is a promise; expected an array of 0 or more items. Await it.",
    ],
    [
      "too few",
      arrayOf(integer(0), { least: 2, most: 3 }),
      [1],
      "options is an array of 1 items; expected an array of 2 to 3 items",
    ],
    [
      "a word",
      oneOf(["little", "big"]),
      "Litle",
      'options is "Litle" (a string); expected one of "little", "big". Did you mean "little"?',
    ],
    [
      "text for a flag",
      boolean(),
      "true",
      'options is "true" (a string); expected true or false. Write it without quotes.',
    ],
    [
      "number for a text",
      text(),
      5,
      "options is 5 (a number); expected a text. Write it as text, in quotes.",
    ],
    [
      "number for a bigint",
      bigint({ from: 0n }),
      5,
      "options is 5 (a number); expected a bigint at least 0. Write 5n.",
    ],
    [
      "bytes",
      bytes(32),
      new Uint8Array(3),
      "options is a Uint8Array of 3 entries; expected a Uint8Array of 32 bytes",
    ],
    [
      "hexadecimal",
      bytes(1),
      "ff",
      'options is "ff" (a string); expected a Uint8Array of 1 bytes. It is hexadecimal text: convert it to bytes.',
    ],
    [
      "an array for a typed one",
      typedArray("Uint32Array"),
      [1],
      "options is an array of 1 items; expected a Uint32Array. Convert it by Uint32Array.from(...), if its numbers fit.",
    ],
    [
      "the wrong typed array",
      typedArray("Uint32Array", 2),
      new Float64Array(2),
      "options is a Float64Array of 2 entries; expected a Uint32Array of 2 entries",
    ],
    [
      "a store without a method",
      methods<{ get(): void; set(): void }>("a store", "get", "set"),
      { get: () => {} },
      "options is an object; expected a store with the methods get, set. It lacks set.",
    ],
    [
      "a controller for its signal",
      signal(),
      new AbortController(),
      "options is an AbortController; expected an AbortSignal. It is the controller: give its .signal.",
    ],
    [
      "a symbol",
      integer(0),
      Symbol("s"),
      "options is a symbol; expected a whole number of at least 0",
    ],
    [
      "a revoked proxy",
      integer(0),
      revoked.proxy,
      "options is an object that cannot be read; expected a whole number of at least 0",
    ],
    [
      "a revoked proxy for an object",
      options,
      revoked.proxy,
      "options cannot be read: reading it throws an error",
    ],
    [
      "a huge text",
      integer(0),
      "x".repeat(1e6),
      `options is "${"x".repeat(60)}…" (a string of 1000000 characters); expected a whole number of at least 0`,
    ],
    [
      "a huge bigint",
      integer(0),
      1n << 1_000_000n,
      "options is a bigint; expected a whole number of at least 0. Convert it by Number(...).",
    ],
    [
      "a variant",
      variant("type", {
        set: object({ type: literal("set") }),
        numeric: object({ type: literal("numeric") }),
      }),
      { type: "sett" },
      'options.type is "sett" (a string); expected one of "set", "numeric". Did you mean "set"?',
    ],
    [
      "a record",
      recordOf(integer(0)),
      { "a b": -1 },
      'options["a b"] is -1 (a number); expected a whole number of at least 0',
    ],
    [
      "a condition",
      satisfying(integer(0), (n) => n % 2 === 0, "an even number"),
      3,
      "options is 3 (a number); expected an even number",
    ],
    ["no function", fn(), {}, "options is an object; expected a function"],
    [
      "no iterable",
      iterable(),
      3,
      "options is 3 (a number); expected an iterable, such as an array",
    ],
    [
      "a text as an iterable",
      asyncIterable(),
      "ab",
      'options is "ab" (a string); expected an iterable or an async iterable. Put it into an array: [...].',
    ],
    [
      "a union",
      union<unknown>("a number or a text", integer(0), text()),
      null,
      "options is null; expected a number or a text",
    ],
    [
      "a guard",
      guard((value): value is number => value === 3, "a three"),
      4,
      "options is 4 (a number); expected a three",
    ],
  ])("%s", (_, shape, value, message) => {
    expect(messageOf(shape, value)).toBe(message);
  });
});

test("a refusal carries the innermost code", () => {
  const code = (value: unknown): unknown => {
    try {
      check(options, value, "options");
    } catch (error) {
      return (error as Refused).code;
    }
    return undefined;
  };
  expect(code({ categories: 1, epsilon: 1 })).toBe("EMRX_B");
  expect(code({ categories: 3, epsilon: -1 })).toBe("EMRX_A");
});

test("an error of a getter is the cause of the refusal, and the place is that of the object", () => {
  const cause = new Error("no");
  const given = {
    epsilon: 1,
    get categories() {
      throw cause;
    },
  };
  expect(() => check(options, given, "options")).toThrow(
    expect.objectContaining({ cause, code: "EMRX_A" }),
  );
});

test("every own member is read once", () => {
  const reads: string[] = [];
  const given = new Proxy(
    { type: "set", categories: 3 },
    {
      get: (target, key) => {
        reads.push(String(key));
        return Reflect.get(target, key);
      },
    },
  );
  check(object({ type: literal("set"), categories: integer(0) }), given, "options");
  expect(reads.filter((key) => key !== "Symbol(Symbol.toStringTag)").sort()).toEqual([
    "categories",
    "type",
  ]);
  reads.length = 0;
  check(
    variant("type", { set: object({ type: literal("set"), categories: integer(0) }) }),
    given,
    "options",
  );
  expect(reads.filter((key) => key !== "Symbol(Symbol.toStringTag)").sort()).toEqual([
    "categories",
    "type",
  ]);
});

test("a record with any keys keeps them as own members of an object without prototype", () => {
  const found = check(
    recordOf(integer(0)),
    JSON.parse('{"__proto__":1,"constructor":2}'),
    "record",
  );
  expect(Object.keys(found)).toEqual(["__proto__", "constructor"]);
  expect("toString" in found).toBe(false);
});

property(
  "a message of a secret never shows what was given, only its kind",
  [fc.anything()],
  (value) => {
    const shape = secret(guard((_: unknown): _ is never => false, "another kind"));
    expect(messageOf(shape, value, "record")).toMatch(
      /^record is (?:an? [\w ]+(?: \(not shown\))?|null|undefined); expected another kind$/,
    );
  },
);

property(
  "a decimal is exact and canonical",
  [fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.nat(20)],
  (digits, places) => {
    const sign = digits < 0n ? "-" : "";
    const padded = String(digits < 0n ? -digits : digits).padStart(places + 1, "0");
    const written =
      places === 0 ? sign + padded : `${sign}${padded.slice(0, -places)}.${padded.slice(-places)}`;
    const found = check(decimal(), written, "budget");
    const [whole = "", fraction = ""] = found.replace("-", "").split(".");
    expect(BigInt(whole + fraction.padEnd(20, "0"))).toBe(
      (digits < 0n ? -digits : digits) * 10n ** BigInt(20 - places),
    );
    expect(found).toMatch(/^(?:0|-?(?:0|[1-9]\d*)(?:\.\d*[1-9])?)$/);
    expect(check(decimal({ from: found, to: found }), written, "budget")).toBe(found);
    expect(messageOf(decimal({ above: found }), written)).not.toBe("taken");
  },
);

property(
  "a number is the decimal that it is written as",
  [fc.double({ noNaN: true, min: -1e50, max: 1e50 })],
  (value) => {
    if (Math.abs(value) < 1e-60) return;
    expect(Number(check(decimal(), value, "budget"))).toBe(value + 0);
  },
);

/** Values of every kind, and objects that do what they should not. */
const junk = fc.oneof(
  fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
    withObjectString: true,
  }),
  fc.constantFrom<unknown>(
    Symbol("s"),
    () => 1,
    Promise.resolve(1),
    [1].values(),
    -0,
    Number.NaN,
    2 ** 53,
    "\ud800",
    new Array(1e6),
    10n ** 400n,
    new Proxy(
      {},
      {
        get() {
          throw new Error("get");
        },
        ownKeys() {
          throw new Error("keys");
        },
      },
    ),
    {
      get categories() {
        throw undefined;
      },
    },
    Object.create(null),
    new (class {
      categories = 3;
      epsilon = "1";
    })(),
    Object.defineProperty({}, Symbol.toStringTag, {
      get() {
        throw new Error("tag");
      },
    }),
  ),
);

const everyShape: readonly shapes.Shape<unknown>[] = [
  options,
  integer(0, 9),
  number({ above: 0 }),
  bigint(),
  decimal({ places: 3 }),
  text({ normal: true, form: /^a/ }),
  boolean(),
  literal(3),
  oneOf(["a", 1]),
  fn(),
  bytes(2, 4),
  typedArray("Uint8Array"),
  arrayOf(integer(0)),
  tuple(boolean()),
  iterable(),
  asyncIterable(),
  recordOf(options),
  variant("type", { a: options }),
  methods<{ get(): void }>("a store", "get"),
  signal(),
  union<unknown>("either", options, integer(0)),
  secret(options),
];

property(
  "every shape takes any value or refuses it with the package's error",
  [fc.constantFrom(...everyShape), junk],
  (shape, value) => {
    const message = messageOf(shape, value);
    expect(message.length).toBeLessThan(1200);
  },
);

test("a deferred shape is made on first use, once, and may contain itself", () => {
  interface Tree {
    readonly name: string;
    readonly children: readonly Tree[];
  }
  let made = 0;
  const tree: shapes.Shape<Tree> = shapes.deferred(() => {
    made++;
    return object({ name: text(), children: arrayOf(tree) });
  });
  expect(made).toBe(0);
  const check = checker((code, message) => new Error(`${code} ${message}`), "EMRX_TEST");
  const value = { name: "a", children: [{ name: "b", children: [] }] };
  expect(check(tree, value, "tree")).toEqual(value);
  expect(() => check(tree, { name: "a", children: [{ name: 1 }] }, "tree")).toThrow(
    "EMRX_TEST tree.children[0].name",
  );
  expect(made).toBe(1);
});

import { property } from "@emrx/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  compareBytes,
  concatBytes,
  equalBytes,
  equalItems,
  fromHex,
  fromUtf8,
  isBytes,
  isWellFormed,
  matchesAt,
  toHex,
  toUtf8,
} from "../src/bytes.js";

const bytes = fc.uint8Array({ maxLength: 12 });
const few = fc.uint8Array({ maxLength: 3, max: 1 });

property(
  "bytes compare as their hexadecimal texts do, and are equal where these are",
  [few, few],
  (a, b) => {
    const [x, y] = [Buffer.from(a).toString("hex"), Buffer.from(b).toString("hex")];
    expect(Math.sign(compareBytes(a, b))).toBe(x < y ? -1 : x > y ? 1 : 0);
    expect(equalBytes(a, b)).toBe(x === y);
    expect(equalItems(Uint32Array.from(a), Uint32Array.from(b))).toBe(x === y);
    expect(equalItems([...a].map(String), [...b].map(String))).toBe(x === y);
  },
);

property("hexadecimal goes there and back", [bytes], (value) => {
  expect(toHex(value)).toBe(Buffer.from(value).toString("hex"));
  expect(fromHex(toHex(value))).toEqual(value);
});

test.each(["0", "0g", "AA", " 00", "00\n", "0x00", "٠٠", 12, null, undefined, ["00"]])(
  "%j is no lowercase hexadecimal",
  (text) => {
    expect(fromHex(text as string)).toBeUndefined();
  },
);

property("parts stand in the whole where they were put", [bytes, bytes, bytes], (a, b, c) => {
  const whole = concatBytes(a, b, c);
  expect([...whole]).toEqual([...a, ...b, ...c]);
  expect(matchesAt(whole, a.length, b)).toBe(true);
  expect(matchesAt(whole, whole.length - c.length, c)).toBe(true);
  expect(matchesAt(whole, whole.length, Uint8Array.of(0))).toBe(false);
});

property(
  "UTF-8 goes there and back for every well-formed text",
  [fc.string({ unit: "binary" })],
  (text) => {
    expect(isWellFormed(text)).toBe(Buffer.from(text).toString() === text);
    expect(fromUtf8(toUtf8(text) as Uint8Array)).toBe(text);
  },
);

test("what is not UTF-8, and texts that UTF-8 cannot carry, are undefined", () => {
  expect(fromUtf8(Uint8Array.of(0xff))).toBeUndefined();
  expect(fromUtf8(Uint8Array.of(0xc0, 0x80))).toBeUndefined();
  expect(toUtf8("\ud800")).toBeUndefined();
  expect(toUtf8("a\udfff")).toBeUndefined();
  expect(fromUtf8(Uint8Array.of(0xef, 0xbb, 0xbf))).toBe("\ufeff");
});

test("only Uint8Arrays are bytes", () => {
  expect([new Uint8Array(1), Buffer.alloc(1)].map(isBytes)).toEqual([true, true]);
  const others = [
    [1],
    new ArrayBuffer(1),
    new Uint16Array(1),
    new DataView(new ArrayBuffer(1)),
    new Proxy(new Uint8Array(1), {}),
    null,
    "a",
  ];
  expect(others.map(isBytes)).toEqual(others.map(() => false));
});

import { property } from "@emrx/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ByteReader, ByteWriter } from "../src/cursor.js";

class Refused extends Error {}
const fail = (message: string): Error => new Refused(message);

const order = fc.constantFrom("little", "big");
const field = fc.oneof(
  fc.record({ kind: fc.constant("u8"), value: fc.nat(0xff) }),
  fc.record({ kind: fc.constant("u16"), value: fc.nat(0xffff) }),
  fc.record({ kind: fc.constant("u32"), value: fc.integer({ min: 0, max: 0xffffffff }) }),
  fc.record({ kind: fc.constant("u64"), value: fc.maxSafeNat() }),
  fc.record({ kind: fc.constant("bigU64"), value: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }) }),
  fc.record({ kind: fc.constant("f64"), value: fc.double() }),
  fc.record({ kind: fc.constant("sized"), value: fc.uint8Array() }),
  fc.record({ kind: fc.constant("sizedText"), value: fc.string({ unit: "grapheme" }) }),
  fc.record({ kind: fc.constant("u32s"), value: fc.uint32Array() }),
);
type Field = typeof field extends fc.Arbitrary<infer T> ? T : never;
const width = fc.constantFrom(2, 4, 8);

function write(writer: ByteWriter, { kind, value }: Field, size: 2 | 4 | 8): void {
  if (kind === "sized") writer.sized(size, value as Uint8Array);
  else if (kind === "sizedText") writer.sizedText(size, value as string);
  else if (kind === "u32s")
    writer.length(size, (value as Uint32Array).length).u32s(value as Uint32Array);
  else if (kind === "bigU64") writer.bigU64(value as bigint);
  else writer[kind as "u8"](value as number);
}

function read(reader: ByteReader, { kind }: Field, size: 2 | 4 | 8): unknown {
  if (kind === "sized") return reader.sized(size);
  if (kind === "sizedText") return reader.sizedText(size);
  if (kind === "u32s") return reader.u32s(reader.count(size, 4));
  return reader[kind as "u8"]();
}

property(
  "whatever is written is read back, and any shorter or longer bytes are refused",
  [order, width, fc.array(field, { minLength: 1, maxLength: 6 }), fc.nat()],
  (order, size, fields, cut) => {
    const writer = new ByteWriter(order, fail, 0);
    for (const each of fields) write(writer, each, size);
    const bytes = writer.finish();
    const readAll = (given: Uint8Array): unknown[] => {
      const reader = new ByteReader(given, order, fail);
      const values = fields.map((each) => read(reader, each, size));
      reader.end();
      return values;
    };
    expect(readAll(bytes)).toEqual(fields.map(({ value }) => value));
    // As a view into a larger buffer as well.
    const larger = new Uint8Array(bytes.length + 7);
    larger.set(bytes, 3);
    expect(readAll(larger.subarray(3, 3 + bytes.length))).toEqual(fields.map(({ value }) => value));
    expect(() => readAll(larger.subarray(3, 4 + bytes.length))).toThrow(Refused);
    expect(() => readAll(bytes.subarray(0, cut % bytes.length))).toThrow(Refused);
  },
);

property(
  "any bytes are read or refused, and nothing is made that is longer than they are",
  [order, fc.uint8Array({ maxLength: 40 })],
  (order, bytes) => {
    for (const kind of ["sized", "sizedText", "u32s"] as const)
      for (const size of [2, 4, 8] as const) {
        try {
          const value = read(
            new ByteReader(bytes, order, fail),
            { kind, value: new Uint8Array() } as Field,
            size,
          );
          expect((value as Uint8Array).length).toBeLessThanOrEqual(bytes.length);
        } catch (error) {
          expect(error).toBeInstanceOf(Refused);
        }
      }
  },
);

test("numbers stand in the byte order asked for", () => {
  expect([
    ...new ByteWriter("big", fail)
      .u16(0x0102)
      .u32(0x03040506)
      .u64(2 ** 40)
      .finish(),
  ]).toEqual([1, 2, 3, 4, 5, 6, 0, 0, 1, 0, 0, 0, 0, 0]);
  expect([
    ...new ByteWriter("little", fail)
      .u16(0x0102)
      .u32(0x03040506)
      .u64(2 ** 40)
      .finish(),
  ]).toEqual([2, 1, 6, 5, 4, 3, 0, 0, 0, 0, 0, 1, 0, 0]);
});

describe("a field that cannot hold a value refuses it", () => {
  const writer = (): ByteWriter => new ByteWriter("little", fail);
  test.each<[string, () => unknown]>([
    ["u8", () => writer().u8(256)],
    ["u16", () => writer().u16(-1)],
    ["u32", () => writer().u32(2 ** 32)],
    ["u32 of a fraction", () => writer().u32(0.5)],
    ["u64", () => writer().u64(2 ** 53)],
    ["bigU64", () => writer().bigU64(1n << 64n)],
    ["a length", () => writer().sized(1, new Uint8Array(256))],
    ["a text", () => writer().text("\ud800")],
  ])("%s", (_, run) => expect(run).toThrow(Refused));
});

test("what is refused says where and why", () => {
  const reader = new ByteReader(Uint8Array.of(1, 2, 3, 0xff), "big", fail);
  reader.expect(Uint8Array.of(1), "version 1");
  expect(() => reader.u32("the count")).toThrow("the count at byte 1 takes 4 bytes; 3 are left");
  expect(() => reader.expect("EMRX", "the mark EMRX")).toThrow("expected the mark EMRX at byte 1");
  expect(() => reader.count(1, 4, "reports")).toThrow(
    "2 reports before byte 2 take 4 bytes or more each; 2 are left",
  );
  expect(() => reader.text(2, "the name")).toThrow("the name at byte 2 is not UTF-8");
  expect(() => new ByteReader([1] as unknown as Uint8Array, "big", fail)).toThrow(
    "expected a Uint8Array",
  );
  expect(() => new ByteReader(new Uint8Array(8).fill(255), "big", fail).u64()).toThrow(
    "expected less than 2^53",
  );
  expect(() => new ByteReader(new Uint8Array(2), "big", fail).end()).toThrow(
    "2 bytes too many, from byte 0 on",
  );
});

test("bytes of shared memory are copied, so that what was read stays read", () => {
  const shared = new Uint8Array(new SharedArrayBuffer(2));
  const bytes = new ByteReader(shared, "big", fail).rest();
  shared[0] = 9;
  expect([...bytes]).toEqual([0, 0]);
  expect(bytes.buffer).toBeInstanceOf(ArrayBuffer);
});

import { createHash } from "node:crypto";
import { fc, property } from "@emrx/testkit";
import { expect, test } from "vitest";
import { finishInto, midstate, sha256, sha256Into } from "../../src/merkle/sha256.js";
import { hex } from "./reference.js";

const expected = (data: Uint8Array): string => createHash("sha256").update(data).digest("hex");

test("SHA-256 gives the digests published in FIPS 180-4's examples", () => {
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);
  expect(hex(sha256(text("abc")))).toBe(
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
  expect(hex(sha256(text("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")))).toBe(
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
  );
  expect(hex(sha256(new Uint8Array()))).toBe(
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  );
});

test("SHA-256 agrees with the platform at every length around the block boundaries", () => {
  const data = Uint8Array.from({ length: 400 }, (_, i) => (i * 151 + 7) & 255);
  for (let length = 0; length <= data.length; length++) {
    expect(hex(sha256(data.subarray(0, length)))).toBe(expected(data.subarray(0, length)));
  }
});

property(
  "a hash finished from a midstate is the hash of prefix and rest together",
  [fc.integer({ min: 0, max: 3 }), fc.uint8Array({ maxLength: 300 }), fc.nat({ max: 20 })],
  (blocks, rest, offset) => {
    const prefix = Uint8Array.from({ length: blocks * 64 }, (_, i) => i * 3);
    const data = Uint8Array.from([...new Uint8Array(offset), ...rest, 1, 2, 3]);
    const out = new Uint8Array(offset + 40);
    const end = offset + rest.length;
    finishInto(midstate(prefix), prefix.length, data, offset, end, out, offset);
    expect(hex(out.subarray(offset, offset + 32))).toBe(
      expected(Uint8Array.from([...prefix, ...rest])),
    );
    expect([...out.subarray(0, offset)].every((byte) => byte === 0)).toBe(true);
    expect([...out.subarray(offset + 32)].every((byte) => byte === 0)).toBe(true);
  },
);

test("the output may overwrite the input", () => {
  const data = Uint8Array.from({ length: 100 }, (_, i) => i);
  const digest = expected(data);
  sha256Into(data, 0, 100, data, 3);
  expect(hex(data.subarray(3, 35))).toBe(digest);
});

test("the length field is right beyond 2^32 bits", () => {
  // Pretend that the prefix was 512 MiB and 1 GiB: only the length in the padding differs.
  const out = [2 ** 29 - 64, 2 ** 29, 2 ** 30].map((prefixLength) => {
    const hash = new Uint8Array(32);
    finishInto(midstate(new Uint8Array(64)), prefixLength, new Uint8Array(3), 0, 3, hash, 0);
    return hex(hash);
  });
  expect(new Set(out).size).toBe(3);
});

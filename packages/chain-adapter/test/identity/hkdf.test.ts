import { createHmac, hkdfSync } from "node:crypto";
import { fc, property } from "@emrx/testkit";
import { expect, test } from "vitest";
import { hkdfExpand, hkdfExtract, hmacInto, hmacKey } from "../../src/identity/hkdf.js";
import { bytes, hex } from "../merkle/reference.js";
import { hkdfVectors } from "./vectors.js";

test.each(hkdfVectors)("RFC 5869 appendix $name", (vector) => {
  const extracted = hkdfExtract(bytes(vector.salt), bytes(vector.secret));
  expect(hex(extracted)).toBe(vector.extracted);
  expect(hex(hkdfExpand(extracted, bytes(vector.info), vector.length))).toBe(vector.expanded);
});

property(
  "HKDF and HMAC agree with the platform for every key, info and length",
  [
    fc.uint8Array({ maxLength: 200 }),
    fc.uint8Array({ maxLength: 100 }),
    fc.uint8Array({ maxLength: 100 }),
    fc.integer({ min: 1, max: 300 }),
  ],
  (secret, salt, info, length) => {
    const expected = Buffer.from(hkdfSync("sha256", secret, salt, info, length)).toString("hex");
    expect(hex(hkdfExpand(hkdfExtract(salt, secret), info, length))).toBe(expected);
    const mac = new Uint8Array(32);
    hmacInto(hmacKey(salt), secret, 0, secret.length, mac, 0);
    expect(hex(mac)).toBe(createHmac("sha256", salt).update(secret).digest("hex"));
  },
);

test("HKDF gives up to 255 blocks and refuses any other length", () => {
  const key = new Uint8Array(32);
  expect(hkdfExpand(key, key, 255 * 32).length).toBe(255 * 32);
  for (const length of [0, -1, 1.5, 255 * 32 + 1, Number.NaN]) {
    expect(() => hkdfExpand(key, key, length)).toThrow(
      expect.objectContaining({ code: "EMRX_INVALID_LABEL" }),
    );
  }
});

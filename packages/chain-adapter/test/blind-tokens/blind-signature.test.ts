import { fc, property } from "@emrx/testkit";
import { beforeAll, describe, expect, test } from "vitest";
import {
  blind,
  blindSign,
  finalize,
  type RsaPublicKey,
  type RsaSecretKey,
  rsaPublicKey,
  rsaSecretOperation,
  verifyRsaPss,
} from "../../src/blind-tokens/blind-signature.js";
import {
  fromBytes,
  inverse,
  power,
  publicPower,
  randomBelow,
  toBytes,
} from "../../src/blind-tokens/modular.js";
import { pssEncode, pssVerify } from "../../src/blind-tokens/pss.js";
import type { LedgerError } from "../../src/errors.js";
import { bytes, hex } from "../merkle/reference.js";
import { number, rsaKey } from "./rsa-key.js";
import { variants } from "./vectors.js";

let publicKey: RsaPublicKey;
let secretKey: RsaSecretKey;
beforeAll(() => {
  ({ publicKey, secretKey } = rsaKey());
});

describe.each(variants)("RFC 9474 appendix A, $name", (vector) => {
  const message = bytes(vector.prefix + vector.message);

  test("blinding, signing and finalizing give the published bytes", async () => {
    const factor = inverse(number(vector.inverse), publicKey.modulus) as bigint;
    const blinding = blind(publicKey, message, { salt: bytes(vector.salt), factor });
    expect(hex(blinding.blinded)).toBe(vector.blinded);
    expect(blinding.inverse).toBe(number(vector.inverse));
    const answer = await blindSign(publicKey, rsaSecretOperation(secretKey), blinding.blinded);
    expect(hex(answer)).toBe(vector.blindSignature);
    const signature = finalize(publicKey, message, answer, blinding.inverse, vector.saltLength);
    expect(hex(signature)).toBe(vector.signature);
  });

  test("the published signature is right, and altered ones are wrong", () => {
    const signature = bytes(vector.signature);
    expect(verifyRsaPss(publicKey, message, signature, vector.saltLength)).toBe(true);
    expect(verifyRsaPss(publicKey, message.subarray(1), signature, vector.saltLength)).toBe(false);
    expect(verifyRsaPss(publicKey, message, signature, 48 - vector.saltLength)).toBe(false);
    expect(verifyRsaPss(publicKey, message, signature.subarray(1), vector.saltLength)).toBe(false);
    for (const at of [0, 200, 511]) {
      const altered = Uint8Array.from(signature);
      altered[at] = (altered[at] as number) ^ 1;
      expect(verifyRsaPss(publicKey, message, altered, vector.saltLength)).toBe(false);
    }
  });
});

test("a signature of n or more is refused: signature + n would verify too", () => {
  const vector = variants[0] as (typeof variants)[number];
  const twin = number(vector.signature) + publicKey.modulus;
  if (twin < 1n << 4096n) {
    const message = bytes(vector.prefix + vector.message);
    expect(verifyRsaPss(publicKey, message, toBytes(twin, 512))).toBe(false);
  }
  expect(verifyRsaPss(publicKey, new Uint8Array(), toBytes(publicKey.modulus, 512))).toBe(false);
  expect(verifyRsaPss(publicKey, new Uint8Array(), new Uint8Array(512))).toBe(false);
});

test("a secret operation that computes wrongly is found out before its answer leaves", async () => {
  const wrong = rsaSecretOperation({ ...secretKey, dp: secretKey.dp + 2n });
  const { blinded } = blind(publicKey, Uint8Array.of(1));
  await expect(blindSign(publicKey, wrong, blinded)).rejects.toThrow(
    expect.objectContaining({ code: "EMRX_INVALID_KEY" }),
  );
});

test("requests and answers of another length or above the modulus are refused", async () => {
  const operation = rsaSecretOperation(secretKey);
  const refused = expect.objectContaining({ code: "EMRX_INVALID_TOKEN" });
  const modulus = bytes(publicKey.modulus.toString(16));
  for (const bad of [new Uint8Array(511), new Uint8Array(512).fill(255), modulus, "x" as never]) {
    await expect(blindSign(publicKey, operation, bad)).rejects.toThrow(refused);
    expect(() => finalize(publicKey, Uint8Array.of(1), bad, 1n)).toThrow(refused);
  }
  expect(() => finalize(publicKey, Uint8Array.of(1), new Uint8Array(512), 1n)).toThrow(refused);
});

test("a modulus with small factors is found out, by the client as by the issuer", () => {
  // 3^1292 has 2048 bits, the first a one; of three numbers, one shares a factor with it.
  const smooth = rsaPublicKey(bytes((3n ** 1292n).toString(16)));
  const outcomes = Array.from({ length: 60 }, (_, i) => {
    try {
      return typeof blind(smooth, Uint8Array.of(i)).inverse;
    } catch (error) {
      return (error as LedgerError).code;
    }
  });
  expect(new Set(outcomes)).toEqual(new Set(["bigint", "EMRX_INVALID_TOKEN"]));
  const operation = rsaSecretOperation({ ...secretKey, ...smooth });
  const answers = Array.from({ length: 60 }, () => {
    try {
      return (operation(new Uint8Array(256)) as Uint8Array).length;
    } catch (error) {
      return (error as LedgerError).code;
    }
  });
  expect(new Set(answers)).toEqual(new Set([256, "EMRX_INVALID_KEY"]));
});

test("moduli that are even, too short, too long or padded are refused", () => {
  const odd = (length: number): Uint8Array => new Uint8Array(length).fill(255);
  const even = odd(256);
  even[255] = 254;
  const short = odd(256);
  short[0] = 127;
  const padded = Uint8Array.of(0, ...odd(256));
  for (const bad of [odd(255), odd(513), even, short, padded, odd(0), [...odd(256)], undefined]) {
    expect(() => rsaPublicKey(bad as never)).toThrow(
      expect.objectContaining({ code: "EMRX_INVALID_KEY" }),
    );
  }
  const least = new Uint8Array(256);
  least[0] = 128;
  least[255] = 1;
  for (const good of [odd(256), odd(512), least]) {
    expect(rsaPublicKey(good)).toEqual({ modulus: number(hex(good)), length: good.length });
  }
});

// The oracle: one bit of the exponent at a time, by definition.
function naivePower(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (const bit of exponent.toString(2)) {
    result = (result * result) % modulus;
    if (bit === "1") result = (result * base) % modulus;
  }
  return result % modulus;
}

const big = fc.bigInt({ min: 0n, max: 1n << 300n });

property("powers are right", [big, big, big], (base, exponent, n) => {
  expect(power(base, exponent, n + 1n)).toBe(naivePower(base, exponent, n + 1n));
  expect(publicPower(base, n + 1n)).toBe(naivePower(base, 65537n, n + 1n));
});

property(
  "an inverse times its number is one, and there is none exactly when they share a factor",
  [big, big],
  (a, m) => {
    const n = m + 2n;
    const found = inverse(a, n);
    if (found !== undefined) {
      expect((found * a) % n).toBe(1n);
      expect(found >= 0n && found < n).toBe(true);
      return;
    }
    let [x, y] = [a, n];
    while (y > 0n) [x, y] = [y, x % y];
    expect(x).not.toBe(1n);
  },
);

property(
  "numbers and bytes are two forms of one thing",
  [fc.uint8Array({ minLength: 1, maxLength: 40 })],
  (value) => {
    expect(toBytes(fromBytes(value), value.length)).toEqual(value);
  },
);

test("random numbers below a bound reach every number from 1 and no other", () => {
  const seen = new Set(Array.from({ length: 400 }, () => randomBelow(6n)));
  expect([...seen].sort()).toEqual([1n, 2n, 3n, 4n, 5n]);
});

property(
  "PSS: what was encoded verifies, and nothing else does",
  [
    fc.uint8Array({ maxLength: 50 }),
    // Now and then as long as whole blocks of the mask.
    fc.oneof(fc.integer({ min: 850, max: 1600 }), fc.constantFrom(1160, 1544)),
    fc.constantFrom(0, 20, 48),
    fc.nat(),
  ],
  (message, bits, saltLength, at) => {
    const salt = new Uint8Array(saltLength).fill(at);
    const encoded = pssEncode(message, bits, salt);
    expect(encoded.length).toBe(Math.ceil(bits / 8));
    expect(pssVerify(message, bits, saltLength, encoded)).toBe(true);
    expect(pssVerify(Uint8Array.of(...message, 1), bits, saltLength, encoded)).toBe(false);
    expect(pssVerify(message, bits, saltLength + 1, encoded)).toBe(false);
    const altered = Uint8Array.from(encoded);
    altered[at % altered.length] = (altered[at % altered.length] as number) ^ (1 << (at & 7));
    expect(pssVerify(message, bits, saltLength, altered)).toBe(false);
  },
);

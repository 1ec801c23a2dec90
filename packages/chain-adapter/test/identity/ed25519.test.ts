import { createIdentity } from "@emrx/chain-adapter";
import { signEd25519, verifySignature, verifySignatureSync } from "@emrx/chain-adapter/identity";
import { fc, property } from "@emrx/testkit";
import { ed25519 } from "@noble/curves/ed25519.js";
import { describe, expect, test } from "vitest";
import { plausibleSignature } from "../../src/identity/ed25519-strict.js";
import { bytes, hex } from "../merkle/reference.js";
import { mixedOrderCases, torsion } from "./mixed-order.js";
import { ed25519Vectors } from "./vectors.js";

const both = async (k: Uint8Array, m: Uint8Array, s: Uint8Array): Promise<boolean> => {
  const key = { scheme: "ed25519", publicKey: new Uint8Array(k) } as const;
  const answers = [await verifySignature(key, m, s), verifySignatureSync(key, m, s)];
  expect(answers[0]).toBe(answers[1]);
  return answers[0] as boolean;
};

describe.each(ed25519Vectors)("RFC 8032 section 7.1, message '$message'", (vector) => {
  const [message, secretKey] = [bytes(vector.message), bytes(vector.secretKey)];

  test("public key and signature are the published ones, by the platform and without it", async () => {
    const identity = await createIdentity({ secretKey });
    expect(hex(identity.publicKey)).toBe(vector.publicKey);
    expect(hex(await identity.sign(message))).toBe(vector.signature);
    expect(hex(signEd25519(secretKey, message))).toBe(vector.signature);
  });

  test("the published signature is right and every altered bit makes it wrong", async () => {
    const [publicKey, signature] = [bytes(vector.publicKey), bytes(vector.signature)];
    expect(await both(publicKey, message, signature)).toBe(true);
    expect(await both(publicKey, Uint8Array.of(...message, 0), signature)).toBe(false);
    for (let bit = 0; bit < 512; bit += 7) {
      const altered = Uint8Array.from(signature);
      altered[bit >> 3] = (altered[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(await both(publicKey, message, altered)).toBe(false);
    }
  });
});

property(
  "both ways of signing give the same bytes, and both ways of checking accept them",
  [fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.uint8Array({ maxLength: 200 })],
  async (secretKey, message) => {
    const identity = await createIdentity({ secretKey });
    const signature = await identity.sign(message);
    expect(hex(signEd25519(secretKey, message))).toBe(hex(signature));
    expect(await both(identity.publicKey, message, signature)).toBe(true);
  },
  { numRuns: 25 },
);

describe("signatures on which implementations disagree are wrong everywhere", () => {
  const order = ed25519.Point.Fn.ORDER;
  const message = Uint8Array.of(1, 2, 3);

  test("small order keys and commitments: all eight points, and their encodings that are not canonical", async () => {
    const identity = ed25519.keygen(new Uint8Array(32).fill(3));
    const good = ed25519.sign(message, identity.secretKey);
    for (let i = 0n; i < 8n; i++) {
      const small = torsion.multiplyUnsafe(i).toBytes();
      const zeroS = new Uint8Array(64);
      zeroS.set(small);
      for (let j = 0n; j < 8n; j++) {
        const key = torsion.multiplyUnsafe(j).toBytes();
        expect(await both(key, message, zeroS)).toBe(false);
        expect(plausibleSignature(key, good)).toBe(false);
      }
      expect(plausibleSignature(identity.publicKey, zeroS)).toBe(false);
    }
    expect(plausibleSignature(identity.publicKey, good)).toBe(true);
    // y = p + 1 stands for the neutral element in a lax decoder.
    const lax = bytes(`ee${"ff".repeat(30)}7f`);
    const neutral = bytes(`01${"00".repeat(31)}`);
    const signature = Uint8Array.of(...neutral, ...new Uint8Array(32));
    expect(await both(lax, message, signature)).toBe(false);
    expect(await both(neutral, message, signature)).toBe(false);
  });

  test("a signature with S + L, the malleated twin, is wrong", async () => {
    const { secretKey, publicKey } = ed25519.keygen(new Uint8Array(32).fill(5));
    const signature = ed25519.sign(message, secretKey);
    let s = 0n;
    for (let i = 63; i >= 32; i--) s = (s << 8n) | BigInt(signature[i] as number);
    s += order;
    const twin = Uint8Array.from(signature);
    for (let i = 32; i < 64; i++, s >>= 8n) twin[i] = Number(s & 255n);
    expect(await both(publicKey, message, signature)).toBe(true);
    expect(await both(publicKey, message, twin)).toBe(false);
  });

  test("keys with a small-order part: both ways decide alike", async () => {
    let accepted = 0;
    for (const { key, message, signature } of mixedOrderCases()) {
      if (await both(key, message, signature)) accepted++;
      expect(ed25519.verify(signature, message, key, { zip215: true })).toBe(true);
    }
    expect(accepted).toBeLessThan(12);
  });
});

describe("what is refused before any arithmetic", () => {
  const key = bytes(ed25519Vectors[1]?.publicKey as string);
  const signature = bytes(ed25519Vectors[1]?.signature as string);
  /** A number as so many bytes, the least first. */
  const little = (value: bigint, length = 32): Uint8Array<ArrayBuffer> =>
    Uint8Array.from({ length }, (_, i) => Number((value >> BigInt(8 * i)) & 255n));
  const prime = 2n ** 255n - 19n;
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  const withS = (s: bigint): Uint8Array<ArrayBuffer> =>
    Uint8Array.of(...signature.subarray(0, 32), ...little(s));

  test("other lengths and kinds", () => {
    expect(plausibleSignature(key, signature)).toBe(true);
    for (const other of [[...key], key.subarray(1), Uint8Array.of(...key, 0), undefined] as never[])
      expect(plausibleSignature(other, signature)).toBe(false);
    for (const other of [
      [...signature],
      signature.subarray(0, 63),
      Uint8Array.of(...signature, 0),
      undefined,
    ] as never[])
      expect(plausibleSignature(key, other)).toBe(false);
  });

  test("a y that is the prime or more, with either sign", () => {
    for (const y of [prime, prime + 1n, prime + 18n, prime + 2n ** 255n])
      expect(plausibleSignature(little(y), signature)).toBe(false);
    for (const y of [2n, prime - 2n, prime - 2n + 2n ** 255n])
      expect(plausibleSignature(little(y), signature)).toBe(true);
  });

  test("an S that is the order or more", () => {
    expect(plausibleSignature(key, withS(order - 1n))).toBe(true);
    expect(plausibleSignature(key, withS(0n))).toBe(true);
    expect(plausibleSignature(key, withS(order))).toBe(false);
    expect(plausibleSignature(key, withS(2n ** 256n - 1n))).toBe(false);
  });
});

property(
  "a verifier answers false, and never throws, for anything that is not a signature",
  [fc.anything(), fc.anything(), fc.anything()],
  async (a, b, c) => {
    expect(await verifySignature(a as never, b as never, c as never)).toBe(false);
    expect(verifySignatureSync(a as never, b as never, c as never)).toBe(false);
  },
);

property(
  "random keys and signatures of the right length are wrong, and both ways agree",
  [
    fc.uint8Array({ minLength: 32, maxLength: 32 }),
    fc.uint8Array({ maxLength: 9 }),
    fc.uint8Array({ minLength: 64, maxLength: 64 }),
  ],
  async (key, message, signature) => {
    signature[63] = (signature[63] as number) & 15;
    expect(await both(key, message, signature)).toBe(false);
  },
);

test("secret keys of another length are refused", async () => {
  for (const length of [0, 31, 33, 64]) {
    const secretKey = new Uint8Array(length);
    await expect(createIdentity({ secretKey })).rejects.toThrow(
      expect.objectContaining({ code: "EMRX_INVALID_KEY" }),
    );
    expect(() => signEd25519(secretKey, new Uint8Array())).toThrow(
      expect.objectContaining({ code: "EMRX_INVALID_KEY" }),
    );
  }
});

test("two fresh identities differ, and their keys are their own", async () => {
  const [a, b] = [await createIdentity(), await createIdentity()];
  expect(hex(a.publicKey)).not.toBe(hex(b.publicKey));
  const message = Uint8Array.of(1);
  expect(await verifySignature(b, message, await a.sign(message))).toBe(false);
});

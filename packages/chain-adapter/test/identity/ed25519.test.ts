import {
  createHash,
  createPrivateKey,
  createPublicKey,
  sign as nodeSign,
  verify as nodeVerify,
} from "node:crypto";
import {
  createIdentity,
  signEd25519,
  verifySignature,
  verifySignatureNow,
} from "@emrx/chain-adapter";
import { fc, property } from "@emrx/testkit";
import { ed25519 } from "@noble/curves/ed25519.js";
import { afterEach, describe, expect, test, vi } from "vitest";
import { plausibleSignature } from "../../src/identity/ed25519-strict.js";
import { bytes, hex } from "../merkle/reference.js";
import { ed25519Vectors } from "./vectors.js";

const pkcs8 = (secretKey: Uint8Array) =>
  createPrivateKey({
    key: Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), secretKey]),
    format: "der",
    type: "pkcs8",
  });

const both = async (k: Uint8Array, m: Uint8Array, s: Uint8Array): Promise<boolean> => {
  const answers = [await verifySignature(k, m, s), verifySignatureNow(k, m, s)];
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
  "signatures are the same bytes as Node's, whatever makes them",
  [fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.uint8Array({ maxLength: 200 })],
  async (secretKey, message) => {
    const expected = hex(nodeSign(null, message, pkcs8(secretKey)));
    const identity = await createIdentity({ secretKey });
    expect(hex(await identity.sign(message))).toBe(expected);
    expect(hex(signEd25519(secretKey, message))).toBe(expected);
    expect(await both(identity.publicKey, message, bytes(expected))).toBe(true);
  },
  { numRuns: 25 },
);

describe("signatures on which implementations disagree are wrong everywhere", () => {
  const { Point } = ed25519;
  const order = Point.Fn.ORDER;
  // A point of order 8: what is left of a point of full order when the prime order is multiplied away.
  const torsion = (() => {
    for (let y = 2n; ; y++) {
      try {
        const encoded = Point.Fp.toBytes(y);
        const point = Point.fromBytes(encoded)
          .multiplyUnsafe(order - 1n)
          .add(Point.fromBytes(encoded));
        if (!point.multiplyUnsafe(4n).is0()) return point;
      } catch {}
    }
  })();
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

  test("keys with a small-order part: both ways decide alike, and as OpenSSL does", async () => {
    // The owner of the secret scalar adds a point of order 8 to the key or to the commitment. With the cofactor these
    // would always be right; without it they are right only when the parts happen to cancel.
    const a = 123456789n;
    let accepted = 0;
    for (let n = 0; n < 24; n++) {
      const mixed = n % 2 === 0;
      const key = (mixed ? Point.BASE.multiply(a).add(torsion) : Point.BASE.multiply(a)).toBytes();
      const r = BigInt(n + 1) * 7919n;
      const commitment = (
        mixed ? Point.BASE.multiply(r) : Point.BASE.multiply(r).add(torsion)
      ).toBytes();

      const digest = createHash("sha512").update(commitment).update(key).update(message).digest();
      let k = 0n;
      for (let i = 63; i >= 0; i--) k = (k << 8n) | BigInt(digest[i] as number);
      let s = (r + (k % order) * a) % order;
      const signature = new Uint8Array(64);
      signature.set(commitment);
      for (let i = 32; i < 64; i++, s >>= 8n) signature[i] = Number(s & 255n);
      const spki = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), key]);
      const openssl = nodeVerify(
        null,
        message,
        createPublicKey({ key: spki, format: "der", type: "spki" }),
        signature,
      );
      expect(await both(key, message, signature)).toBe(openssl);
      expect(ed25519.verify(signature, message, key, { zip215: true })).toBe(true);
      if (openssl) accepted++;
    }
    expect(accepted).toBeLessThan(12);
  });
});

property(
  "a verifier answers false, and never throws, for anything that is not a signature",
  [fc.anything(), fc.anything(), fc.anything()],
  async (a, b, c) => {
    expect(await verifySignature(a as never, b as never, c as never)).toBe(false);
    expect(verifySignatureNow(a as never, b as never, c as never)).toBe(false);
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

describe("a platform without Ed25519, or one that randomizes signatures", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.resetModules();
  });

  test.each(["absent", "randomizing"])(
    "%s: the same bytes come from plain JavaScript",
    async (kind) => {
      const subtle = globalThis.crypto.subtle;
      const calls: string[] = [];
      vi.stubGlobal("crypto", {
        getRandomValues: (array: Uint8Array) => array.fill(1),
        subtle: {
          importKey: (...args: Parameters<typeof subtle.importKey>) => {
            calls.push("importKey");
            if (kind === "absent") throw new DOMException("unsupported", "NotSupportedError");
            return subtle.importKey(...args);
          },
          sign: async () => new Uint8Array(64).fill(9).buffer,
          verify: async () => {
            throw new Error("must not be asked");
          },
        },
      });
      vi.resetModules();
      const fresh = await import("../../src/identity/index.js");
      for (const vector of ed25519Vectors) {
        const identity = await fresh.createIdentity({ secretKey: bytes(vector.secretKey) });
        const message = bytes(vector.message);
        expect(hex(await identity.sign(message))).toBe(vector.signature);
        const [key, signature] = [identity.publicKey, bytes(vector.signature)];
        expect(await fresh.verifySignature(key, message, signature)).toBe(true);
        expect(await fresh.verifySignature(key, Uint8Array.of(9), signature)).toBe(false);
      }
      expect(calls.length).toBe(1);
    },
  );
});

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
  expect(await verifySignature(b.publicKey, message, await a.sign(message))).toBe(false);
});

import { createCipheriv } from "node:crypto";
import { createRecipient } from "@emrx/chain-adapter";
import { fc, property } from "@emrx/testkit";
import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from "@hpke/core";
import { shake128 } from "@noble/hashes/sha3.js";
import { afterEach, describe, expect, test, vi } from "vitest";
import { deriveKeyPair, hpkeOpen, hpkeSeal, keySchedule } from "../../src/payload/hpke.js";
import { bytes, hex } from "../merkle/reference.js";

// The published vector of DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM, mode base (CFRG test vectors of
// RFC 9180), with its encryptions accumulated as Go's crypto/hpke publishes them.
const vector = {
  info: "4f6465206f6e2061204772656369616e2055726e",
  ikmE: "2cd7c601cefb3d42a62b04b7a9041494c06c7843818e0ce28a8f704ae7ab20f9",
  ikmR: "dac33b0e9db1b59dbbea58d59a14e7b5896e9bdf98fad6891e99d1686492b9ee",
  pkRm: "430f4b9859665145a6b1ba274024487bd66f03a2dd577d7753c68d7d7d00c00c",
  enc: "6c93e09869df3402d7bf231bf540fadd35cd56be14f97178f0954db94b7fc256",
  encryptionsAccumulated: "1702e73e1e71705faa8241022af1deea",
};
// RFC 9180 appendix A.1.1: the same KEM.
const rfc = {
  ikmE: "7268600d403fce431561aef583ee1613527cff655c1343f29812e66706df3234",
  pkEm: "37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431",
  ikmR: "6db9df30aa07dd42ee5e8181afdb977e538f5e1fec8a06223f33f7013e525037",
  pkRm: "3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d",
};

test("RFC 9180: key pairs are derived as published", async () => {
  for (const [ikm, publicKey] of [
    [vector.ikmE, vector.enc],
    [vector.ikmR, vector.pkRm],
    [rfc.ikmE, rfc.pkEm],
    [rfc.ikmR, rfc.pkRm],
  ] as const) {
    expect(hex((await deriveKeyPair(bytes(ikm))).publicKey)).toBe(publicKey);
    expect(hex((await createRecipient({ secret: bytes(ikm) })).publicKey)).toBe(publicKey);
  }
});

test("RFC 9180: a thousand published encryptions, from our key schedule and Node's AES", async () => {
  const sender = await deriveKeyPair(bytes(vector.ikmE));
  const shared = await sender.agree(bytes(vector.pkRm));
  const { key, iv } = keySchedule(shared, sender.publicKey, bytes(vector.pkRm), bytes(vector.info));
  const [source, sink] = [shake128.create({ dkLen: 16 }), shake128.create({ dkLen: 16 })];
  const draw = (): Uint8Array => {
    const length = source.xof(1)[0] as number;
    return length === 0 ? new Uint8Array() : source.xof(length);
  };
  for (let sequence = 0; sequence < 1000; sequence++) {
    const [additionalData, plaintext] = [draw(), draw()];
    const nonce = Uint8Array.from(iv);
    nonce[10] = (nonce[10] as number) ^ (sequence >> 8);
    nonce[11] = (nonce[11] as number) ^ (sequence & 255);
    const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(additionalData);
    const body = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
    sink.update(body);
    if (sequence > 0) continue;
    const sealed = await hpkeSeal(
      bytes(vector.pkRm),
      bytes(vector.info),
      plaintext,
      additionalData,
      sender,
    );
    expect(hex(sealed)).toBe(vector.enc + body.toString("hex"));
  }
  expect(hex(sink.digest())).toBe(vector.encryptionsAccumulated);
});

const suite = new CipherSuite({
  kem: new DhkemX25519HkdfSha256(),
  kdf: new HkdfSha256(),
  aead: new Aes256Gcm(),
});

property(
  "what we seal, an independent HPKE opens, and the other way round",
  [
    fc.uint8Array({ minLength: 32, maxLength: 40 }),
    fc.uint8Array({ maxLength: 300 }),
    fc.uint8Array({ maxLength: 99 }),
  ],
  async (secret, info, plaintext) => {
    const additionalData = info.subarray(0, 7);
    const theirs = await suite.kem.deriveKeyPair(Uint8Array.from(secret).buffer);
    const ours = await deriveKeyPair(secret);
    const sealed = await hpkeSeal(ours.publicKey, info, plaintext, additionalData);
    const receiver = await suite.createRecipientContext({
      recipientKey: theirs,
      enc: sealed.slice(0, 32),
      info,
    });
    const opened = await receiver.open(sealed.slice(32), Uint8Array.from(additionalData));
    expect(hex(new Uint8Array(opened))).toBe(hex(plaintext));

    const sender = await suite.createSenderContext({ recipientPublicKey: theirs.publicKey, info });
    const ciphertext = await sender.seal(plaintext, Uint8Array.from(additionalData));
    const wire = Uint8Array.from([...new Uint8Array(sender.enc), ...new Uint8Array(ciphertext)]);
    expect(hex(await hpkeOpen(ours, info, wire, additionalData))).toBe(hex(plaintext));
  },
  { numRuns: 15 },
);

test("a wrapped key opens only whole, for its recipient and its info", async () => {
  const recipient = await createRecipient();
  const info = bytes("0102");
  const wrapped = await hpkeSeal(recipient.publicKey, info, bytes("aabb"));
  expect(hex(await recipient.unwrap(wrapped, info))).toBe("aabb");
  const locked = expect.objectContaining({ code: "EMRX_BUNDLE_LOCKED" });
  await expect(recipient.unwrap(wrapped, bytes("0103"))).rejects.toThrow(locked);
  await expect((await createRecipient()).unwrap(wrapped, info)).rejects.toThrow(locked);
  await expect(recipient.unwrap(wrapped.subarray(1), info)).rejects.toThrow(locked);
  for (let at = 0; at < wrapped.length; at++) {
    const altered = Uint8Array.from(wrapped);
    // The top bit of an X25519 public key is ignored (RFC 7748), but it is part of what the key schedule hashes.
    altered[at] = (altered[at] as number) ^ 128;
    await expect(recipient.unwrap(altered, info)).rejects.toThrow(locked);
  }
  await expect(recipient.unwrap(wrapped.subarray(0, 47), info)).rejects.toThrow(
    expect.objectContaining({ code: "EMRX_INVALID_KEY" }),
  );
  await expect(recipient.unwrap(new Uint8Array(80), info)).rejects.toThrow(locked);
});

test("a secret of less than 32 bytes makes no recipient", async () => {
  await expect(createRecipient({ secret: new Uint8Array(31) })).rejects.toThrow(
    expect.objectContaining({ code: "EMRX_INVALID_KEY" }),
  );
});

describe("platforms", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.resetModules();
  });

  test("without X25519, the same bytes come from plain JavaScript", async () => {
    const real = globalThis.crypto;
    vi.stubGlobal("crypto", {
      getRandomValues: (array: Uint8Array<ArrayBuffer>) => real.getRandomValues(array),
      subtle: {
        importKey: (...args: Parameters<SubtleCrypto["importKey"]>) => {
          if (args[2] === "X25519") throw new DOMException("unsupported", "NotSupportedError");
          return real.subtle.importKey(...args);
        },
        encrypt: (...args: Parameters<SubtleCrypto["encrypt"]>) => real.subtle.encrypt(...args),
        decrypt: (...args: Parameters<SubtleCrypto["decrypt"]>) => real.subtle.decrypt(...args),
      },
    });
    vi.resetModules();
    const fresh = await import("../../src/payload/hpke.js");
    const receiver = await fresh.deriveKeyPair(bytes(vector.ikmR));
    expect(hex(receiver.publicKey)).toBe(vector.pkRm);
    const sender = await fresh.deriveKeyPair(bytes(vector.ikmE));
    const [info, message] = [bytes(vector.info), bytes("0908")];
    const sealed = await fresh.hpkeSeal(receiver.publicKey, info, message, undefined, sender);
    expect(hex(await fresh.hpkeOpen(receiver, info, sealed))).toBe("0908");
    const again = await fresh.hpkeSeal(receiver.publicKey, info, message);
    expect(hex(await fresh.hpkeOpen(receiver, info, again))).toBe("0908");
    vi.unstubAllGlobals();
    const native = await hpkeSeal(
      bytes(vector.pkRm),
      info,
      message,
      undefined,
      await deriveKeyPair(bytes(vector.ikmE)),
    );
    expect(hex(native)).toBe(hex(sealed));
    await expect(receiver.agree(new Uint8Array(32))).rejects.toThrow();
  });

  test("without WebCrypto at all, the error says so", async () => {
    vi.stubGlobal("crypto", undefined);
    await expect(createRecipient()).rejects.toThrow(
      expect.objectContaining({ code: "EMRX_NO_CRYPTO" }),
    );
  });
});

import { oneTimePublicKey, unwrapKey, wrapKey } from "@emrx/chain-adapter/payload";
import { fc, property } from "@emrx/testkit";
import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from "@hpke/core";
import { shake128 } from "@noble/hashes/sha3.js";
import { expect, test } from "vitest";
import { wrapInfo } from "../../src/payload/bundle-keys.js";
import {
  deriveKeyPair,
  hpkeOpen,
  hpkeOpenSync,
  hpkeSeal,
  keySchedule,
  publicKeyOfSecret,
} from "../../src/payload/hpke.js";
import { bytes, hex } from "../merkle/reference.js";
import { rfc9180KeyPairs as rfc, hpkeVector as vector } from "./vectors.js";

test("RFC 9180: key pairs are derived as published", async () => {
  for (const [ikm, publicKey] of [
    [vector.ikmE, vector.enc],
    [vector.ikmR, vector.pkRm],
    [rfc.ikmE, rfc.pkEm],
    [rfc.ikmR, rfc.pkRm],
  ] as const) {
    expect(hex((await deriveKeyPair(bytes(ikm))).publicKey)).toBe(publicKey);
    expect(await oneTimePublicKey(bytes(ikm))).toBe(publicKey);
    expect(hex(publicKeyOfSecret(bytes(ikm)))).toBe(publicKey);
  }
});

test("RFC 9180: a thousand published encryptions, from our key schedule and the platform's AES", async () => {
  const sender = await deriveKeyPair(bytes(vector.ikmE));
  const shared = await sender.agree(bytes(vector.pkRm));
  const { key, iv } = keySchedule(shared, sender.publicKey, bytes(vector.pkRm), bytes(vector.info));
  const aes = await crypto.subtle.importKey("raw", key, "AES-GCM", false, ["encrypt"]);
  const [source, sink] = [shake128.create({ dkLen: 16 }), shake128.create({ dkLen: 16 })];
  const draw = (): Uint8Array<ArrayBuffer> => {
    const length = source.xof(1)[0] as number;
    return length === 0 ? new Uint8Array() : source.xof(length);
  };
  for (let sequence = 0; sequence < 1000; sequence++) {
    const [additionalData, plaintext] = [draw(), draw()];
    const nonce = Uint8Array.from(iv);
    nonce[10] = (nonce[10] as number) ^ (sequence >> 8);
    nonce[11] = (nonce[11] as number) ^ (sequence & 255);
    const algorithm = {
      name: "AES-GCM",
      iv: nonce,
      additionalData: Uint8Array.from(additionalData),
    };
    const encrypted = await crypto.subtle.encrypt(algorithm, aes, Uint8Array.from(plaintext));
    const body = new Uint8Array(encrypted);
    sink.update(body);
    if (sequence > 0) continue;
    const sealed = await hpkeSeal(
      bytes(vector.pkRm),
      bytes(vector.info),
      plaintext,
      additionalData,
      sender,
    );
    expect(hex(sealed)).toBe(vector.enc + hex(body));
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

    const bare = await hpkeSeal(ours.publicKey, info, plaintext);
    expect(hex(hpkeOpenSync(secret, info, bare))).toBe(hex(plaintext));
  },
  { numRuns: 15 },
);

test("a wrapped key opens only whole, for its secret, pair and content, and both paths say so", async () => {
  const [secret, key] = [new Uint8Array(32).fill(4), new Uint8Array(32).fill(5)];
  const id = (digits: string): string => digits.repeat(32);
  const pair = { ledger: id("11"), site: id("22"), requester: id("33"), round: 1, root: id("44") };
  const wrappedKey = await wrapKey({ ...pair, oneTimeKey: await oneTimePublicKey(secret) }, key);
  const facts = { ...pair, wrappedKey };
  expect(await unwrapKey(facts, secret)).toEqual(key);
  const refused = async (of: typeof facts, own = secret): Promise<void> => {
    await expect(unwrapKey(of, own)).rejects.toThrow(
      expect.objectContaining({ code: "EMRX_BUNDLE_LOCKED" }),
    );
    expect(() => hpkeOpenSync(own, wrapInfo(of), bytes(of.wrappedKey))).toThrow();
  };
  for (const change of ["ledger", "site", "requester", "root"])
    await refused({ ...facts, [change]: id("99") });
  await refused({ ...facts, round: 2 });
  await refused(facts, new Uint8Array(32).fill(6));
  await refused({ ...facts, wrappedKey: wrappedKey.slice(2) });
  await refused({ ...facts, wrappedKey: "00".repeat(80) });
  for (let at = 0; at < 80; at++) {
    const altered = bytes(wrappedKey);
    // The top bit of an X25519 public key is ignored (RFC 7748), but it is part of what the key schedule hashes.
    altered[at] = (altered[at] as number) ^ 128;
    await refused({ ...facts, wrappedKey: hex(altered) });
  }
});

test("points of small order agree on nothing", async () => {
  const pair = await deriveKeyPair(new Uint8Array(32).fill(1));
  // 0, 1 and the two of order 8 (RFC 7748; Cremers & Jackson, 2019).
  for (const point of [
    "00".repeat(32),
    `01${"00".repeat(31)}`,
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
  ]) {
    await expect(pair.agree(bytes(point))).rejects.toThrow();
    await expect(hpkeSeal(bytes(point), bytes("01"), bytes("02"))).rejects.toThrow();
  }
});

test("a secret of another length makes no one-time key, and a key of small order gets nothing", async () => {
  const invalid = expect.objectContaining({ code: "EMRX_INVALID_KEY" });
  for (const length of [0, 31, 33])
    await expect(oneTimePublicKey(new Uint8Array(length))).rejects.toThrow(invalid);
  const id = "11".repeat(32);
  const facts = { ledger: id, site: id, requester: id, round: 1, root: id };
  for (const oneTimeKey of ["00".repeat(32), `01${"00".repeat(31)}`, "zz"])
    await expect(wrapKey({ ...facts, oneTimeKey }, new Uint8Array(32))).rejects.toThrow(invalid);
});

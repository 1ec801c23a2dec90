import { createHash, createHmac, hkdfSync } from "node:crypto";
import {
  deriveEvmIdentity,
  deriveIdentity,
  derivePseudonym,
  derivePseudonyms,
  pseudonymOfKey,
  pseudonymOfPublicKey,
  secretOrder,
  verifySignature,
} from "@emrx/chain-adapter/identity";
import { fc, property } from "@emrx/testkit";
import { ed25519 } from "@noble/curves/ed25519.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { expect, test } from "vitest";
import { uniformSource } from "../../src/identity/order.js";
import { scopeKey } from "../../src/identity/pseudonym.js";
import { hex } from "../merkle/reference.js";

const secret = Uint8Array.from({ length: 32 }, (_, i) => i + 1);
const scope = { domain: "trial-ledger/st-mary", round: 3, role: "publisher" };
const text = (value: string): Buffer<ArrayBuffer> => Buffer.from(value, "utf8");

/** The documented key of a scope, over Node's own HKDF. */
function scopeSecret(at: typeof scope): Buffer {
  const prefixed = (part: Buffer): Buffer => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(part.length);
    return Buffer.concat([length, part]);
  };
  const round = Buffer.alloc(8);
  round.writeBigUInt64BE(BigInt(at.round));
  const info = Buffer.concat([text("scope"), text(at.domain), round, text(at.role)].map(prefixed));
  return Buffer.from(hkdfSync("sha256", secret, text("emrx/identity/1"), info, 32));
}

/** The documented derivation: two HKDF steps, then one hash. */
function expectedKey(purpose: string, index: number, at = scope): Buffer {
  const number = Buffer.alloc(9);
  number.writeBigUInt64BE(BigInt(index), 1);
  // The second step expands only: HKDF-Expand is one HMAC over info and the counter 1.

  return createHmac("sha256", scopeSecret(at))
    .update(Buffer.concat([text(purpose), number, Buffer.of(1)]))
    .digest();
}

test("a pseudonym is the documented hash of the documented key", () => {
  for (const index of [0, 1, 17, 2 ** 32, 2 ** 40 + 5]) {
    const key = expectedKey("pseudonym", index);
    const id = createHash("sha256")
      .update(Buffer.concat([text("emrx/pseudonym/1"), Buffer.of(0), key]))
      .digest("hex");
    const pseudonym = derivePseudonym(secret, scope, index);
    expect(hex(pseudonym.key)).toBe(key.toString("hex"));
    expect(hex(pseudonym.id)).toBe(id);
    expect(pseudonymOfKey(pseudonym.key)).toEqual(pseudonym.id);
  }
});

test("many at once are the same as one by one", () => {
  const indices = Uint32Array.of(5, 0, 4294967295, 5);
  const all = derivePseudonyms(secret, scope, indices);
  for (const [i, index] of indices.entries()) {
    expect(all.subarray(i * 32, i * 32 + 32)).toEqual(derivePseudonym(secret, scope, index).id);
  }
});

test("another domain, round, role, patient or secret gives another pseudonym", () => {
  const other = secret.map((byte) => byte ^ 1);
  const ids = [
    derivePseudonym(secret, scope, 1),
    derivePseudonym(secret, scope, 2),
    derivePseudonym(secret, { ...scope, round: 4 }, 1),
    derivePseudonym(secret, { ...scope, role: "requester" }, 1),
    derivePseudonym(secret, { ...scope, domain: "trial-ledger/st-john" }, 1),
    // Moving a character from one label to the next must not meet.
    derivePseudonym(secret, { ...scope, domain: "ab", role: "c" }, 1),
    derivePseudonym(secret, { ...scope, domain: "a", role: "bc" }, 1),
    derivePseudonym(other, scope, 1),
  ].map(({ id }) => hex(id));
  expect(new Set(ids).size).toBe(ids.length);
});

test("a patient who acts in person signs under a pseudonym that is the hash of the public key", async () => {
  const patient = await deriveIdentity(secret, scope, 0);
  const message = text("I withdraw");
  expect(await verifySignature(patient, message, await patient.sign(message))).toBe(true);
  const expected = createHash("sha256")
    .update(Buffer.concat([text("emrx/pseudonym/1"), Buffer.of(1), patient.publicKey]))
    .digest("hex");
  expect(hex(pseudonymOfPublicKey(patient.publicKey))).toBe(expected);
  expect(hex(pseudonymOfKey(patient.publicKey))).not.toBe(expected);
  expect((await deriveIdentity(secret, scope, 0)).publicKey).toEqual(patient.publicKey);
  expect((await deriveIdentity(secret, scope, 1)).publicKey).not.toEqual(patient.publicKey);
});

test("keys that sign are the documented ones", async () => {
  const scheme = ed25519.getPublicKey(expectedKey("ed25519", 9));
  expect(hex((await deriveIdentity(secret, scope, 9)).publicKey)).toBe(hex(scheme));
  // secp256k1: 48 bytes, two blocks of HKDF, reduced to 1 to the order less one.
  const label = Buffer.concat([text("secp256k1"), Buffer.of(0, 0, 0, 0, 0, 0, 0, 0, 9)]);
  const key = scopeSecret(scope);
  const first = createHmac("sha256", key)
    .update(Buffer.concat([label, Buffer.of(1)]))
    .digest();
  const rest = createHmac("sha256", key)
    .update(Buffer.concat([first, label, Buffer.of(2)]))
    .digest();
  const wide = BigInt(`0x${hex(first)}${hex(rest.subarray(0, 16))}`);
  const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
  const scalar = ((wide % (order - 1n)) + 1n).toString(16).padStart(64, "0");
  const expected = secp256k1.getPublicKey(Uint8Array.from(Buffer.from(scalar, "hex")), true);
  expect(hex(deriveEvmIdentity(secret, scope, 9).publicKey)).toBe(hex(expected));
});

test("malformed secrets, labels and numbers are refused", () => {
  const bad = (code: string) => expect.objectContaining({ name: "LedgerError", code });
  expect(() => derivePseudonym(secret.subarray(1), scope, 0)).toThrow(bad("EMRX_INVALID_KEY"));
  expect(() => derivePseudonym("x" as never, scope, 0)).toThrow(bad("EMRX_INVALID_KEY"));
  expect(() => pseudonymOfKey(new Uint8Array(33))).toThrow(bad("EMRX_INVALID_KEY"));
  expect(() => pseudonymOfPublicKey(new Uint8Array(31))).toThrow(bad("EMRX_INVALID_KEY"));
  for (const label of ["", "x".repeat(256), "\ud800", "e\u0301", 7 as never, undefined as never]) {
    for (const wrong of [
      { ...scope, domain: label },
      { ...scope, role: label },
    ]) {
      expect(() => derivePseudonym(secret, wrong, 0)).toThrow(bad("EMRX_INVALID_LABEL"));
    }
  }
  for (const number of [-1, 0.5, 2 ** 53, Number.NaN, "1" as never]) {
    expect(() => derivePseudonym(secret, scope, number)).toThrow(bad("EMRX_INVALID_LABEL"));
    expect(() => derivePseudonym(secret, { ...scope, round: number }, 0)).toThrow(
      bad("EMRX_INVALID_LABEL"),
    );
    expect(() => secretOrder(secret, scope, number)).toThrow(bad("EMRX_INVALID_LABEL"));
  }
  expect(derivePseudonym(secret, { ...scope, domain: "x".repeat(255) }, 0).id.length).toBe(32);
});

/** The documented stream, over Node's HMAC: blocks of purpose "order", each of eight words, big endian. */
function* expectedWords(at: typeof scope): Generator<number> {
  for (let block = 0; ; block++) {
    const bytes = expectedKey("order", block, at);
    for (let word = 0; word < 8; word++) yield bytes.readUInt32BE(4 * word);
  }
}

/** The next of the words below a bound: those that would make some remainders likelier are drawn again. */
function expectedBelow(words: Generator<number>, bound: number): number {
  for (;;) {
    const word = BigInt(words.next().value as number);
    const bounds = 2n ** 32n / BigInt(bound);
    if (word < bounds * BigInt(bound)) return Number(word % BigInt(bound));
  }
}

test.each([1, 2, 7, 3 * 2 ** 30, 2 ** 31 + 1, 2 ** 32 - 1, 2 ** 32])(
  "numbers below %d are those of the documented stream",
  (bound) => {
    const [words, below] = [expectedWords(scope), uniformSource(scopeKey(secret, scope))];
    const expected = Array.from({ length: 100 }, () => expectedBelow(words, bound));
    expect(Array.from({ length: 100 }, () => below(bound))).toEqual(expected);
  },
);

test("a secret order is the shuffle of Fisher and Yates by that stream", () => {
  const words = expectedWords(scope);
  const order = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
  for (let left = order.length; left > 1; left--) {
    const chosen = expectedBelow(words, left);
    const last = order[left - 1] as number;
    order[left - 1] = order[chosen] as number;
    order[chosen] = last;
  }
  expect([...secretOrder(secret, scope, order.length)]).toEqual(order);
});

property(
  "a secret order holds every number once",
  [fc.nat({ max: 300 }), fc.nat({ max: 1000 })],
  (count, round) => {
    const order = secretOrder(secret, { ...scope, round }, count);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
  },
);

test("a secret order is repeatable in its round and another in the next", () => {
  const first = secretOrder(secret, scope, 100);
  expect(secretOrder(secret, scope, 100)).toEqual(first);
  expect(secretOrder(secret, { ...scope, round: 4 }, 100)).not.toEqual(first);
});

test("all six orders of three things are equally likely", () => {
  // 6,000 rounds, 1,000 expected a cell; chi-square with 5 degrees of freedom exceeds 20.5 once in 1,000 keys, and
  // the key is fixed, so this never flickers.
  const counts = new Map<string, number>();
  for (let round = 0; round < 6000; round++) {
    const order = secretOrder(secret, { ...scope, round }, 3).join("");
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  expect(counts.size).toBe(6);
  let chiSquare = 0;
  for (const count of counts.values()) chiSquare += (count - 1000) ** 2 / 1000;
  expect(chiSquare).toBeLessThan(20.5);
});

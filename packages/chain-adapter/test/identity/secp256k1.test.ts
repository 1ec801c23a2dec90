import {
  createEvmIdentity,
  deriveEvmIdentity,
  evmAddress,
  recoverEvmAddress,
  signatureSchemes,
} from "@emrx/chain-adapter/identity";
import { fc, property } from "@emrx/testkit";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { expect, test } from "vitest";
import { bytes, hex } from "../merkle/reference.js";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

test("the example of EIP-712: key, address, digest and signature are the published ones", () => {
  const identity = createEvmIdentity({ secretKey: keccak_256(utf8("cow")) });
  expect(identity.address).toBe("0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826");
  const digest = bytes("be609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2");
  expect(hex(identity.signDigest(digest))).toBe(
    "4355c47d63924e8a72e509b65029052eb6c299d53a04e167c5775fd466751c9d" +
      "07299936d304c153f6443dfa05f40ff007d72911b6f72307f996231605b91562" +
      "1c",
  );
});

test("the first account of the well-known test phrase has its well-known address", () => {
  const secretKey = bytes("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");
  const identity = createEvmIdentity({ secretKey });
  expect(identity.address).toBe("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
  const uncompressed = secp256k1.Point.fromBytes(identity.publicKey).toBytes(false);
  expect(evmAddress(uncompressed)).toBe(identity.address);
});

property(
  "whoever signs is found",
  [fc.uint8Array({ maxLength: 60 })],
  async (message) => {
    const identity = createEvmIdentity();
    const signature = await identity.sign(message);
    expect(signature.length).toBe(65);
    expect(recoverEvmAddress(message, signature)).toBe(identity.address);
    expect(recoverEvmAddress(Uint8Array.of(...message, 1), signature)).not.toBe(identity.address);
  },
  { numRuns: 15 },
);

test("the twin with the high s, other recovery bytes and other lengths are refused", async () => {
  const identity = createEvmIdentity();
  const message = Uint8Array.of(1, 2);
  const signature = await identity.sign(message);
  const order = secp256k1.Point.Fn.ORDER;
  const high = order - BigInt(`0x${hex(signature.subarray(32, 64))}`);
  const twin = Uint8Array.of(
    ...signature.subarray(0, 32),
    ...bytes(high.toString(16).padStart(64, "0")),
    55 - (signature[64] as number),
  );
  expect(recoverEvmAddress(message, twin)).toBeUndefined();
  for (const v of [0, 1, 26, 29, 255]) {
    expect(
      recoverEvmAddress(message, Uint8Array.of(...signature.subarray(0, 64), v)),
    ).toBeUndefined();
  }
  for (const bad of [
    signature.subarray(1),
    Uint8Array.of(...signature, 0),
    new Uint8Array(65).fill(27),
  ]) {
    expect(recoverEvmAddress(message, bad)).not.toBe(identity.address);
  }
  expect(recoverEvmAddress("x" as never, signature)).toBeUndefined();
  expect(recoverEvmAddress(message, "x" as never)).toBeUndefined();
});

property("noise is no signature", [fc.uint8Array({ maxLength: 70 })], (noise) => {
  // A random r and s of 65 bytes can recover to some address, but never to a known one.
  const found = recoverEvmAddress(Uint8Array.of(1), noise);
  if (found !== undefined) expect(found).toMatch(/^0x[0-9a-fA-F]{40}$/);
});

test("secret keys outside 1 to the order, and public keys off the curve, are refused", () => {
  const refused = expect.objectContaining({ code: "EMRX_INVALID_KEY" });
  const order = bytes(secp256k1.Point.Fn.ORDER.toString(16));
  for (const secretKey of [new Uint8Array(32), order, new Uint8Array(31), new Uint8Array(33)]) {
    expect(() => createEvmIdentity({ secretKey })).toThrow(refused);
  }
  for (const publicKey of [
    new Uint8Array(33),
    new Uint8Array(65),
    new Uint8Array(40),
    new Uint8Array(3),
  ]) {
    expect(() => evmAddress(publicKey)).toThrow(refused);
  }
  expect(() => createEvmIdentity().signDigest(new Uint8Array(31))).toThrow(refused);
});

test("derived identities are repeatable and differ by scope and patient", () => {
  const secret = new Uint8Array(32).fill(4);
  const scope = { domain: "l/s", round: 1, role: "publisher" };
  const address = (s: typeof scope, i: number): string => deriveEvmIdentity(secret, s, i).address;
  expect(address(scope, 1)).toBe(address(scope, 1));
  const all = [address(scope, 1), address(scope, 2), address({ ...scope, round: 2 }, 1)];
  expect(new Set(all).size).toBe(3);
  expect(() => deriveEvmIdentity(secret, scope, -1)).toThrow(
    expect.objectContaining({ code: "EMRX_INVALID_LABEL" }),
  );
});

test.each(Object.values(signatureSchemes))(
  "the port of $name: lengths as stated, right is right and wrong is wrong",
  async (scheme) => {
    const identity = await scheme.identity(new Uint8Array(32).fill(9));
    const other = await scheme.identity(new Uint8Array(32).fill(8));
    const message = Uint8Array.of(3, 4);
    const signature = await identity.sign(message);
    expect(identity.scheme).toBe(scheme.name);
    const again = await scheme.identity(new Uint8Array(32).fill(9));
    expect(again.publicKey).toEqual(identity.publicKey);
    expect(await scheme.verify(again.publicKey, message, signature)).toBe(true);
    expect(identity.publicKey.length).toBe(scheme.publicKeyLength);
    expect(signature.length).toBe(scheme.signatureLength);
    expect(await scheme.verify(identity.publicKey, message, signature)).toBe(true);
    expect(await scheme.verify(other.publicKey, message, signature)).toBe(false);
    expect(await scheme.verify(identity.publicKey, Uint8Array.of(3), signature)).toBe(false);
    for (const junk of [
      undefined,
      "x",
      new Uint8Array(3),
      new Uint8Array(65),
      new Uint8Array(33),
    ] as never[]) {
      expect(await scheme.verify(junk, message, signature)).toBe(false);
      expect(await scheme.verify(identity.publicKey, message, junk)).toBe(false);
      expect(await scheme.verify(identity.publicKey, junk, signature)).toBe(false);
    }
  },
);

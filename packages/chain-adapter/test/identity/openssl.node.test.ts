// What OpenSSL says about our signatures.
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  sign as nodeSign,
  verify as nodeVerify,
} from "node:crypto";
import { createIdentity } from "@emrx/chain-adapter";
import { createEvmIdentity, signEd25519, verifySignatureSync } from "@emrx/chain-adapter/identity";
import { fc, property } from "@emrx/testkit";
import { expect, test } from "vitest";
import { hex } from "../merkle/reference.js";
import { mixedOrderCases } from "./mixed-order.js";

const der = (prefix: string, key: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(prefix, "hex"), key]);

property(
  "Ed25519 signatures are the same bytes as OpenSSL's, whatever makes them",
  [fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.uint8Array({ maxLength: 200 })],
  async (secretKey, message) => {
    const pkcs8 = der("302e020100300506032b657004220420", secretKey);
    const key = createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" });
    const expected = hex(nodeSign(null, message, key));
    const identity = await createIdentity({ secretKey });
    expect(hex(await identity.sign(message))).toBe(expected);
    expect(hex(signEd25519(secretKey, message))).toBe(expected);
  },
  { numRuns: 25 },
);

test("keys with a small-order part are decided as OpenSSL decides", () => {
  for (const { key, message, signature } of mixedOrderCases()) {
    const spki = der("302a300506032b6570032100", key);
    const openssl = nodeVerify(
      null,
      message,
      createPublicKey({ key: spki, format: "der", type: "spki" }),
      signature,
    );
    expect(
      verifySignatureSync(
        { scheme: "ed25519", publicKey: new Uint8Array(key) },
        message,
        signature,
      ),
    ).toBe(openssl);
  }
});

property(
  "OpenSSL accepts our secp256k1 signatures",
  [fc.uint8Array({ maxLength: 60 })],
  (message) => {
    const identity = createEvmIdentity();
    const publicKey = createPublicKey({
      key: der("3036301006072a8648ce3d020106052b8104000a032200", identity.publicKey),
      format: "der",
      type: "spki",
    });
    // OpenSSL knows no Keccak, so it is asked about a digest signed under SHA-256 of the same bytes.
    const digest = new Uint8Array(createHash("sha256").update(message).digest());
    const raw = identity.signDigest(digest).subarray(0, 64);
    const options = { key: publicKey, dsaEncoding: "ieee-p1363" } as const;
    expect(nodeVerify("sha256", message, options, raw)).toBe(true);
  },
  { numRuns: 15 },
);

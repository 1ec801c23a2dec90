// OpenSSL signs blindly as we do, and accepts what comes of it.
import { constants, createPublicKey, verify as nodeVerify } from "node:crypto";
import {
  createTokenIssuer,
  generateIssuerKey,
  requestToken,
  verifyToken,
} from "@emrx/chain-adapter/blind-tokens";
import { nativeRsa } from "@emrx/chain-adapter/file";
import { expect, test } from "vitest";
import { blindSign } from "../../src/blind-tokens/blind-signature.js";
import { bytes, hex } from "../merkle/reference.js";
import { rsaKey } from "./rsa-key.js";
import { variants } from "./vectors.js";

test.each(variants)("RFC 9474 appendix A, $name", async (vector) => {
  const { publicKey, jwk } = rsaKey();
  const answer = await blindSign(publicKey, nativeRsa(jwk), bytes(vector.blinded));
  expect(hex(answer)).toBe(vector.blindSignature);
  const options = {
    key: createPublicKey({ key: jwk, format: "jwk" }),
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: vector.saltLength,
  };
  const message = bytes(vector.prefix + vector.message);
  expect(nodeVerify("sha384", message, options, bytes(vector.signature))).toBe(true);
});

test("the same token comes from OpenSSL and from plain JavaScript", async () => {
  const key = await generateIssuerKey();
  const [native, portable] = await Promise.all([
    createTokenIssuer({ key, operation: nativeRsa }),
    createTokenIssuer({ key }),
  ]);
  const scope = {
    ledger: "trial",
    round: 4,
    issuerKey: portable.publicKey,
    holder: new Uint8Array(32),
  };
  const request = requestToken(scope);
  const answer = await native.issue("x", request.blinded);
  expect(hex(await portable.issue("x", request.blinded))).toBe(hex(answer));
  expect(verifyToken(scope, request.finish(answer))).toBe(true);
});

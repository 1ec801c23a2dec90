// The key of RFC 9474 appendix A, in the forms in which it is needed.
import { rsaPublicKey } from "../../src/admission/blind-signature.js";
import { inverse } from "../../src/admission/modular.js";
import { bytes } from "../merkle/reference.js";
import { key } from "./vectors.js";

export const number = (text: string): bigint => BigInt(`0x${text}`);
const [p, q, d] = [number(key.p), number(key.q), number(key.d)];
export const publicKey = rsaPublicKey(bytes(key.n));
export const secretKey = {
  ...publicKey,
  ...{ p, q, dp: d % (p - 1n), dq: d % (q - 1n), qi: inverse(q, p) as bigint },
};
const url = (value: bigint): string => {
  const text = value.toString(16);
  const binary = String.fromCharCode(...bytes(text.length % 2 ? `0${text}` : text));
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
};
export const jwk = {
  ...{ kty: "RSA", n: url(publicKey.modulus), e: "AQAB", d: url(d), p: url(p), q: url(q) },
  ...{ dp: url(secretKey.dp), dq: url(secretKey.dq), qi: url(secretKey.qi) },
};

// The key of RFC 9474 appendix A, in the forms in which it is needed.
import {
  type RsaPublicKey,
  type RsaSecretKey,
  rsaPublicKey,
} from "../../src/blind-tokens/blind-signature.js";
import { inverse } from "../../src/blind-tokens/modular.js";
import { bytes } from "../merkle/reference.js";
import { key } from "./vectors.js";

export const number = (text: string): bigint => BigInt(`0x${text}`);

const url = (value: bigint): string => {
  const text = value.toString(16);
  const binary = String.fromCharCode(...bytes(text.length % 2 ? `0${text}` : text));
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
};

type RsaJwk = Readonly<Record<"kty" | "n" | "e" | "d" | "p" | "q" | "dp" | "dq" | "qi", string>>;

/** Public and secret half, and both as JSON Web Key. */
export function rsaKey(): { publicKey: RsaPublicKey; secretKey: RsaSecretKey; jwk: RsaJwk } {
  const [p, q, d] = [number(key.p), number(key.q), number(key.d)];
  const publicKey = rsaPublicKey(bytes(key.n));
  const [dp, dq, qi] = [d % (p - 1n), d % (q - 1n), inverse(q, p) as bigint];
  const jwk = {
    ...{ kty: "RSA", n: url(publicKey.modulus), e: "AQAB", d: url(d), p: url(p), q: url(q) },
    ...{ dp: url(dp), dq: url(dq), qi: url(qi) },
  };
  return { publicKey, secretKey: { ...publicKey, p, q, dp, dq, qi }, jwk };
}

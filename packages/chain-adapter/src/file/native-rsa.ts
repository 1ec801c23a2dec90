// The secret RSA operation by OpenSSL: some thirty times as fast as BigInt, and in constant time.
import { constants, createPrivateKey, type JsonWebKeyInput, privateDecrypt } from "node:crypto";

/**
 * The secret operation of an issuer key by Node's OpenSSL.
 *
 * @param key private RSA key as JSON Web Key
 * @returns the operation, for `createTokenIssuer`
 * @example
 * ```ts
 * import { createTokenIssuer, generateIssuerKey } from "@emrx/chain-adapter/blind-tokens";
 * import { nativeRsa } from "@emrx/chain-adapter/file";
 *
 * const key = await generateIssuerKey();
 * const issuer = await createTokenIssuer({ key, operation: nativeRsa });
 * issuer.publicKey.length; // => 256
 * ```
 */
export function nativeRsa(
  key: JsonWebKey,
): (input: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer> {
  const privateKey = createPrivateKey({ key: key as JsonWebKeyInput["key"], format: "jwk" });
  const padding = constants.RSA_NO_PADDING;
  return (input) => new Uint8Array(privateDecrypt({ key: privateKey, padding }, input));
}

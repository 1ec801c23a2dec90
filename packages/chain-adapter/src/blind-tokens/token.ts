// Blind tokens for admission: one registered patient, one slot a round, and nobody can tell whose slot it is. The issuer signs
// blindly for each registered patient once; the token is shown when the patient's offer is admitted, and spent.

import { concatBytes, isBytes, toHex } from "@emrx/internal/bytes";
import { bytes, coded, deferred, integer, object, type Shape } from "@emrx/internal/shape";
import { check } from "../errors/check.js";
import { LedgerError } from "../errors.js";
import { label, labelBytes, lengthPrefixed, uint64 } from "../identity/encoding.js";
import { sha256 } from "../merkle/sha256.js";
import { blind, finalize, rsaPublicKey, verifyRsaPss } from "./blind-signature.js";

/** Where, and for whom, a token is valid: issuer keys are one a round, published on the ledger, so tokens cannot be hoarded. */
export interface TokenScope {
  /** Id of the ledger; 1 to 255 bytes of UTF-8. */
  readonly ledger: string;
  /** Number of the round. */
  readonly round: number;
  /** Modulus of the round's issuer key, from the ledger: 256 to 512 bytes. */
  readonly issuerKey: Uint8Array;
  /** Public key of whoever will spend it, 32 bytes: a token seen on its way to the ledger is worth nothing to others. */
  readonly holder: Uint8Array;
}

/** A token: 32 bytes chosen by the patient and the issuer's signature over them. */
export interface Token {
  /** 32 bytes. */
  readonly nonce: Uint8Array<ArrayBuffer>;
  /** As many bytes as the issuer key. */
  readonly signature: Uint8Array<ArrayBuffer>;
}

/** What a patient keeps between asking for a token and getting it. */
export interface TokenRequest {
  /** What goes to the issuer; it tells nothing about the token. */
  readonly blinded: Uint8Array<ArrayBuffer>;
  /**
   * Makes the token from the issuer's answer.
   *
   * @param blindSignature the issuer's answer
   * @returns the token
   * @throws LedgerError `EMRX_INVALID_TOKEN` if the answer is not a signature under the round's key
   */
  finish(blindSignature: Uint8Array): Token;
}

const DOMAIN: Uint8Array = /* @__PURE__ */ new TextEncoder().encode("emrx/token/1");
const NONCE = 32;

const scopeShape: Shape<TokenScope> = /* @__PURE__ */ deferred(() =>
  object({
    ledger: label,
    round: coded("EMRX_INVALID_LABEL", integer(0)),
    issuerKey: bytes(256, 512),
    holder: bytes(32),
  }),
);

const requireScope = (scope: TokenScope): TokenScope =>
  check(scopeShape, scope, "scope", "EMRX_INVALID_KEY");

const tokenShape: Shape<Token> = /* @__PURE__ */ deferred(() =>
  object({ nonce: bytes<ArrayBuffer>(NONCE), signature: bytes<ArrayBuffer>() }),
);

const isNonce = (value: unknown): boolean => isBytes(value) && value.length === NONCE;

/** What is signed. It holds 32 random bytes, so RFC 9474's deterministic variant, without a further prefix, is safe. */
function tokenMessage(
  { ledger, round, holder }: TokenScope,
  nonce: Uint8Array,
): Uint8Array<ArrayBuffer> {
  return lengthPrefixed(DOMAIN, labelBytes("scope.ledger", ledger), uint64(round), holder, nonce);
}

/**
 * Begins to ask for a token. Take the issuer key from the ledger: an issuer that gave every patient another key could
 * tell their tokens apart.
 *
 * @param given ledger, round, the round's issuer key, and who will spend the token
 * @returns what to send, and how to finish
 * @throws LedgerError `EMRX_INVALID_KEY` if the issuer key or the holder is malformed, `EMRX_INVALID_LABEL` for ledger or round
 * @see RFC 9474 (RSABSSA-SHA384-PSS-Deterministic)
 * @example
 * ```ts
 * import { createIdentity } from "@emrx/chain-adapter";
 * import { createTokenIssuer, requestToken, verifyToken } from "@emrx/chain-adapter/blind-tokens";
 *
 * const [issuer, site] = [await createTokenIssuer(), await createIdentity()];
 * const scope = { ledger: "trial", round: 1, issuerKey: issuer.publicKey, holder: site.publicKey };
 * const request = requestToken(scope);
 * const token = request.finish(await issuer.issue("patient 17", request.blinded));
 * verifyToken(scope, token); // => true
 * verifyToken({ ...scope, round: 2 }, token); // => false
 * verifyToken({ ...scope, holder: new Uint8Array(32) }, token); // => false
 * ```
 */
export function requestToken(given: TokenScope): TokenRequest {
  const scope = requireScope(given);
  const key = rsaPublicKey(scope.issuerKey);
  const nonce = globalThis.crypto.getRandomValues(new Uint8Array(NONCE));
  const message = tokenMessage(scope, nonce);
  const { blinded, inverse } = blind(key, message);
  return {
    blinded,
    finish: (blindSignature) => ({
      nonce,
      signature: finalize(key, message, blindSignature, inverse),
    }),
  };
}

/**
 * Checks a token, without waiting and with the same answer on every platform, so that a contract may decide by it. It
 * does not say whether the token was spent: keep the `tokenId` of every spent token.
 *
 * @param scope ledger, round, the round's issuer key, and who will spend the token
 * @param token from `requestToken` or `decodeToken`
 * @returns whether the issuer signed it for this ledger, round and holder; false for a malformed token
 * @throws LedgerError `EMRX_INVALID_KEY` if the issuer key or the holder is malformed, `EMRX_INVALID_LABEL` for ledger or round
 * @see RFC 8017 section 8.1.2
 * @example
 * ```ts
 * import { verifyToken } from "@emrx/chain-adapter/blind-tokens";
 *
 * const issuerKey = new Uint8Array(256).fill(255);
 * const scope = { ledger: "trial", round: 1, issuerKey, holder: new Uint8Array(32) };
 * verifyToken(scope, { nonce: new Uint8Array(32), signature: new Uint8Array(256) }); // => false
 * ```
 */
export function verifyToken(scope: TokenScope, token: Token): boolean {
  const { issuerKey, ...rest } = requireScope(scope);
  const key = rsaPublicKey(issuerKey);
  const { nonce, signature } = readToken(token);
  if (nonce === undefined || signature === undefined) return false;
  if (!isNonce(nonce) || !isBytes(signature)) return false;
  return verifyRsaPss(key, tokenMessage({ issuerKey, ...rest }, nonce), signature);
}

/** The members of a token; none of what cannot be read. */
function readToken(token: Token): Partial<Token> {
  try {
    const { nonce, signature } = token;
    return { nonce, signature };
  } catch {
    return {};
  }
}

/**
 * The name under which a spent token is remembered. Two signatures over one nonce are one token.
 *
 * @param token a token
 * @returns 64 hexadecimal digits
 * @throws LedgerError `EMRX_INVALID_TOKEN` if the nonce is not 32 bytes
 * @example
 * ```ts
 * import { tokenId } from "@emrx/chain-adapter/blind-tokens";
 *
 * const nonce = new Uint8Array(32);
 * tokenId({ nonce, signature: new Uint8Array(1) }) === tokenId({ nonce, signature: new Uint8Array(2) }); // => true
 * ```
 */
export function tokenId(token: Pick<Token, "nonce">): string {
  const { nonce } = readToken(token as Token);
  check(bytes(NONCE), nonce, "token.nonce", "EMRX_INVALID_TOKEN");
  return toHex(sha256(lengthPrefixed(DOMAIN, nonce as Uint8Array)));
}

/**
 * The bytes of a token: nonce, then signature.
 *
 * @param token a token
 * @returns 32 bytes and as many as the issuer key has
 * @example
 * ```ts
 * import { decodeToken, encodeToken } from "@emrx/chain-adapter/blind-tokens";
 *
 * const token = { nonce: new Uint8Array(32), signature: new Uint8Array(256) };
 * decodeToken(encodeToken(token)); // => token
 * ```
 */
export function encodeToken(token: Token): Uint8Array<ArrayBuffer> {
  const { nonce, signature } = check(tokenShape, token, "token", "EMRX_INVALID_TOKEN");
  return concatBytes(nonce, signature);
}

/**
 * Reads a token.
 *
 * @param bytes from `encodeToken`
 * @returns the token; whether it is right is for `verifyToken` to say
 * @throws LedgerError `EMRX_INVALID_TOKEN` unless it is a nonce and a signature of 256 to 512 bytes
 * @example
 * ```ts
 * import { decodeToken } from "@emrx/chain-adapter/blind-tokens";
 *
 * decodeToken(new Uint8Array(31)); // throws EMRX_INVALID_TOKEN
 * ```
 */
export function decodeToken(bytes: Uint8Array): Token {
  const [least, most] = [NONCE + 256, NONCE + 512];
  if (!isBytes(bytes) || bytes.length < least || bytes.length > most) {
    throw new LedgerError(
      "EMRX_INVALID_TOKEN",
      `a token is ${NONCE} bytes and a signature, ${least} to ${most} bytes; got ${
        isBytes(bytes) ? `${bytes.length} bytes` : typeof bytes
      }.`,
    );
  }
  return { nonce: bytes.slice(0, NONCE), signature: bytes.slice(NONCE) };
}

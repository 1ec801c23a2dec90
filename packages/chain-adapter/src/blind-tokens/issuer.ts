// The issuer of admission tokens: it knows who is registered, signs once for each, and does not see what it signs.
import {
  deferred,
  fn,
  object,
  oneOf,
  optional,
  type Shape,
  secret,
  text,
} from "@emrx/internal/shape";
import { check } from "../errors/check.js";
import { LedgerError } from "../errors.js";
import {
  blindSign,
  type RsaSecretKey,
  type RsaSecretOperation,
  requireElement,
  rsaPublicKey,
  rsaSecretOperation,
} from "./blind-signature.js";
import { fromBytes, PUBLIC_EXPONENT } from "./modular.js";

/** Signs blindly, once a registered patient. */
export interface TokenIssuer {
  /** Modulus of the issuer key, for the ledger. */
  readonly publicKey: Uint8Array<ArrayBuffer>;
  /**
   * Signs for a patient whom the caller has found to be registered. The same request again gets the same answer, so that
   * a lost answer costs nobody a slot; another request of the same patient is refused.
   *
   * @param patient the registry's name of the patient; it never leaves the issuer
   * @param blinded from `requestToken`
   * @returns the blind signature
   * @throws LedgerError `EMRX_TOKEN_ISSUED` if the patient already has a token, `EMRX_INVALID_TOKEN` if the request is
   * malformed
   */
  issue(patient: string, blinded: Uint8Array): Promise<Uint8Array<ArrayBuffer>>;
  /** How many patients have a token. */
  readonly issued: number;
}

/** What an issuer can be made from. */
export interface IssuerOptions {
  /** RSA key in JSON Web Key form, with the exponent 65537; a fresh one of 2048 bits otherwise. */
  readonly key?: JsonWebKey;
  /** The secret operation, where the platform has a fast one: `nativeRsa` of `@emrx/chain-adapter/file` for Node. */
  readonly operation?: (
    key: JsonWebKey,
  ) => (input: Uint8Array<ArrayBuffer>) => Uint8Array | Promise<Uint8Array>;
}

const optionsShape: Shape<IssuerOptions> = /* @__PURE__ */ deferred(() =>
  object({
    key: optional(jwkShape),
    operation: optional(fn<NonNullable<IssuerOptions["operation"]>>()),
  }),
);

const jwkMembers = ["n", "e", "p", "q", "dp", "dq", "qi"] as const;

/** The members of an RSA key that matter, each read once. */
const jwkShape: Shape<JsonWebKey> = (value, visit) => {
  const shape = object(
    Object.fromEntries(jwkMembers.map((name) => [name, text({ form: /^[A-Za-z0-9_-]+$/ })])),
  );
  const given = typeof value === "object" && value !== null ? (value as JsonWebKey) : undefined;
  const members =
    given === undefined ? value : Object.fromEntries(jwkMembers.map((name) => [name, given[name]]));
  secret(shape)(members, visit);
  return value as JsonWebKey;
};

/** The registry's name of a patient, which messages do not show. */
const patientShape = /* @__PURE__ */ secret(/* @__PURE__ */ text({ least: 1 }));

function member(
  key: JsonWebKey,
  name: "n" | "e" | "p" | "q" | "dp" | "dq" | "qi",
): Uint8Array<ArrayBuffer> {
  const text = key[name];
  // Base64 without padding never leaves a single letter over.
  if (typeof text !== "string" || !/^[A-Za-z0-9_-]+$/.test(text) || text.length % 4 === 1) {
    throw new LedgerError(
      "EMRX_INVALID_KEY",
      `key.${name} is missing; give a private RSA key as JSON Web Key with n, e, p, q, dp, dq and qi.`,
    );
  }
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
}

function secretKey(key: JsonWebKey): RsaSecretKey {
  const number = (name: "p" | "q" | "dp" | "dq" | "qi"): bigint => fromBytes(member(key, name));
  const [p, q, dp, dq, qi] = [number("p"), number("q"), number("dp"), number("dq"), number("qi")];
  const publicKey = rsaPublicKey(member(key, "n"));
  if (fromBytes(member(key, "e")) !== PUBLIC_EXPONENT || p * q !== publicKey.modulus) {
    throw new LedgerError("EMRX_INVALID_KEY", "key must have the exponent 65537 and n = p q.");
  }
  return { ...publicKey, p, q, dp, dq, qi };
}

/**
 * A fresh RSA key for one round.
 *
 * @param options `bits`: of the modulus, 2048 by default
 * @returns a private JSON Web Key
 * @throws LedgerError `EMRX_INVALID_KEY` for another size than 2048, 3072 or 4096
 * @example
 * ```ts
 * import { generateIssuerKey } from "@emrx/chain-adapter/blind-tokens";
 *
 * (await generateIssuerKey()).kty; // => "RSA"
 * ```
 */
export async function generateIssuerKey(
  options: { readonly bits?: number } = {},
): Promise<JsonWebKey> {
  const { bits: modulusLength = 2048 } = check(
    object({ bits: optional(oneOf([2048, 3072, 4096])) }),
    options,
    "options",
    "EMRX_INVALID_KEY",
  );
  const { subtle } = globalThis.crypto;
  const publicExponent = Uint8Array.of(1, 0, 1);
  const algorithm = { name: "RSA-PSS", hash: "SHA-384", modulusLength, publicExponent };
  const pair = await subtle.generateKey(algorithm, true, ["sign", "verify"]);
  return subtle.exportKey("jwk", pair.privateKey);
}

/**
 * An issuer of tokens for one round.
 *
 * @param options key and, where there is a fast one, the secret operation
 * @returns the issuer; what it has issued is in memory, so keep one for the whole round
 * @throws LedgerError `EMRX_INVALID_KEY` if the key is malformed
 * @see RFC 9474
 * @example
 * ```ts
 * import { createTokenIssuer, requestToken } from "@emrx/chain-adapter/blind-tokens";
 *
 * const issuer = await createTokenIssuer();
 * const holder = new Uint8Array(32);
 * const scope = { ledger: "trial", round: 1, issuerKey: issuer.publicKey, holder };
 * await issuer.issue("patient 17", requestToken(scope).blinded);
 * await issuer.issue("patient 17", requestToken(scope).blinded); // throws EMRX_TOKEN_ISSUED
 * ```
 */
export async function createTokenIssuer(options: IssuerOptions = {}): Promise<TokenIssuer> {
  const { key: given, operation: fast } = check(
    optionsShape,
    options,
    "options",
    "EMRX_INVALID_KEY",
  );
  const jwk = given ?? (await generateIssuerKey());
  const key = secretKey(jwk);
  const operation: RsaSecretOperation = fast?.(jwk) ?? rsaSecretOperation(key);
  const answers = new Map<string, { value: bigint; answer: Promise<Uint8Array> }>();
  return {
    publicKey: member(jwk, "n"),
    get issued() {
      return answers.size;
    },
    async issue(patient, blinded) {
      check(patientShape, patient, "patient", "EMRX_INVALID_TOKEN");
      const value = requireElement("blinded", key, blinded);
      const earlier = answers.get(patient);
      if (earlier !== undefined) {
        if (value === earlier.value) return Uint8Array.from(await earlier.answer);
        throw new LedgerError(
          "EMRX_TOKEN_ISSUED",
          "this patient has a token for this round already; send the first request again if its answer was lost.",
        );
      }
      const answer = blindSign(key, operation, blinded);
      // Taken before the signing ends, so that two requests at once cannot both pass.
      answers.set(patient, { value, answer });
      try {
        return Uint8Array.from(await answer);
      } catch (error) {
        answers.delete(patient);
        throw error;
      }
    },
  };
}

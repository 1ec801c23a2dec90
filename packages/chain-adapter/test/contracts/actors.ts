// Keys and tokens that really verify, made once for the tests of admission and of key change.
import { createTokenIssuer, encodeToken, requestToken } from "../../src/blind-tokens.js";
import { type KeyChange, registerKeys, signKeyChange } from "../../src/identity.js";
import { identity, keyOf } from "../ledger/helpers.js";
import issuerKeys from "./issuer-keys.json" with { type: "json" };
import * as w from "./world.js";

// Fixed keys, which nobody uses for anything else: making one takes longer than all tests that need it.
const [key, foreignIssuer] = issuerKeys as [JsonWebKey, JsonWebKey];
const issuer = await createTokenIssuer({ key });
const foreign = await createTokenIssuer({ key: foreignIssuer });
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

export const issuerKey: string = hex(issuer.publicKey);

async function token(of: typeof issuer, patient: string, who: string, round = 1): Promise<string> {
  const holder = Uint8Array.from(Buffer.from(who, "hex"));
  const request = requestToken({ ledger: w.ledger, round, issuerKey: of.publicKey, holder });
  return hex(encodeToken(request.finish(await of.issue(patient, request.blinded))));
}

export const tokenA: string = await token(issuer, "a", w.siteA);
export const tokenB: string = await token(issuer, "b", w.labX);
export const tokenC: string = await token(issuer, "c", w.labX);
export const foreignToken: string = await token(foreign, "a", w.siteA);
export const otherRoundToken: string = await token(issuer, "d", w.siteA, 2);
/** Another signature over nothing: the nonce of a token with one byte of its signature changed. */
export const damagedToken: string = `${tokenC.slice(0, -2)}${tokenC.endsWith("00") ? "01" : "00"}`;

const [first, second, third, recovery, nextRecovery] = await Promise.all([
  identity(31),
  identity(32),
  identity(33),
  identity(34),
  identity(35),
]);

/** The identities of the first and second key, and of somebody else. */
export const identities = { first, second, other: nextRecovery };

/** What contracts know of a party's first, second and third key. */
export const keys = {
  first: keyOf(first),
  second: keyOf(second),
  third: keyOf(third),
};

const before = registerKeys(w.ledger, first, recovery);
export const recoveryHash: string = before.recovery;

export const rotation: KeyChange = await signKeyChange(before, {
  kind: "rotation",
  authority: first,
  next: second,
});

const rotated = { ...before, current: keys.second, sequence: 1 };

export const secondRotation: KeyChange = await signKeyChange(rotated, {
  kind: "rotation",
  authority: second,
  next: third,
});

/** After the first key was lost: signed by the recovery key. */
export const rescue: KeyChange = await signKeyChange(before, {
  kind: "recovery",
  authority: recovery,
  next: third,
  nextRecoveryKey: nextRecovery,
});

/** Signed by the new key alone. */
export const theft: KeyChange = await signKeyChange(before, {
  kind: "rotation",
  authority: third,
  next: third,
});

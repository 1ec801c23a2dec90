import {
  createTokenIssuer,
  decodeToken,
  encodeToken,
  generateIssuerKey,
  LedgerError,
  requestToken,
  type Token,
  tokenId,
  verifyToken,
} from "@emrx/chain-adapter";
import { fc, property } from "@emrx/testkit";
import { expect, test } from "vitest";
import { hex } from "../merkle/reference.js";

const key = await generateIssuerKey();
const issuer = await createTokenIssuer({ key });
const scope = { ledger: "trial", round: 4, issuerKey: issuer.publicKey };
const code = (expected: string) => expect.objectContaining({ name: "LedgerError", code: expected });

async function tokenFor(patient: string): Promise<Token> {
  const request = requestToken(scope);
  return request.finish(await issuer.issue(patient, request.blinded));
}

test("a registered patient gets one token, and it is right in its ledger and round only", async () => {
  const token = await tokenFor("one");
  expect(verifyToken(scope, token)).toBe(true);
  expect(verifyToken({ ...scope, round: 5 }, token)).toBe(false);
  expect(verifyToken({ ...scope, ledger: "other" }, token)).toBe(false);
  const other = await createTokenIssuer();
  expect(verifyToken({ ...scope, issuerKey: other.publicKey }, token)).toBe(false);
  expect(verifyToken(scope, { ...token, nonce: token.nonce.map((byte) => byte ^ 1) })).toBe(false);
  expect(verifyToken(scope, { ...token, nonce: token.nonce.subarray(1) })).toBe(false);
  expect(verifyToken(scope, { ...token, signature: token.signature.subarray(1) })).toBe(false);
});

test("the issuer answers the same request again, and no second one of the same patient", async () => {
  const request = requestToken(scope);
  const before = issuer.issued;
  const [first, second] = await Promise.all([
    issuer.issue("two", request.blinded),
    issuer.issue("two", request.blinded),
  ]);
  expect(hex(first as Uint8Array)).toBe(hex(second as Uint8Array));
  expect(issuer.issued).toBe(before + 1);
  await expect(issuer.issue("two", requestToken(scope).blinded)).rejects.toThrow(
    code("EMRX_TOKEN_ISSUED"),
  );
  await expect(issuer.issue("two", request.blinded.subarray(1))).rejects.toThrow(
    code("EMRX_TOKEN_ISSUED"),
  );
  expect(verifyToken(scope, request.finish(first as Uint8Array))).toBe(true);
});

test("of two different requests at once, one is answered", async () => {
  const results = await Promise.allSettled(
    [1, 2, 3].map(() => issuer.issue("three", requestToken(scope).blinded)),
  );
  expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected", "rejected"]);
});

test("a malformed request costs the patient nothing", async () => {
  await expect(issuer.issue("four", new Uint8Array(3))).rejects.toThrow(code("EMRX_INVALID_TOKEN"));
  expect(verifyToken(scope, await tokenFor("four"))).toBe(true);
});

test("what the issuer sees fits every token equally well", async () => {
  // For any request that it saw and any token shown later there is exactly one blinding factor that joins them, so what
  // it saw tells nothing about which is which.
  const requests = [requestToken(scope), requestToken(scope)];
  const answers = await Promise.all(
    requests.map(({ blinded }, i) => issuer.issue(`p${i}`, blinded)),
  );
  const tokens = requests.map((request, i) => request.finish(answers[i] as Uint8Array));
  const n = BigInt(`0x${hex(issuer.publicKey)}`);
  const number = (value: Uint8Array): bigint => BigInt(`0x${hex(value)}`);
  const modPower = (base: bigint, exponent: bigint): bigint => {
    let result = 1n;
    for (const bit of exponent.toString(2)) {
      result = (result * result) % n;
      if (bit === "1") result = (result * base) % n;
    }
    return result;
  };
  const invert = (value: bigint): bigint => {
    let [a, b, x, y] = [n, value, 0n, 1n];
    while (b > 0n) [a, b, x, y] = [b, a % b, y, x - (a / b) * y];
    return ((x % n) + n) % n;
  };
  for (const [i, answer] of answers.entries()) {
    for (const token of tokens) {
      // factor = answer / signature; then blinded = encoded * factor^e must hold for every pair.
      const factor = (number(answer) * invert(number(token.signature))) % n;
      const encoded = modPower(number(token.signature), 65537n);
      const { blinded } = requests[i] as (typeof requests)[number];
      expect((encoded * modPower(factor, 65537n)) % n).toBe(number(blinded));
    }
  }
});

test("an answer under another key is refused when finishing", async () => {
  const other = await createTokenIssuer();
  const request = requestToken(scope);
  let answer: Uint8Array | undefined;
  try {
    answer = await other.issue("x", request.blinded);
  } catch (error) {
    // The request may be above the other modulus.
    expect((error as LedgerError).code).toBe("EMRX_INVALID_TOKEN");
  }
  if (answer !== undefined) {
    const wrong = answer;
    expect(() => request.finish(wrong)).toThrow(code("EMRX_INVALID_TOKEN"));
  }
  expect(() => request.finish(new Uint8Array(256).fill(1))).toThrow(code("EMRX_INVALID_TOKEN"));
});

test("a token is remembered by its nonce", async () => {
  const [a, b] = [await tokenFor("five"), await tokenFor("six")];
  expect(tokenId(a)).toMatch(/^[0-9a-f]{64}$/);
  expect(tokenId(a)).not.toBe(tokenId(b));
  expect(tokenId({ ...a, signature: b.signature } as Token)).toBe(tokenId(a));
  expect(decodeToken(encodeToken(a))).toEqual(a);
});

property(
  "any bytes are a token in form or refused",
  [fc.uint8Array({ maxLength: 700 })],
  (noise) => {
    try {
      expect(encodeToken(decodeToken(noise))).toEqual(noise);
      expect(noise.length).toBeGreaterThanOrEqual(288);
      expect(verifyToken(scope, decodeToken(noise))).toBe(false);
    } catch (error) {
      expect(error).toBeInstanceOf(LedgerError);
      expect((error as LedgerError).code).toBe("EMRX_INVALID_TOKEN");
    }
  },
);

test("keys and scopes are checked", async () => {
  for (const bad of [
    {},
    { ...key, e: "Aw" },
    { ...key, p: key.q as string },
    { ...key, n: "not base64!" },
    { ...key, qi: undefined as never },
  ]) {
    await expect(createTokenIssuer({ key: bad })).rejects.toThrow(code("EMRX_INVALID_KEY"));
  }
  await expect(generateIssuerKey({ bits: 1024 })).rejects.toThrow(code("EMRX_INVALID_KEY"));
  expect(() => requestToken({ ...scope, round: -1 })).toThrow(code("EMRX_INVALID_LABEL"));
  expect(() => requestToken({ ...scope, ledger: "" })).toThrow(code("EMRX_INVALID_LABEL"));
  expect(() => requestToken({ ...scope, issuerKey: new Uint8Array(256) })).toThrow(
    code("EMRX_INVALID_KEY"),
  );
  const token = { nonce: new Uint8Array(32), signature: new Uint8Array(256) };
  expect(() => verifyToken({ ...scope, issuerKey: new Uint8Array(3) }, token)).toThrow(
    code("EMRX_INVALID_KEY"),
  );
  expect(verifyToken(scope, { nonce: 1, signature: 2 } as never)).toBe(false);
});

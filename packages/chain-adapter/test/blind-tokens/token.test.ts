import { LedgerError } from "@emrx/chain-adapter";
import {
  createTokenIssuer,
  decodeToken,
  encodeToken,
  generateIssuerKey,
  requestToken,
  type Token,
  type TokenIssuer,
  type TokenScope,
  tokenId,
  verifyToken,
} from "@emrx/chain-adapter/blind-tokens";
import { fc, property } from "@emrx/testkit";
import { beforeAll, expect, test } from "vitest";
import { blind, finalize, rsaPublicKey } from "../../src/blind-tokens/blind-signature.js";
import { hex } from "../merkle/reference.js";

const code = (expected: string) => expect.objectContaining({ name: "LedgerError", code: expected });

const holder = new Uint8Array(32).fill(5);
let key: JsonWebKey;
let issuer: TokenIssuer;
let scope: TokenScope;
beforeAll(async () => {
  key = await generateIssuerKey();
  issuer = await createTokenIssuer({ key });
  scope = { ledger: "trial", round: 4, issuerKey: issuer.publicKey, holder };
});

async function tokenFor(patient: string): Promise<Token> {
  const request = requestToken(scope);
  return request.finish(await issuer.issue(patient, request.blinded));
}

test("a registered patient gets one token, and it is right in its ledger, its round and the hand of its holder only", async () => {
  const token = await tokenFor("one");
  expect(verifyToken(scope, token)).toBe(true);
  expect(verifyToken({ ...scope, round: 5 }, token)).toBe(false);
  expect(verifyToken({ ...scope, ledger: "other" }, token)).toBe(false);
  expect(verifyToken({ ...scope, holder: holder.map((byte) => byte ^ 1) }, token)).toBe(false);
  const other = await createTokenIssuer();
  expect(verifyToken({ ...scope, issuerKey: other.publicKey }, token)).toBe(false);
  expect(verifyToken(scope, { ...token, nonce: token.nonce.map((byte) => byte ^ 1) })).toBe(false);
  expect(verifyToken(scope, { ...token, nonce: token.nonce.subarray(1) })).toBe(false);
  for (const signature of [
    token.signature.subarray(1),
    Uint8Array.of(0, ...token.signature),
    [...token.signature],
    undefined,
  ] as never[]) {
    expect(verifyToken(scope, { ...token, signature })).toBe(false);
  }
  for (const nonce of [[...token.nonce], undefined] as never[]) {
    expect(verifyToken(scope, { ...token, nonce })).toBe(false);
  }
});

test("a signed nonce of another length than 32 is no token", async () => {
  // The issuer signs blindly, so a patient can have anything signed; one request may not give tokens of many shapes.
  const rsa = rsaPublicKey(issuer.publicKey);
  for (const length of [0, 31, 32, 33]) {
    const nonce = new Uint8Array(length).fill(7);
    const utf8 = new TextEncoder();
    const parts = [
      utf8.encode("emrx/token/1"),
      utf8.encode("trial"),
      [0, 0, 0, 0, 0, 0, 0, 4],
      holder,
      nonce,
    ];
    const message = Uint8Array.from(parts.flatMap((part) => [0, 0, 0, part.length, ...part]));
    const { blinded, inverse } = blind(rsa, message);
    const answer = await issuer.issue(`length ${length}`, blinded);
    const token = { nonce, signature: finalize(rsa, message, answer, inverse) };
    expect(verifyToken(scope, token)).toBe(length === 32);
  }
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
  for (const malformed of [request.blinded.subarray(1), request.blinded.subarray(0, -1), "x"]) {
    await expect(issuer.issue("two", malformed as never)).rejects.toThrow(
      code("EMRX_INVALID_TOKEN"),
    );
  }
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

test("a token in bytes has 288 to 544 of them", () => {
  for (const [length, right] of [
    [287, false],
    [288, true],
    [544, true],
    [545, false],
  ] as const) {
    const bytes = Uint8Array.from({ length }, (_, i) => i);
    if (right) {
      const { nonce, signature } = decodeToken(bytes);
      expect([...nonce, ...signature]).toEqual([...bytes]);
      expect(nonce.length).toBe(32);
    } else {
      expect(() => decodeToken(bytes)).toThrow(code("EMRX_INVALID_TOKEN"));
    }
  }
  for (const other of [undefined, null, "x".repeat(300), new Array(300).fill(0), 1n]) {
    expect(() => decodeToken(other as never)).toThrow(code("EMRX_INVALID_TOKEN"));
  }
});

property(
  "whatever is given as a key is one, or is refused as EMRX_INVALID_KEY",
  [
    fc.oneof(fc.anything(), fc.string()),
    fc.constantFrom("n", "e", "p", "q", "dp", "dq", "qi"),
    fc.constantFrom(0, 1, 2, 3),
  ],
  async (value, member, cut) => {
    // Either anything at all, or the right text cut short.
    const given = cut === 0 ? value : (key as Record<string, string>)[member]?.slice(0, -cut);
    try {
      const odd = await createTokenIssuer({ key: { ...key, [member]: given } as JsonWebKey });
      expect(["dp", "dq", "qi"]).toContain(member);
      const request = requestToken({ ...scope, issuerKey: odd.publicKey });
      await expect(odd.issue("x", request.blinded)).rejects.toThrow(code("EMRX_INVALID_KEY"));
    } catch (error) {
      expect(error).toEqual(code("EMRX_INVALID_KEY"));
    }
  },
  { numRuns: 60 },
);

test("keys of 2048 bits, or of other usual lengths, and no others", async () => {
  const fresh = await createTokenIssuer();
  expect(fresh.publicKey.length).toBe(256);
  expect(fresh.issued).toBe(0);
  const longer = await createTokenIssuer({ key: await generateIssuerKey({ bits: 3072 }) });
  expect(longer.publicKey.length).toBe(384);
  for (const bits of [0, 1024, 2047, 2056, Number.NaN, "2048" as never]) {
    await expect(generateIssuerKey({ bits })).rejects.toThrow(code("EMRX_INVALID_KEY"));
  }
});

test("keys and scopes are checked", async () => {
  for (const bad of [
    {},
    { ...key, e: "Aw" },
    { ...key, p: key.q as string },
    { ...key, n: "not base64!" },
    { ...key, n: `${key.n}!` },
    { ...key, n: `!${key.n}` },
    { ...key, n: "A" },
    { ...key, e: undefined as never },
    { ...key, qi: undefined as never },
  ]) {
    await expect(createTokenIssuer({ key: bad })).rejects.toThrow(code("EMRX_INVALID_KEY"));
  }
  expect(() => requestToken({ ...scope, round: -1 })).toThrow(code("EMRX_INVALID_LABEL"));
  for (const other of [new Uint8Array(31), new Uint8Array(33), undefined as never]) {
    expect(() => requestToken({ ...scope, holder: other })).toThrow(code("EMRX_INVALID_KEY"));
  }
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

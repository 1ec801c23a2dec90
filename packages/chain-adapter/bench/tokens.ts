// Admission tokens, step by step: what a patient, the issuer and whoever checks a token each spend on one.
import { type BenchEntry, benchEntry } from "../../../bench/entry.js";
import {
  createTokenIssuer,
  generateIssuerKey,
  requestToken,
  type Token,
  type TokenIssuer,
  type TokenRequest,
  type TokenScope,
  verifyToken,
} from "../src/blind-tokens.js";
import { nativeRsa } from "../src/file.js";

interface Round {
  readonly issuer: TokenIssuer;
  readonly scope: TokenScope;
  readonly request: TokenRequest;
  readonly answer: Uint8Array;
  readonly token: Token;
  patients: number;
}

async function round(bits: number, native: boolean): Promise<Round> {
  const key = await generateIssuerKey({ bits });
  const issuer = await createTokenIssuer(native ? { key, operation: nativeRsa } : { key });
  const holder = new Uint8Array(32);
  const scope = { ledger: "bench", round: 1, issuerKey: issuer.publicKey, holder };
  const request = requestToken(scope);
  const answer = await issuer.issue("first", request.blinded);
  return { issuer, scope, request, answer, token: request.finish(answer), patients: 0 };
}

function step(
  name: string,
  work: number,
  run: (state: Round) => unknown,
  native = true,
  bits = 2048,
): BenchEntry {
  return benchEntry({
    name: `chain-adapter/tokens/${name}/bits=${bits}`,
    unit: "tokens",
    work,
    baseline: "limit/mix32",
    setup: () => round(bits, native),
    async run(state) {
      for (let i = 0; i < work; i++) await run(state);
    },
  });
}

const issue = (state: Round): Promise<Uint8Array> =>
  state.issuer.issue(`patient ${state.patients++}`, state.request.blinded);
const verify = ({ scope, token }: Round): boolean => verifyToken(scope, token);

/** A token's whole life: asked for blindly, signed, made from the answer, checked. */
async function wholeToken(state: Round): Promise<void> {
  const { scope, issuer } = state;
  const request = requestToken(scope);
  const token = request.finish(await issuer.issue(`patient ${state.patients++}`, request.blinded));
  if (!verifyToken(scope, token)) throw new Error("a right token was refused");
}

const tokens: readonly BenchEntry[] = [
  step("all", 20, wholeToken),
  step("blind", 50, ({ scope }) => requestToken(scope)),
  step("issue-native", 50, issue),
  step("issue-portable", 10, issue, false),
  step("finalize", 50, ({ request, answer }) => request.finish(answer)),
  step("verify", 100, verify),
  step("verify", 100, verify, true, 4096),
];
export default tokens;

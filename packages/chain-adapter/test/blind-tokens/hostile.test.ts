import {
  createTokenIssuer,
  decodeToken,
  requestToken,
  type TokenIssuer,
  tokenId,
  verifyToken,
} from "@emrx/chain-adapter/blind-tokens";
import { beforeAll, expect } from "vitest";
import { rsaPublicKey } from "../../src/blind-tokens/blind-signature.js";
import { answers } from "../hostile.js";

let issuer: TokenIssuer;
beforeAll(async () => {
  issuer = await createTokenIssuer();
});
const holder = new Uint8Array(32);
const scope = () => ({ ledger: "l", round: 1, issuerKey: issuer.publicKey, holder });

answers("rsaPublicKey", ["EMRX_INVALID_KEY"], rsaPublicKey);
answers("decodeToken", ["EMRX_INVALID_TOKEN"], decodeToken);
answers("tokenId", ["EMRX_INVALID_TOKEN"], (nonce) => tokenId({ nonce }));
answers("verifyToken", [], (nonce, signature) => {
  expect(verifyToken(scope(), { nonce, signature })).toBe(false);
});
answers("verifyToken, scope", ["EMRX_INVALID_LABEL"], (ledger, round) =>
  verifyToken(
    { ...scope(), ledger, round },
    { nonce: new Uint8Array(32), signature: new Uint8Array(256) },
  ),
);
answers("requestToken", ["EMRX_INVALID_LABEL"], (ledger, round) =>
  requestToken({ ...scope(), ledger, round }),
);
answers("requestToken, keys", ["EMRX_INVALID_KEY"], (issuerKey, other) => {
  requestToken({ ...scope(), holder: other });
  requestToken({ ...scope(), issuerKey });
});
answers("finish", ["EMRX_INVALID_TOKEN"], (answer) => requestToken(scope()).finish(answer));
answers("issue", ["EMRX_INVALID_TOKEN"], (patient, blinded) => issuer.issue(patient, blinded));

import { createIdentity } from "@emrx/chain-adapter";
import {
  createEvmIdentity,
  decodePublicKey,
  deriveEvmIdentity,
  deriveIdentity,
  derivePseudonym,
  encodePublicKey,
  evmAddress,
  partyId,
  pseudonymOfKey,
  pseudonymOfPublicKey,
  recoverEvmAddress,
  registerKeys,
  secretOrder,
  signatureSchemes,
  signEd25519,
  verifySignature,
  verifySignatureSync,
} from "@emrx/chain-adapter/identity";
import { expect } from "vitest";
import { answers } from "../hostile.js";

const secret = new Uint8Array(32).fill(1);
const scope = { domain: "l/s", round: 1, role: "r" };

answers("createIdentity", ["EMRX_INVALID_KEY"], (secretKey) => createIdentity({ secretKey }));
answers("createEvmIdentity", ["EMRX_INVALID_KEY"], (secretKey) => createEvmIdentity({ secretKey }));
answers("signDigest", ["EMRX_INVALID_KEY"], (digest) =>
  createEvmIdentity({ secretKey: secret }).signDigest(digest),
);
answers("signEd25519", ["EMRX_INVALID_KEY"], (key) => signEd25519(key, secret));
answers("evmAddress", ["EMRX_INVALID_KEY"], evmAddress);
answers("recoverEvmAddress", [], (message, signature) => recoverEvmAddress(message, signature));
answers("pseudonymOfKey", ["EMRX_INVALID_KEY"], pseudonymOfKey);
answers("pseudonymOfPublicKey", ["EMRX_INVALID_KEY"], pseudonymOfPublicKey);
answers("registerKeys", ["EMRX_INVALID_KEY", "EMRX_INVALID_LABEL"], (ledger, key) =>
  registerKeys(ledger, key, { scheme: "ed25519", publicKey: secret }),
);
for (const [name, derive] of [
  ["derivePseudonym", derivePseudonym],
  ["deriveIdentity", deriveIdentity],
  ["deriveEvmIdentity", deriveEvmIdentity],
] as const) {
  answers(`${name}, secret and index`, ["EMRX_INVALID_KEY", "EMRX_INVALID_LABEL"], (root, index) =>
    derive(root, scope, index),
  );
  answers(`${name}, scope`, ["EMRX_INVALID_LABEL"], (label, round) =>
    derive(secret, { domain: label, round, role: label }, 0),
  );
}
answers("secretOrder", ["EMRX_INVALID_LABEL"], (count) =>
  typeof count === "number" && count > 1e6 ? undefined : secretOrder(secret, scope, count),
);
answers("encodePublicKey", ["EMRX_INVALID_KEY"], encodePublicKey);
answers("decodePublicKey", ["EMRX_INVALID_KEY"], decodePublicKey);
answers("partyId", ["EMRX_INVALID_KEY"], partyId);
answers("verifying", [], async (value, other) => {
  for (const scheme of Object.values(signatureSchemes)) {
    expect(await scheme.verify(value, other, value)).toBe(false);
    expect(await scheme.verify(other, value, secret)).toBe(false);
    expect(scheme.verifySync(value, other, value)).toBe(false);
    const key = { scheme: scheme.name, publicKey: value };
    expect(await verifySignature(key, secret, other)).toBe(false);
    expect(verifySignatureSync(key, secret, other)).toBe(false);
  }
  expect(await verifySignature(value, secret, other)).toBe(false);
  expect(verifySignatureSync(value, secret, other)).toBe(false);
});

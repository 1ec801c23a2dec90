// Whoever signs by whatever scheme is a party like any other.
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { describe, expect, test } from "vitest";
import { callId, createGenesis, parseSignedCall, type SignedCall } from "../../src/calls.js";
import { callMessage } from "../../src/codec/signed-call.js";
import {
  createEvmIdentity,
  encodePublicKey,
  type Identity,
  partyId,
  registerKeys,
  type SchemeName,
  signatureSchemes,
  signKeyChange,
} from "../../src/identity.js";
import { auditLedger, memoryLedger } from "../../src/ledger.js";
import * as w from "../contracts/world.js";
import { codeOf, sign } from "./helpers.js";

const genesis = createGenesis({ name: "schemes" });
const names = Object.keys(signatureSchemes) as SchemeName[];
const identityOf = (scheme: SchemeName, fill: number): Promise<Identity> =>
  signatureSchemes[scheme].identity(new Uint8Array(32).fill(fill));

describe.each(names)("%s", (scheme) => {
  test("a signed call is accepted, its signer is the party, and an audit finds the signature right", async () => {
    const ledger = await memoryLedger({ genesis });
    const [site, lab] = [await identityOf(scheme, 1), await identityOf(scheme, 2)];
    await ledger.submit(await sign(ledger, site, w.policy()));
    await ledger.submit(await sign(ledger, lab, w.policy()));
    expect(
      await ledger.view({ type: "access.policy", site: partyId(site), policyId: "main" }),
    ).toMatchObject({ site: partyId(site) });
    const call = await sign(ledger, site, w.policy({ version: 2 }));
    expect(call.signer).toBe(encodePublicKey(site));
    for (const forged of [
      { ...call, signer: encodePublicKey(lab) },
      { ...call, key: "another" },
      { ...call, signature: (await sign(ledger, lab, w.policy({ version: 2 }))).signature },
    ]) {
      expect(await codeOf(ledger.submit(forged))).toBe("EMRX_BAD_SIGNATURE");
    }
    expect(await auditLedger(ledger)).toMatchObject({ passed: true, accepted: 2, invalid: 0 });
  });

  test("a key goes over to one of any scheme, and the old one acts for nobody", async () => {
    for (const other of names) {
      const ledger = await memoryLedger({ genesis });
      const [first, safe] = [await identityOf(scheme, 1), await identityOf(other, 2)];
      const next = await identityOf(other, 3);
      const state = registerKeys(ledger.id, first, safe);
      const register = { type: "identity.register", recovery: state.recovery } as const;
      await ledger.submit(await sign(ledger, first, register));
      await ledger.submit(await sign(ledger, first, w.policy()));
      const change = await signKeyChange(state, { kind: "rotation", authority: first, next });
      const name = partyId(first);
      await ledger.submit(await sign(ledger, next, { type: "identity.changeKey", name, change }));
      await ledger.submit(await sign(ledger, next, w.policy({ version: 2 })));
      expect(await codeOf(ledger.submit(await sign(ledger, first, w.policy({ version: 3 }))))).toBe(
        "EMRX_KEY_RETIRED",
      );
      expect(await ledger.view({ type: "identity.party", key: partyId(next) })).toBe(name);
    }
  });
});

test("a key under the name of another scheme is another party", () => {
  const publicKey = new Uint8Array(32).fill(2);
  const ed25519 = partyId({ scheme: "ed25519", publicKey });
  const secp256k1 = partyId({ scheme: "secp256k1", publicKey: Uint8Array.of(2, ...publicKey) });
  expect(ed25519).not.toBe(secp256k1);
});

test("the id of a call does not depend on its signature: two signatures over one call are one call", async () => {
  const ledger = await memoryLedger({ genesis });
  const secretKey = new Uint8Array(32).fill(1);
  const call = await sign(ledger, createEvmIdentity({ secretKey }), w.policy());
  // ECDSA has as many right signatures as there are nonces; a device may take another one each time.
  const [recovery, ...rs] = secp256k1.sign(keccak_256(callMessage(call)), secretKey, {
    prehash: false,
    format: "recovered",
    extraEntropy: new Uint8Array(32).fill(7),
  });
  const digits = Buffer.from([...rs, 27 + (recovery as number)]).toString("hex");
  const again: SignedCall = { ...call, signature: `secp256k1:${digits}` };
  expect(again.signature).not.toBe(call.signature);
  expect(callId(again)).toBe(callId(call));
  const receipt = await ledger.submit(call);
  expect(await ledger.submit(again)).toEqual(receipt);
  expect((await ledger.checkpoint()).size).toBe(2);
  // The twin with the other s, right for lax verifiers, is no signature here.
  expect(await codeOf(ledger.submit({ ...call, signature: twin(call.signature) }))).toBe(
    "EMRX_BAD_SIGNATURE",
  );
});

test("the form of keys and signatures is checked: scheme, length, digits", async () => {
  const ledger = await memoryLedger({ genesis });
  const call = await sign(ledger, await identityOf("ed25519", 1), w.policy());
  const hex = "0".repeat(64);
  for (const signer of [
    hex,
    `ed25519:${hex}00`,
    `ed25519:${hex.slice(2)}`,
    `secp256k1:${hex}`,
    `secp256k1:04${hex}`,
    `ED25519:${hex}`,
    `ed448:${hex}`,
    `constructor:${hex}`,
    `ed25519:${"A".repeat(64)}`,
    `ed25519:${hex}:`,
    "",
    7,
  ]) {
    expect(() => parseSignedCall({ ...call, signer }), String(signer)).toThrow(
      expect.objectContaining({ code: "EMRX_INVALID_CALL" }),
    );
  }
  for (const signature of [`ed25519:${hex}`, hex + hex, `secp256k1:${hex}${hex}`, "ed25519:"]) {
    expect(() => parseSignedCall({ ...call, signature }), signature).toThrow(
      expect.objectContaining({ code: "EMRX_INVALID_CALL" }),
    );
  }
  // Well formed, but of another scheme than the key.
  const evm = await sign(ledger, await identityOf("secp256k1", 1), w.policy());
  expect(await codeOf(ledger.submit({ ...call, signature: evm.signature }))).toBe(
    "EMRX_BAD_SIGNATURE",
  );
});

/** The signature with the order minus s, and the other parity. */
function twin(text: string): string {
  const [scheme, digits = ""] = text.split(":");
  const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
  const s = order - BigInt(`0x${digits.slice(64, 128)}`);
  const v = digits.endsWith("1b") ? "1c" : "1b";
  return `${scheme}:${digits.slice(0, 64)}${s.toString(16).padStart(64, "0")}${v}`;
}

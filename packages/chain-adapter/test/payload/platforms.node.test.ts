// Platforms that lack something. A browser loads a module once, so these run in Node only.
import { oneTimePublicKey } from "@emrx/chain-adapter/payload";
import { afterEach, describe, expect, test, vi } from "vitest";
import { deriveKeyPair, hpkeSeal } from "../../src/payload/hpke.js";
import { bytes, hex } from "../merkle/reference.js";
import { hpkeVector as vector } from "./vectors.js";

describe("platforms", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.resetModules();
  });

  test("without X25519, the same bytes come from plain JavaScript", async () => {
    const real = globalThis.crypto;
    vi.stubGlobal("crypto", {
      getRandomValues: (array: Uint8Array<ArrayBuffer>) => real.getRandomValues(array),
      subtle: {
        importKey: (...args: Parameters<SubtleCrypto["importKey"]>) => {
          if (args[2] === "X25519") throw new DOMException("unsupported", "NotSupportedError");
          return real.subtle.importKey(...args);
        },
        encrypt: (...args: Parameters<SubtleCrypto["encrypt"]>) => real.subtle.encrypt(...args),
        decrypt: (...args: Parameters<SubtleCrypto["decrypt"]>) => real.subtle.decrypt(...args),
      },
    });
    vi.resetModules();
    const fresh = await import("../../src/payload/hpke.js");
    const receiver = await fresh.deriveKeyPair(bytes(vector.ikmR));
    expect(hex(receiver.publicKey)).toBe(vector.pkRm);
    const sender = await fresh.deriveKeyPair(bytes(vector.ikmE));
    const [info, message] = [bytes(vector.info), bytes("0908")];
    const sealed = await fresh.hpkeSeal(receiver.publicKey, info, message, undefined, sender);
    expect(hex(await fresh.hpkeOpen(receiver, info, sealed))).toBe("0908");
    const again = await fresh.hpkeSeal(receiver.publicKey, info, message);
    expect(hex(await fresh.hpkeOpen(receiver, info, again))).toBe("0908");
    vi.unstubAllGlobals();
    const native = await hpkeSeal(
      bytes(vector.pkRm),
      info,
      message,
      undefined,
      await deriveKeyPair(bytes(vector.ikmE)),
    );
    expect(hex(native)).toBe(hex(sealed));
    await expect(receiver.agree(new Uint8Array(32))).rejects.toThrow();
  });

  test("without WebCrypto at all, the error says so", async () => {
    vi.stubGlobal("crypto", undefined);
    await expect(oneTimePublicKey(new Uint8Array(32))).rejects.toThrow(
      expect.objectContaining({ code: "EMRX_NO_CRYPTO" }),
    );
  });
});

// Platforms that lack something. A browser loads a module once, so these run in Node only.
import { afterEach, describe, expect, test, vi } from "vitest";
import { bytes, hex } from "../merkle/reference.js";
import { ed25519Vectors } from "./vectors.js";

describe("a platform without Ed25519, or one that randomizes signatures", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.resetModules();
  });

  test.each(["absent", "randomizing"])(
    "%s: the same bytes come from plain JavaScript",
    async (kind) => {
      const subtle = globalThis.crypto.subtle;
      const calls: string[] = [];
      vi.stubGlobal("crypto", {
        getRandomValues: (array: Uint8Array<ArrayBuffer>) => array.fill(1),
        subtle: {
          importKey: (...args: Parameters<typeof subtle.importKey>) => {
            calls.push("importKey");
            if (kind === "absent") throw new DOMException("unsupported", "NotSupportedError");
            return subtle.importKey(...args);
          },
          sign: async () => new Uint8Array(64).fill(9).buffer,
          verify: async () => {
            throw new Error("must not be asked");
          },
        },
      });
      vi.resetModules();
      const fresh = await import("../../src/identity.js");
      for (const vector of ed25519Vectors) {
        const identity = await fresh.createIdentity({ secretKey: bytes(vector.secretKey) });
        const message = bytes(vector.message);
        expect(hex(await identity.sign(message))).toBe(vector.signature);
        const [key, signature] = [identity, bytes(vector.signature)];
        expect(await fresh.verifySignature(key, message, signature)).toBe(true);
        expect(await fresh.verifySignature(key, Uint8Array.of(9), signature)).toBe(false);
      }
      expect(calls.length).toBe(1);
    },
  );
});

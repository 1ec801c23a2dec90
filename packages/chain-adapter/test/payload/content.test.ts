import { LedgerError } from "@emrx/chain-adapter";
import {
  contentIdOf,
  createMemoryContentStore,
  parseContentId,
  requireContent,
} from "@emrx/chain-adapter/payload";
import { fc, property } from "@emrx/testkit";
import { base32 } from "multiformats/bases/base32";
import { CID } from "multiformats/cid";
import { create as createDigest } from "multiformats/hashes/digest";
import { describe, expect, test } from "vitest";
import { hex } from "../merkle/reference.js";
import { storeLaws } from "./store-laws.js";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

test("content ids are the published ones", () => {
  // Raw blocks known from the IPFS documentation: nothing, and "hello world".
  expect(contentIdOf(new Uint8Array())).toBe(
    "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku",
  );
  expect(contentIdOf(text("hello world"))).toBe(
    "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e",
  );
  expect(hex(parseContentId(contentIdOf(text("abc"))))).toBe(
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  );
});

test("every other form of an id is refused", () => {
  const id = contentIdOf(text("abc"));
  const alphabet = "abcdefghijklmnopqrstuvwxyz234567";
  for (const other of [
    "",
    id.toUpperCase(),
    `${id}a`,
    id.slice(0, -1),
    ` ${id}`,
    `z${id.slice(1)}`,
    // The last letter carries unused bits: this one decodes to the same bytes in a lax reader.
    id.slice(0, -1) + alphabet[alphabet.indexOf(id.slice(-1)) + 1],
    "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG", // version 0
    "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi", // another codec
    "f01551220ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", // base16
    "../../etc/passwd",
    7 as never,
    undefined as never,
    null as never,
  ]) {
    expect(() => parseContentId(other)).toThrow(
      expect.objectContaining({ code: "EMRX_CONTENT_ID" }),
    );
  }
});

test("a shortened hash names nothing", () => {
  const short = createDigest(0x12, new Uint8Array(20).fill(7));
  const id = CID.createV1(0x55, short).toString(base32);
  expect(() => parseContentId(id)).toThrow(expect.objectContaining({ code: "EMRX_CONTENT_ID" }));
});

property("any text is refused or is the one name of its hash", [fc.string()], (name) => {
  for (const candidate of [name, `bafkrei${name}`, `b${name}`]) {
    try {
      expect(parseContentId(candidate).length).toBe(32);
    } catch (error) {
      expect(error).toBeInstanceOf(LedgerError);
      expect((error as LedgerError).code).toBe("EMRX_CONTENT_ID");
    }
  }
});

test("bytes that are not what the id names are refused", () => {
  const id = contentIdOf(text("abc"));
  expect(requireContent(id, text("abc"), "here")).toEqual(text("abc"));
  expect(() => requireContent(id, text("abd"), "here")).toThrow(
    expect.objectContaining({
      code: "EMRX_CONTENT_DAMAGED",
      details: { content: id, actual: contentIdOf(text("abd")) },
    }),
  );
  expect(() => requireContent("abc", text("abc"), "here")).toThrow(
    expect.objectContaining({ code: "EMRX_CONTENT_ID" }),
  );
});

describe("a store in memory", () => storeLaws(async () => createMemoryContentStore()));

// The public facts of a publication that the ledger keeps as hashes: menus and mechanism parameters.
import { encodeCanonical } from "@emrx/chain-adapter/codec";
import type { Schema } from "@emrx/ldp-core";
import { mechanismOf } from "@emrx/ldp-core/schema";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import type { MenusDocument } from "../offers/menus.js";

/** SHA-256 of the canonical menus: what `trade.offerBatch` names as `menusHash`. */
export function menusHash(document: MenusDocument): string {
  return bytesToHex(sha256(encodeCanonical(document)));
}

/**
 * SHA-256 of everything that decides the channels: the schema's hash, and for every attribute and level the mechanism
 * with its integers. Two publications with equal hashes can be estimated together.
 */
export function parametersHash(schema: Schema): string {
  const mechanisms = schema.attributes.map(({ name, type, index, level }) => ({
    attribute: name,
    levels:
      type === "public"
        ? []
        : schema.levels.flatMap((_, l) =>
            l < level ? [] : [mechanismOf(schema, index, l).identity],
          ),
  }));
  return bytesToHex(sha256(encodeCanonical({ schema: schema.hash, mechanisms })));
}

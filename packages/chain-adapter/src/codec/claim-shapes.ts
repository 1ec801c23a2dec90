// What a challenge's claim must look like.

import {
  arrayOf,
  deferred,
  integer,
  literal,
  object,
  oneOf,
  optional,
  type Shape,
  satisfying,
  variant,
} from "@emrx/internal/shape";
import type { Claim } from "./challenge-claims.js";
import * as field from "./fields.js";

/** Pairs in a block of a list or of partners. */
export const BLOCK_PAIRS = 64;

/** Any claim. */
export const claim: Shape<Claim> = /* @__PURE__ */ deferred(() => {
  const uint32 = integer(0, 0xffff_ffff);
  const proof = arrayOf(field.hex32, { most: 64 });
  const pairs = satisfying(
    arrayOf(uint32, { least: 2, most: 2 * BLOCK_PAIRS }),
    ({ length }) => length % 2 === 0,
    "an even number of numbers",
  );
  const blocks = arrayOf(object({ block: uint32, pairs, proof }), { most: 4 });
  const input = object({
    id: field.hex32,
    quota: uint32,
    count: uint32,
    root: field.hex32,
    proof,
    blocks,
  });
  const partners = object({ count: uint32, root: field.hex32, proof, blocks });
  const agent = object({ place: uint32, input: optional(input), partners: optional(partners) });
  const offer = optional(
    object({ id: field.hex32, quota: uint32, terms: uint32, leaf: field.hex32, proof }),
  );
  const among = oneOf(["list", "partners"]);
  return variant("kind", {
    blocking: object({
      kind: literal("blocking"),
      publisher: agent,
      requester: agent,
      rank: uint32,
      gap: uint32,
      publisherGivesUp: optional(uint32),
      requesterGivesUp: optional(uint32),
    }),
    overQuota: object({ kind: literal("overQuota"), agent }),
    unacceptable: object({ kind: literal("unacceptable"), agent, partner: uint32 }),
    oneSided: object({
      kind: literal("oneSided"),
      agent,
      partner: uint32,
      other: agent,
      gap: uint32,
    }),
    unmutual: object({ kind: literal("unmutual"), agent, rank: uint32, other: agent }),
    duplicate: object({
      kind: literal("duplicate"),
      agent,
      among,
      first: uint32,
      second: uint32,
    }),
    unadmitted: object({ kind: literal("unadmitted"), agent, among, at: uint32 }),
    omitted: object({ kind: literal("omitted"), agent, offer }),
    altered: object({ kind: literal("altered"), agent, offer }),
    misallocated: object({
      kind: literal("misallocated"),
      requester: agent,
      site: field.hex32,
      from: uint32,
      to: uint32,
    }),
  });
});

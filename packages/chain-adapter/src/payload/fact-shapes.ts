// What the facts of a pair must look like. They are looked up on a ledger, so whoever brings more than is needed may.
import {
  arrayOf,
  coded,
  deferred,
  having,
  integer,
  literal,
  type Members,
  object,
  optional,
  type Shape,
  satisfying,
  variant,
} from "@emrx/internal/shape";
import { hex32, hexBytes, round } from "../codec/fields.js";
import { x25519Key } from "../codec/x25519-key.js";
import { check } from "../errors/check.js";
import type { Pair } from "./bundle-keys.js";
import type { BundleFacts } from "./chunk.js";
import type {
  ClaimEvidence,
  ClaimFacts,
  PlaceRange,
  ReportPool,
  ShownChunk,
  ShownLeaf,
} from "./claim-types.js";

const places: Shape<readonly PlaceRange[]> = /* @__PURE__ */ deferred(() =>
  arrayOf(
    satisfying(
      having({ from: integer(0), to: integer(1, 0xffff_ffff), profile: integer(0, 0xffff) }),
      ({ from, to }) => from < to,
      "a range whose from is below its to",
    ),
  ),
);

const chunk: Shape<BundleFacts["chunk"]> = /* @__PURE__ */ deferred(() =>
  having({ length: integer(1), bytes: integer(17, 1 << 20), withdrawn: integer(0) }),
);

const pools: Shape<readonly ReportPool[]> = /* @__PURE__ */ deferred(() =>
  arrayOf(
    having({
      levels: arrayOf(integer(-1)),
      bytes: arrayOf(integer(0)),
      disclosed: integer(0),
    }),
  ),
);

const pair = (): Members => ({ ledger: hex32, site: hex32, requester: hex32, round });
const bundle = (): Members => ({
  ...pair(),
  schemaHash: hex32,
  suite: integer(1),
  chunk,
  batchRoot: hex32,
  batchCount: integer(1),
  ranges: places,
  profiles: pools,
});
const wrappedKey = (): Shape<string> => hexBytes(0, 1000);

const facts = <T>(members: () => Members): ((given: T) => T) => {
  const shape = deferred(() => having(members())) as Shape<unknown>;
  return (given) => check(shape, given, "facts", "EMRX_INVALID_BUNDLE") as T;
};

/** Each gives the members that it needs, or throws `EMRX_INVALID_BUNDLE`, naming what is wrong. */
export const placeFacts: (given: Pick<BundleFacts, "ranges" | "chunk">) => typeof given =
  /* @__PURE__ */ facts(() => ({ ranges: places, chunk }));
export const contentFacts: (given: Pick<ClaimFacts, "ranges" | "chunk" | "root">) => typeof given =
  /* @__PURE__ */ facts(() => ({ ranges: places, chunk, root: hex32 }));
export const sealFacts: (given: BundleFacts) => BundleFacts = /* @__PURE__ */ facts(bundle);
export const claimFacts: (given: ClaimFacts) => ClaimFacts = /* @__PURE__ */ facts(() => ({
  ...{ ...bundle(), root: hex32, keyCommitment: hex32 },
  ...{ oneTimeKey: hex32, wrappedKey: wrappedKey() },
}));
type Wrapping = Pair & Pick<ClaimFacts, "root" | "oneTimeKey">;
export const wrapFacts: (given: Wrapping) => Wrapping = /* @__PURE__ */ facts(() => ({
  ...{ ...pair(), root: hex32 },
  oneTimeKey: coded("EMRX_INVALID_KEY", x25519Key),
}));
type Wrapped = Pair & Pick<ClaimFacts, "root" | "wrappedKey">;
export const unwrapFacts: (given: Wrapped) => Wrapped = /* @__PURE__ */ facts(() => ({
  ...{ ...pair(), root: hex32, wrappedKey: wrappedKey() },
}));

const path: Shape<readonly string[]> = /* @__PURE__ */ arrayOf(hex32, { most: 64 });
const index: Shape<number> = /* @__PURE__ */ integer(0, 0xffff_ffff);

const shownLeaf: Shape<ShownLeaf> = /* @__PURE__ */ deferred(() =>
  object({ index, ciphertextHash: hex32, keyHash: hex32, path }),
);

const shownChunk: Shape<ShownChunk> = /* @__PURE__ */ deferred(() =>
  object({ index, ciphertext: hexBytes(0, 1 << 17), key: hex32, path }),
);

/** What a claim shows. */
export const claimEvidence: Shape<ClaimEvidence> = /* @__PURE__ */ deferred(() =>
  variant("kind", {
    key: object({ kind: literal("key"), secret: hex32, leaf: optional(shownLeaf) }),
    chunk: object({
      kind: literal("chunk"),
      chunks: arrayOf(shownChunk, { least: 1, most: 2 }),
    }),
  }),
);

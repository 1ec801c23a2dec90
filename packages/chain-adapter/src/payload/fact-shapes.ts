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
import type {
  BundleFacts,
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

const shapeOf = <T>(members: () => Members): Shape<T> =>
  having(members()) as Shape<unknown> as Shape<T>;
const refused = "EMRX_INVALID_BUNDLE";

const placeShape: Shape<Pick<BundleFacts, "ranges" | "chunk">> = /* @__PURE__ */ deferred(() =>
  shapeOf(() => ({ ranges: places, chunk })),
);
/** Places and length of a chunk; throws `EMRX_INVALID_BUNDLE`, naming what is wrong, as all these do. */
export const placeFacts = (
  given: Pick<BundleFacts, "ranges" | "chunk">,
): Pick<BundleFacts, "ranges" | "chunk"> => check(placeShape, given, "facts", refused);

type OfContent = Pick<ClaimFacts, "ranges" | "chunk" | "root">;
const contentShape: Shape<OfContent> = /* @__PURE__ */ deferred(() =>
  shapeOf(() => ({ ranges: places, chunk, root: hex32 })),
);
export const contentFacts = (given: OfContent): OfContent =>
  check(contentShape, given, "facts", refused);

const sealShape: Shape<BundleFacts> = /* @__PURE__ */ deferred(() => shapeOf(bundle));
export const sealFacts = (given: BundleFacts): BundleFacts =>
  check(sealShape, given, "facts", refused);

const claimShape: Shape<ClaimFacts> = /* @__PURE__ */ deferred(() =>
  shapeOf(() => ({
    ...{ ...bundle(), root: hex32, keyCommitment: hex32 },
    ...{ oneTimeKey: hex32, wrappedKey: wrappedKey() },
  })),
);
export const claimFacts = (given: ClaimFacts): ClaimFacts =>
  check(claimShape, given, "facts", refused);

type Wrapping = Pair & Pick<ClaimFacts, "root" | "oneTimeKey">;
const wrapShape: Shape<Wrapping> = /* @__PURE__ */ deferred(() =>
  shapeOf(() => ({
    ...{ ...pair(), root: hex32 },
    oneTimeKey: coded("EMRX_INVALID_KEY", x25519Key),
  })),
);
export const wrapFacts = (given: Wrapping): Wrapping => check(wrapShape, given, "facts", refused);

type Wrapped = Pair & Pick<ClaimFacts, "root" | "wrappedKey">;
const unwrapShape: Shape<Wrapped> = /* @__PURE__ */ deferred(() =>
  shapeOf(() => ({ ...{ ...pair(), root: hex32, wrappedKey: wrappedKey() } })),
);
export const unwrapFacts = (given: Wrapped): Wrapped => check(unwrapShape, given, "facts", refused);

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

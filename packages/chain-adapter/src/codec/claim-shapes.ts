// What a challenge's claim must look like.
import type {
  AgentOpening,
  BlockOpening,
  Claim,
  ClaimKind,
  InputOpening,
  OfferOpening,
  PartnersOpening,
} from "./challenge-claims.js";
import * as field from "./fields.js";
import { integer, invalid, list, object, oneOf, type Shape } from "./shape.js";

/** Pairs in a block of a list or of partners. */
export const BLOCK_PAIRS = 64;

const uint32 = integer(0, 0xffff_ffff);
const proof = list(field.hex32, 0, 64);

const pairs: Shape<readonly number[]> = (value, path) => {
  const numbers = list(uint32, 2, 2 * BLOCK_PAIRS)(value, path);
  return numbers.length % 2 === 0
    ? numbers
    : invalid(path, `${numbers.length} numbers`, "an even number of numbers");
};

const block = object<BlockOpening>({ block: uint32, pairs, proof });
const blocks = list(block, 0, 4);

const input = object<InputOpening>({
  id: field.hex32,
  quota: uint32,
  count: uint32,
  root: field.hex32,
  proof,
  blocks,
});

const partners = object<PartnersOpening>({ count: uint32, root: field.hex32, proof, blocks });

const agent = object<AgentOpening>({ place: uint32, input, partners }, ["input", "partners"]);

const offer = object<OfferOpening>({
  id: field.hex32,
  quota: uint32,
  terms: uint32,
  leaf: field.hex32,
  proof,
});

const named = <const T extends string>(name: T): Shape<T> => oneOf(name);
const among = oneOf("list", "partners");

const claims: {
  readonly [K in ClaimKind]: Shape<Extract<Claim, { readonly kind: K }>>;
} = {
  blocking: object<Extract<Claim, { kind: "blocking" }>>(
    {
      kind: named("blocking"),
      publisher: agent,
      requester: agent,
      rank: uint32,
      gap: uint32,
      publisherGivesUp: uint32,
      requesterGivesUp: uint32,
    },
    ["publisherGivesUp", "requesterGivesUp"],
  ),
  overQuota: object<Extract<Claim, { kind: "overQuota" }>>({ kind: named("overQuota"), agent }),
  unacceptable: object<Extract<Claim, { kind: "unacceptable" }>>({
    kind: named("unacceptable"),
    agent,
    partner: uint32,
  }),
  oneSided: object<Extract<Claim, { kind: "oneSided" }>>({
    kind: named("oneSided"),
    agent,
    partner: uint32,
    other: agent,
    gap: uint32,
  }),
  unmutual: object<Extract<Claim, { kind: "unmutual" }>>({
    kind: named("unmutual"),
    agent,
    rank: uint32,
    other: agent,
  }),
  duplicate: object<Extract<Claim, { kind: "duplicate" }>>({
    kind: named("duplicate"),
    agent,
    among,
    first: uint32,
    second: uint32,
  }),
  unadmitted: object<Extract<Claim, { kind: "unadmitted" }>>({
    kind: named("unadmitted"),
    agent,
    among,
    at: uint32,
  }),
  omitted: object<Extract<Claim, { kind: "omitted" }>>({ kind: named("omitted"), agent, offer }, [
    "offer",
  ]),
  altered: object<Extract<Claim, { kind: "altered" }>>({ kind: named("altered"), agent, offer }, [
    "offer",
  ]),
  misallocated: object<Extract<Claim, { kind: "misallocated" }>>({
    kind: named("misallocated"),
    requester: agent,
    site: field.hex32,
    from: uint32,
    to: uint32,
  }),
};

/** Any claim. */
export const claim: Shape<Claim> = (value, path) => {
  const kind: unknown =
    typeof value === "object" && value !== null ? (value as { kind?: unknown }).kind : undefined;
  return typeof kind === "string" && Object.hasOwn(claims, kind)
    ? claims[kind as ClaimKind](value, path)
    : invalid(`${path}.kind`, kind, `one of ${Object.keys(claims).join(", ")}`);
};

// A publication: the menus, limits, bonds and prices of every round that is held under it. One canonical document, whose
// hash names it. Its tables follow from the schema, and whoever takes part recomputes them; a ledger cannot.
import { toHex } from "@emrx/internal/bytes";
import {
  arrayOf,
  deferred,
  integer,
  literal,
  object,
  recordOf,
  type Shape,
  satisfying,
} from "@emrx/internal/shape";
import { type Purpose, purposes } from "../contracts/purposes.js";
import { check } from "../errors/check.js";
import { sha256 } from "../merkle/sha256.js";
import { purpose } from "./access-shapes.js";
import { encodeCanonical } from "./canonical.js";
import * as field from "./fields.js";

/** One way to take part. Lists have an entry an attribute of the publication, in its order. */
export interface Profile {
  readonly name: string;
  /** Index of the level of each attribute; -1 where the attribute is withheld. */
  readonly levels: readonly number[];
  /** Purposes refused, and with each those above and below it in the tree. */
  readonly refuses: readonly Purpose[];
  /** Bytes of the mechanism's report of each attribute at its level; 0 where it is withheld. */
  readonly bytes: readonly number[];
  /** Attributes in one report, at most as many as are not withheld. */
  readonly disclosed: number;
  /** What one report of this profile tells about each attribute: parts per million; 0 where it is withheld. */
  readonly worth: readonly number[];
  /** What it costs a patient to tell each attribute: thousandths of a minor unit; 0 where it is withheld. */
  readonly exposure: readonly number[];
}

/** What rounds are held under. Prices and bonds are minor units of money. */
export interface Publication {
  readonly format: "emrx-publication/1";
  /** For people. */
  readonly name: string;
  readonly schemaHash: field.Hex32;
  /** Names of the randomized attributes, in the schema's order. */
  readonly attributes: readonly string[];
  /** Names of the levels, in the schema's order. */
  readonly levels: readonly string[];
  readonly profiles: readonly Profile[];
  /** The least prices a record that a patient can ask, ascending. */
  readonly floors: readonly number[];
  /** To how many requesters a patient can sell, ascending. */
  readonly buyers: readonly number[];
  /** What a purpose costs a patient a record; a purpose that is not named costs nothing. */
  readonly purposeCosts: Readonly<Record<string, number>>;
  /** Patients in a lot: a multiple of `chunk.length`, at least `leastGroup`. */
  readonly lotSize: number;
  /** The least number of patients who are alike to everybody. */
  readonly leastGroup: number;
  readonly chunk: {
    /** Reports in a full chunk. */
    readonly length: number;
    /** Bytes of the ciphertext of every chunk, padding included. */
    readonly bytes: number;
    /** Rows of a chunk that may be withdrawn; above that the chunk is wrong. */
    readonly withdrawn: number;
  };
  /** How chunks are sealed; 1: AES-256-GCM, the nonce is the chunk's position. */
  readonly suite: number;
  readonly limits: {
    /** Sites in a round. */
    readonly sites: number;
    /** Lots of one site. */
    readonly lots: number;
    /** Requesters in a round. */
    readonly requests: number;
    /** The highest price a record. */
    readonly price: number;
  };
  readonly bonds: {
    /** For each unit offered, and for each unit requested. */
    readonly unit: number;
    readonly seeder: number;
    /** Of an opener that the genesis does not name. */
    readonly opener: number;
  };
  /** How numbers of lots are drawn: `epsilon` and `delta` an epoch, which is `rounds` rounds long. */
  readonly counts: {
    readonly epsilon: field.Decimal;
    readonly delta: field.Decimal;
    readonly rounds: number;
  };
}

/** Most lots and list entries of a round: what every replica decides takes about a second at worst. */
const MOST_LOTS = 0xffff;
const MOST_ENTRIES = 1 << 18;

const ascending = (numbers: readonly number[]): boolean =>
  numbers.every((value, i) => i === 0 || value > (numbers[i - 1] as number));

const distinct = <T>(items: readonly T[]): boolean => new Set(items).size === items.length;

const money: Shape<number> = /* @__PURE__ */ integer(0, 1_000_000_000);

const uniqueNames: Shape<readonly string[]> = /* @__PURE__ */ satisfying(
  field.names,
  distinct,
  "names without repeats",
);

const menu = (least: number, most: number): Shape<readonly number[]> =>
  satisfying(arrayOf(integer(least, most), { least: 1, most: 256 }), ascending, "ascending");

const profileShape: Shape<Profile> = /* @__PURE__ */ deferred(() =>
  satisfying(
    object({
      name: field.shortName,
      levels: arrayOf(integer(-1, 999), { least: 1, most: 1000 }),
      bytes: arrayOf(integer(0, 0xffff), { least: 1, most: 1000 }),
      refuses: arrayOf(purpose, { most: 100 }),
      disclosed: integer(1, 1000),
      worth: arrayOf(field.partsPerMillion, { least: 1, most: 1000 }),
      exposure: arrayOf(integer(0, 1_000_000_000_000), { least: 1, most: 1000 }),
    }),
    ({ levels, disclosed, bytes, worth, exposure }) =>
      disclosed <= levels.filter((level) => level >= 0).length &&
      levels.every((level, i) => level >= 0 || !(bytes[i] || worth[i] || exposure[i])),
    "an object that discloses no more attributes than it has, and has 0 for those withheld",
  ),
);

const publicationShape: Shape<Publication> = /* @__PURE__ */ deferred(() => {
  const members = object({
    format: literal("emrx-publication/1"),
    name: field.shortName,
    schemaHash: field.hex32,
    attributes: uniqueNames,
    levels: uniqueNames,
    profiles: arrayOf(profileShape, { least: 1, most: 256 }),
    floors: menu(0, 1_000_000_000),
    buyers: menu(1, 1000),
    purposeCosts: recordOf(money, { most: purposes.length }),
    lotSize: integer(1, 1_000_000),
    leastGroup: integer(1, 1_000_000),
    chunk: object({
      length: integer(1, 4096),
      bytes: integer(1, 1 << 17),
      withdrawn: integer(0, 4096),
    }),
    suite: literal(1) as Shape<number>,
    limits: object({
      sites: integer(1, MOST_LOTS),
      lots: integer(1, MOST_LOTS),
      requests: integer(1, MOST_LOTS),
      price: integer(1, 1_000_000_000),
    }),
    bonds: object({ unit: money, seeder: money, opener: money }),
    counts: object({ epsilon: field.decimal, delta: field.decimal, rounds: integer(1, 1_000_000) }),
  });
  const rules: readonly (readonly [(document: Publication) => boolean, string])[] = [
    [
      ({ attributes, profiles }) =>
        profiles.every(({ levels, bytes, worth, exposure }) =>
          [levels, bytes, worth, exposure].every(({ length }) => length === attributes.length),
        ),
      "an object whose profiles have levels, bytes, worth and exposure, one an attribute",
    ],
    [
      ({ levels, profiles }) =>
        profiles.every((profile) => profile.levels.every((level) => level < levels.length)),
      "an object whose profiles name levels by their index",
    ],
    [({ profiles }) => distinct(profiles.map(({ name }) => name)), "profiles of different names"],
    [
      ({ purposeCosts }) =>
        Object.keys(purposeCosts).every((code) => (purposes as readonly string[]).includes(code)),
      "an object whose purposeCosts are named by HL7 v3 PurposeOfUse codes",
    ],
    [
      ({ lotSize, leastGroup, chunk }) => lotSize % chunk.length === 0 && lotSize >= leastGroup,
      "an object whose lotSize is a multiple of chunk.length and at least leastGroup",
    ],
    [
      ({ limits }) =>
        limits.sites * limits.lots <= MOST_LOTS &&
        limits.sites * limits.lots * limits.requests <= MOST_ENTRIES,
      `an object whose limits allow at most ${MOST_LOTS} lots and ${MOST_ENTRIES} pairs of lot and requester`,
    ],
    [
      ({ floors, limits }) => floors.every((floor) => floor <= limits.price),
      "an object whose floors are not above limits.price",
    ],
  ];
  return rules.reduce<Shape<Publication>>(
    (shape, [holds, expected]) => satisfying(shape, holds, expected),
    members,
  );
});

export { publicationShape };

/**
 * Checks that a document is a publication.
 *
 * @param document anything
 * @returns the publication
 * @throws LedgerError `EMRX_INVALID_PUBLICATION`, naming the member, what was given and what was expected
 * @example
 * ```ts
 * import { parsePublication } from "@emrx/chain-adapter/calls";
 *
 * parsePublication({ format: "emrx-publication/1" }); // throws EMRX_INVALID_PUBLICATION
 * ```
 */
export function parsePublication(document: unknown): Publication {
  return check(publicationShape, document, "publication", "EMRX_INVALID_PUBLICATION");
}

/**
 * The name of a publication: SHA-256 of its canonical bytes.
 *
 * @param publication the document
 * @returns 64 hexadecimal digits
 * @throws LedgerError `EMRX_INVALID_PUBLICATION` if it is malformed
 * @example
 * ```ts
 * import { publicationHash } from "@emrx/chain-adapter/calls";
 *
 * publicationHash({ format: "emrx-publication/1" }); // throws EMRX_INVALID_PUBLICATION
 * ```
 */
export function publicationHash(publication: Publication): field.Hex32 {
  return toHex(sha256(encodeCanonical(parsePublication(publication))));
}

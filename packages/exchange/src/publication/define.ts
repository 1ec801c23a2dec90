// A publication: what patients choose from, and the limits, bonds and tables of its rounds. The tables follow from the
// schema; whoever takes part computes them, and takes part only in rounds whose publication has the same hash.
import { type Publication, parsePublication, publicationHash } from "@emrx/chain-adapter/calls";
import type { Purpose } from "@emrx/chain-adapter/contracts";
import { chunkBytes } from "@emrx/chain-adapter/payload";
import {
  arrayOf,
  deferred,
  integer,
  object,
  recordOf,
  type Shape,
  text,
} from "@emrx/internal/shape";
import { type Policy, type Preferences, policyFor, type Schema } from "@emrx/ldp-core";
import { mechanismOf, type SchemaJson } from "@emrx/ldp-core/schema";
import { check, schemaShape } from "../errors/check.js";
import { parseMoney } from "../ledger/money.js";
import { attributeEfficiency } from "./efficiency.js";

/** One way to take part: how strict, and for which purposes not at all. */
export interface ProfileChoice {
  /** A short public name, such as `"strict"`. */
  readonly name: string;
  /** Attribute to a stricter level, or `"withhold"`; an attribute not named keeps its own level. */
  readonly preferences: Preferences;
  /** Purposes of use (HL7 v3 PurposeOfUse codes) that this profile refuses, with those above and below them in the tree. */
  readonly refuses: readonly Purpose[];
}

/** A publication as it is written in a file: the menus of patients, and the rules of rounds. Amounts are texts such as `"0.50"`. */
export interface PublicationOptions {
  /** For people. */
  readonly name: string;
  /** At most 256. */
  readonly profiles: readonly ProfileChoice[];
  /** The least price a record, ascending. */
  readonly priceFloors: readonly string[];
  /** To how many requesters one record may be sold, ascending. */
  readonly buyers: readonly number[];
  /** What a purpose costs a patient a record; a purpose not named costs nothing. */
  readonly purposeCosts: Readonly<Partial<Record<Purpose, string>>>;
  /** What one unit of epsilon costs a patient, weighted by how much the requester asks of each attribute. */
  readonly exposureCost: string;
  /** Patients in a lot: a multiple of `chunk.length`, at least `leastGroup`. */
  readonly lotSize: number;
  /** The least number of patients who are alike to everybody. */
  readonly leastGroup: number;
  /** Reports in a full chunk, and how many of them may be withdrawn. */
  readonly chunk: { readonly length: number; readonly withdrawn: number };
  /** Sites and requests of a round, lots of a site, the highest price a record. */
  readonly limits: {
    readonly sites: number;
    readonly lots: number;
    readonly requests: number;
    readonly price: string;
  };
  /** For each unit offered or asked for, of a seeder, and of an opener that the genesis does not name. */
  readonly bonds: { readonly unit: string; readonly seeder: string; readonly opener: string };
  /** Epsilon and delta of the numbers of lots, which are drawn once in so many rounds. */
  readonly counts: { readonly epsilon: string; readonly delta: string; readonly rounds: number };
}

/** A publication with everything that follows from its schema. */
export interface DefinedPublication<Json extends SchemaJson = SchemaJson> {
  readonly schema: Schema<Json>;
  /** What goes on the ledger. */
  readonly document: Publication;
  /** Its name: the hash of the document. */
  readonly hash: string;
  /** One a profile. */
  readonly policies: readonly Policy[];
}

const optionsShape: Shape<unknown> = /* @__PURE__ */ deferred(() => {
  const whole = integer(0, 0xffff_ffff);
  return object({
    name: text(),
    profiles: arrayOf(
      object({ name: text(), preferences: recordOf(text()), refuses: arrayOf(text()) }),
      { least: 1, most: 256 },
    ),
    priceFloors: arrayOf(text()),
    buyers: arrayOf(whole),
    purposeCosts: recordOf(text()),
    exposureCost: text(),
    lotSize: whole,
    leastGroup: whole,
    chunk: object({ length: whole, withdrawn: whole }),
    limits: object({ sites: whole, lots: whole, requests: whole, price: text() }),
    bonds: object({ unit: text(), seeder: text(), opener: text() }),
    counts: object({ epsilon: text(), delta: text(), rounds: whole }),
  });
});

/**
 * Works out a publication: the policy of each profile, what its attributes are worth and expose, and the size of a chunk.
 *
 * @param schema - the schema whose attributes and levels the profiles name
 * @param options - the menus and rules
 * @returns document, hash and policies
 * @throws LedgerError `EMRX_INVALID_PUBLICATION` naming the member; ExchangeError `EMRX_EXCHANGE_MONEY` for an amount that
 *   is none; LdpError for a preference that the schema does not allow
 * @example
 * ```ts
 * import { definePublication } from "@emrx/exchange";
 * import { defineSchema } from "@emrx/ldp-core";
 *
 * const schema = defineSchema({
 *   id: "visit", version: 1, levels: { usual: "2", strict: "0.5" },
 *   attributes: { smoker: { type: "categorical", values: ["no", "yes"], level: "usual" } },
 *   disclose: "all",
 * });
 * const publication = definePublication(schema, {
 *   name: "visits",
 *   profiles: [
 *     { name: "usual", preferences: {}, refuses: [] },
 *     { name: "strict", preferences: { smoker: "strict" }, refuses: ["HMARKT"] },
 *   ],
 *   priceFloors: ["0.10", "0.40"], buyers: [1, 2], purposeCosts: { HMARKT: "0.10" }, exposureCost: "0.02",
 *   lotSize: 10, leastGroup: 10, chunk: { length: 10, withdrawn: 1 },
 *   limits: { sites: 4, lots: 100, requests: 8, price: "10" },
 *   bonds: { unit: "0.02", seeder: "50", opener: "100" },
 *   counts: { epsilon: "1", delta: "0.000001", rounds: 4 },
 * });
 * publication.document.profiles[1]?.exposure; // => [1000]
 * publication.hash.length; // => 64
 * ```
 */
export function definePublication<Json extends SchemaJson>(
  schema: Schema<Json>,
  options: PublicationOptions,
): DefinedPublication<Json> {
  check(schemaShape, schema, "schema");
  check(optionsShape, options, "options");
  const { name, buyers, lotSize, leastGroup, chunk, limits, bonds, counts } = options;
  const exposureCost = parseMoney(options.exposureCost, "exposureCost");
  const policies = options.profiles.map(({ preferences }) => policyFor(schema, preferences));
  const reportBytes = Math.max(...policies.map((policy) => longestReport(schema, policy)));
  const document = parsePublication({
    format: "emrx-publication/1",
    name,
    schemaHash: schema.hash,
    attributes: schema.attributes.map((attribute) => attribute.name),
    levels: schema.levels.map((level) => level.name),
    profiles: options.profiles.map((profile, i) => {
      const { levels, pool, disclosed } = policies[i] as Policy;
      const share = disclosed / pool.length;
      const each = (of: (level: number, attribute: number) => number): number[] =>
        levels.map((level, attribute) => (level < 0 ? 0 : of(level, attribute)));
      return {
        name: profile.name,
        levels,
        refuses: profile.refuses,
        disclosed,
        bytes: each((level, attribute) => mechanismOf(schema, attribute, level).reportBytes),
        worth: each((level, attribute) =>
          Math.round(attributeEfficiency(schema, attribute, level) * share * 1e6),
        ),
        exposure: each((level) =>
          Math.round(Number(schema.levels[level]?.epsilon) * exposureCost * 1000),
        ),
      };
    }),
    floors: options.priceFloors.map((floor, i) => parseMoney(floor, `priceFloors[${i}]`)),
    buyers,
    purposeCosts: Object.fromEntries(
      Object.entries(options.purposeCosts).map(([code, cost]) => [
        code,
        parseMoney(cost, `purposeCosts.${code}`),
      ]),
    ),
    lotSize,
    leastGroup,
    chunk: {
      ...chunk,
      bytes: chunkBytes(chunk.length, reportBytes, limits.lots * lotSize),
    },
    suite: 1,
    limits: { ...limits, price: parseMoney(limits.price, "limits.price") },
    bonds: {
      unit: parseMoney(bonds.unit, "bonds.unit"),
      seeder: parseMoney(bonds.seeder, "bonds.seeder"),
      opener: parseMoney(bonds.opener, "bonds.opener"),
    },
    counts,
  });
  return { schema, document, hash: publicationHash(document), policies };
}

/** Bytes before the first attribute of a report, and before each attribute's own: ldp-core's format. */
const [HEADER, ITEM] = [35, 3];

/** Bytes of the longest report under a policy. */
function longestReport(schema: Schema, { levels, pool, disclosed }: Policy): number {
  const sizes = pool
    .map((attribute) => mechanismOf(schema, attribute, levels[attribute] as number).reportBytes)
    .sort((a, b) => b - a);
  return sizes.slice(0, disclosed).reduce((sum, size) => sum + ITEM + size, HEADER);
}

// What a patient can choose from. Small shared menus, fixed before any record is read: a choice that
// only one patient makes would be a fingerprint (DESIGN: "what is visible must not depend on the record").
import { type Purpose, purposes } from "@emrx/chain-adapter/contracts";
import { type Policy, type Preferences, policyFor, type Schema } from "@emrx/ldp-core";
import { ExchangeError } from "../errors/exchange-error.js";
import { parseMoney } from "../ledger/money.js";

/** One way to take part: how strict, and for which purposes not at all. */
export interface Profile {
  /** A short public name, such as `"strict"`. */
  readonly name: string;
  /** Attribute to a stricter level, or `"withhold"`; an attribute not named keeps its own level. */
  readonly preferences: Preferences;
  /** Purposes of use (HL7 v3 PurposeOfUse codes) that this profile refuses; a code covers the codes below it in the tree. */
  readonly refuses: readonly Purpose[];
}

/** The menus as they are written in a file and published. */
export interface MenusDocument {
  /** At most 256. */
  readonly profiles: readonly Profile[];
  /** The least price a record, as amounts such as `"0.50"`; at most 256. */
  readonly priceFloors: readonly string[];
  /** How many requesters one record may be sold to; at most 256 choices, each at least 1. */
  readonly buyers: readonly number[];
  /** What a purpose costs a patient, as an amount; a purpose not named costs nothing. */
  readonly purposeCosts: Readonly<Partial<Record<Purpose, string>>>;
  /** What one unit of epsilon costs a patient, weighted by how much the requester asks of each attribute. */
  readonly exposureCost: string;
  /** How many requesters a patient's list holds at most. */
  readonly listLength: number;
}

/** {@link MenusDocument} checked against a schema, with the policy of every profile. */
export interface Menus {
  readonly document: MenusDocument;
  readonly policies: readonly Policy[];
  /** Minor units. */
  readonly priceFloors: readonly number[];
}

/**
 * Checks menus against a schema.
 *
 * @param schema - the schema whose attributes and levels the profiles name
 * @param document - the menus
 * @returns the menus with a policy a profile
 * @throws ExchangeError `EMRX_EXCHANGE_MENU` naming the menu and the entry; LdpError for a preference that the
 *   schema does not allow
 */
export function defineMenus(schema: Schema, document: MenusDocument): Menus {
  const { profiles, priceFloors, buyers, purposeCosts, exposureCost, listLength } = document;
  for (const [name, menu] of Object.entries({ profiles, priceFloors, buyers }))
    if (!Array.isArray(menu) || menu.length < 1 || menu.length > 256)
      refuse(
        `${name}: expected 1 to 256 entries, got ${Array.isArray(menu) ? menu.length : typeof menu}`,
      );
  const names = new Set<string>();
  for (const [i, profile] of profiles.entries()) {
    if (typeof profile.name !== "string" || profile.name === "" || names.has(profile.name))
      refuse(
        `profiles[${i}].name: expected a name of its own, got ${JSON.stringify(profile.name)}`,
      );
    names.add(profile.name);
    const unknown = profile.refuses.find((code) => !purposes.includes(code));
    if (unknown !== undefined)
      refuse(
        `profiles[${i}].refuses: expected HL7 v3 PurposeOfUse codes, got ${JSON.stringify(unknown)}`,
      );
  }
  for (const [i, count] of buyers.entries())
    if (!Number.isSafeInteger(count) || count < 1)
      refuse(`buyers[${i}]: expected an integer of at least 1, got ${count}`);
  for (const [purpose, cost] of Object.entries(purposeCosts))
    parseMoney(cost, `purposeCosts.${purpose}`);
  parseMoney(exposureCost, "exposureCost");
  if (!Number.isSafeInteger(listLength) || listLength < 1 || listLength > 1000)
    refuse(`listLength: expected an integer from 1 to 1000, got ${listLength}`);
  return {
    document,
    policies: profiles.map((profile) => policyFor(schema, profile.preferences)),
    priceFloors: priceFloors.map((floor, i) => parseMoney(floor, `priceFloors[${i}]`)),
  };
}

function refuse(message: string): never {
  throw new ExchangeError("EMRX_EXCHANGE_MENU", message);
}

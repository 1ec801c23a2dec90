// The access decision: deny overrides, no rule means deny, and the ledger's time decides on validity.
import type { Rule } from "../codec/calls.js";
import type { LedgerTime } from "../codec/fields.js";
import { type Purpose, purposeCovers } from "./purposes.js";

/** One access, as rules see it. */
export interface AccessRequest {
  readonly requester: string;
  readonly purpose: Purpose;
  readonly attributes: readonly string[];
  readonly levels: readonly string[];
  readonly time: LedgerTime;
}

const lists = (names: readonly string[], name: string): boolean =>
  names[0] === "*" || names.includes(name);

/** Whether a rule speaks of this attribute at this level for this requester, purpose and moment. */
function applies(rule: Rule, access: AccessRequest, attribute: string, level: string): boolean {
  return (
    (rule.notBefore === undefined || access.time >= rule.notBefore) &&
    (rule.notAfter === undefined || access.time < rule.notAfter) &&
    lists(rule.attributes, attribute) &&
    lists(rule.levels, level) &&
    lists(rule.actors, access.requester) &&
    rule.purposes.some((code) => code === "*" || purposeCovers(code, access.purpose))
  );
}

/** The rules that speak of any of the attributes and levels of an access. */
const applicable = (rules: readonly Rule[], access: AccessRequest): Rule[] =>
  rules.filter((rule) =>
    access.attributes.some((attribute) =>
      access.levels.some((level) => applies(rule, access, attribute, level)),
    ),
  );

/**
 * What goes with an access if it is permitted: the obligations of every rule that permits a part of it.
 *
 * @param rules the rules of a policy
 * @param access who, for what purpose, which attributes and levels, when
 * @returns each once, sorted
 * @see XACML 3.0 section 7.18 (obligations)
 * @example
 * ```ts
 * import { obligationsOf } from "@emrx/chain-adapter/contracts";
 *
 * const all = { effect: "permit", attributes: ["*"], levels: ["*"], purposes: ["*"], actors: ["*"] } as const;
 * const access = { requester: "aa", purpose: "HRESCH", attributes: ["bmi"], levels: ["L2"], time: 0 } as const;
 * obligationsOf([{ ...all, obligations: ["DELAFTER"] }], access); // => ["DELAFTER"]
 * ```
 */
export function obligationsOf(rules: readonly Rule[], access: AccessRequest): string[] {
  const found = applicable(rules, access).filter(({ effect }) => effect === "permit");
  return [...new Set(found.flatMap(({ obligations = [] }) => obligations))].sort();
}

/**
 * Decides an access: permitted if for every attribute at every level some rule permits and none denies. Validity is
 * closed at `notBefore` and open at `notAfter`. A rule for a purpose covers the purposes below it in the tree.
 *
 * @param rules the rules of a policy
 * @param access who, for what purpose, which attributes and levels, when
 * @returns whether it is permitted
 * @see XACML 3.0 Appendix C.2 (deny overrides)
 * @example
 * ```ts
 * import { permits } from "@emrx/chain-adapter/contracts";
 *
 * const rule = { effect: "permit", attributes: ["*"], levels: ["*"], purposes: ["HRESCH"], actors: ["*"] } as const;
 * const access = { requester: "aa", purpose: "CLINTRCH", attributes: ["bmi"], levels: ["L2"], time: 0 } as const;
 * permits([rule], access); // => true
 * permits([], access); // => false
 * ```
 */
export function permits(rules: readonly Rule[], access: AccessRequest): boolean {
  return access.attributes.every((attribute) =>
    access.levels.every((level) => {
      const found = rules.filter((rule) => applies(rule, access, attribute, level));
      return found.length > 0 && found.every((rule) => rule.effect === "permit");
    }),
  );
}

// Versions of the contracts' rules, and how each takes over the state of the one before.
import type { AdoptRules } from "../codec/calls.js";
import { LATEST_RULES } from "../codec/rules.js";
import { LedgerError } from "../errors.js";
import { type CallResult, reject } from "./result.js";
import type { CallContext, ContractState } from "./state.js";

/**
 * How version 2 takes over a state of version 1: as it is. Offers made before have no `offersRoot`, so that an entry
 * cannot be challenged as omitted or altered on their account; a matching committed before cannot be challenged; grants
 * made before cannot be passed on; rounds begun before need no tokens; every key is its own party.
 */
const takeOver: Readonly<Record<number, (before: ContractState) => ContractState>> = {
  2: (before) => ({ ...before, rules: 2 }),
};

export function adoptRules(
  state: ContractState,
  { rules }: AdoptRules,
  { signer, genesis }: CallContext,
): CallResult {
  if (!genesis.operators.includes(signer)) {
    return reject("EMRX_NOT_OPERATOR", `${signer} is not an operator of this ledger`);
  }
  if (rules !== state.rules + 1) {
    const actual = state.rules;
    const message = `rules ${actual} are in force; the next are ${actual + 1}, not ${rules}`;
    return reject("EMRX_RULES_VERSION", message, { actual });
  }
  const next = takeOver[rules];
  if (next === undefined) {
    // To go on by old rules would part this replica from all others without anybody noticing.
    throw new LedgerError(
      "EMRX_RULES_UNKNOWN",
      `the ledger goes on under rules ${rules}, this software knows them up to ${LATEST_RULES}: update it.`,
      { details: { rules } },
    );
  }
  return { state: next(state), events: [{ type: "ledger.adopted", rules }] };
}

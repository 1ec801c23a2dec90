// Which version of the contracts' rules a call needs. A log is replayed under the rules that it had when it was written,
// so a form that came later is no call before its version was in force, just as it was none to the software of that time.
import type { Call } from "./calls.js";

/** Latest version of the contracts' rules that this package knows. */
export const LATEST_RULES = 2;

/**
 * The first version of the rules that knows this form of a call.
 *
 * @param call a call
 * @returns 1 or 2
 */
export function rulesNeeded(call: Call): number {
  switch (call.type) {
    case "trade.deliver":
    case "trade.settle":
    case "trade.withdraw":
    case "access.revoke":
    case "matching.commit":
    case "matching.reveal":
    case "matching.finalize":
    case "evaluation.rate":
    case "ledger.adopt": // known before the version that it brings
      return 1;
    case "trade.offerBatch":
      return call.offersRoot === undefined && call.token === undefined ? 1 : 2;
    case "trade.request":
      return call.token === undefined ? 1 : 2;
    case "access.setPolicy":
      return call.rules.every(({ obligations }) => obligations === undefined) ? 1 : 2;
    case "access.grantBatch":
      return call.grants.every(({ delegation }) => delegation === undefined) ? 1 : 2;
    case "access.logAccess":
      return call.grantee === undefined ? 1 : 2;
    case "trade.openRound":
    case "access.delegate":
    case "access.revokeDelegation":
    case "matching.challenge":
    case "identity.register":
    case "identity.changeKey":
    case "ledger.batch":
      return 2;
    default:
      return call satisfies never;
  }
}

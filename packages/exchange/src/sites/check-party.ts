// What every party is made of, checked.
import {
  anything,
  bytes,
  coded,
  deferred,
  fn,
  type Members,
  object,
  optional,
  secret,
} from "@emrx/internal/shape";
import { check, identityShape, ledgerShape, partyName } from "../errors/check.js";
import type { PartyOptions } from "../round/step.js";

/** Throws unless these are a party's options, with these members beside what all have, and no others. The options are returned as they are. */
export function checkParty<T extends PartyOptions>(options: T, more: Members = {}): T {
  const shape = deferred(() =>
    object({
      ledger: ledgerShape,
      identity: identityShape,
      party: optional(partyName),
      secret: secret(coded("EMRX_EXCHANGE_MEMORY", bytes(32, Number.MAX_SAFE_INTEGER))),
      clock: optional(fn<() => number>()),
      // One set of options may make a site, a requester and a seeder.
      ...{ store: optional(anything), publication: optional(anything), memory: optional(anything) },
      ...more,
    }),
  );
  check(shape, options, "options");
  return options;
}

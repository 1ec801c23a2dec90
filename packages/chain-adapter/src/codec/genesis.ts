// The first entry of every ledger: who runs it, by which rules and windows. Its hash is the ledger's id.

import { toHex } from "@emrx/internal/bytes";
import {
  arrayOf,
  deferred,
  integer,
  literal,
  object,
  optional,
  type Shape,
} from "@emrx/internal/shape";
import { check } from "../errors/check.js";
import { LedgerError } from "../errors.js";
import { sha256 } from "../merkle/sha256.js";
import { decodeCanonical, encodeCanonical } from "./canonical.js";
import { type Hex32, hex32, shortName } from "./fields.js";
import { LATEST_RULES } from "./rules.js";

/** What a ledger is founded on. Windows are milliseconds of ledger time. */
export interface Genesis {
  readonly format: "emrx-ledger/1";
  /** For people. */
  readonly name: string;
  /** 32 random bytes, so that no two ledgers share an id and no call signed for one holds on another. */
  readonly salt: Hex32;
  /** Parties (`partyId`) who may commit matchings; an empty list means anyone, first come, first served. */
  readonly operators: readonly Hex32[];
  /** How long after the commit a matching may be revealed. */
  readonly revealWindow: number;
  /** How long after the reveal a matching may be challenged, before it can be finalized. */
  readonly challengeWindow: number;
  /** How long after finalization sites may deliver, before anyone may settle. */
  readonly deliveryWindow: number;
  /** Version of the contracts' rules that the ledger begins with; 1 if absent. */
  readonly rules?: number;
}

const shape: Shape<Genesis> = /* @__PURE__ */ deferred(() =>
  object({
    format: literal("emrx-ledger/1"),
    name: shortName,
    salt: hex32,
    operators: arrayOf(hex32, { most: 1000 }),
    revealWindow: integer(0),
    challengeWindow: integer(0),
    deliveryWindow: integer(0),
    rules: optional(integer(2, LATEST_RULES)), // version 1 had no such member
  }),
);

const optionsShape = /* @__PURE__ */ deferred(() =>
  object({
    format: optional(literal("emrx-ledger/1")),
    name: shortName,
    salt: optional(hex32),
    operators: optional(arrayOf(hex32, { most: 1000 })),
    revealWindow: optional(integer(0)),
    challengeWindow: optional(integer(0)),
    deliveryWindow: optional(integer(0)),
    rules: optional(integer(1, LATEST_RULES)),
  }),
);

const requireGenesis = (value: unknown): Genesis => check(shape, value, "genesis", "EMRX_GENESIS");

/**
 * Makes a genesis: the windows default to one hour to reveal, one to challenge and one day to deliver.
 *
 * @param options `name` and whatever differs from the defaults; `salt` is random and `rules` the latest by default
 * @returns a complete genesis
 * @throws LedgerError `EMRX_GENESIS` if a member is out of range
 * @example
 * ```ts
 * import { createGenesis } from "@emrx/chain-adapter";
 *
 * createGenesis({ name: "trial", challengeWindow: 60_000 }).challengeWindow; // => 60000
 * ```
 */
export function createGenesis(
  options: Partial<Omit<Genesis, "format">> & Pick<Genesis, "name">,
): Genesis {
  const { rules = LATEST_RULES, ...rest } = check(optionsShape, options, "options", "EMRX_GENESIS");
  return requireGenesis({
    format: "emrx-ledger/1",
    salt: toHex(crypto.getRandomValues(new Uint8Array(32))),
    operators: [],
    revealWindow: 3_600_000,
    challengeWindow: 3_600_000,
    deliveryWindow: 86_400_000,
    ...rest,
    ...(rules === 1 ? {} : { rules }),
  });
}

/** The canonical bytes of a genesis. */
export function encodeGenesis(genesis: Genesis): Uint8Array<ArrayBuffer> {
  return encodeCanonical(requireGenesis(genesis));
}

/** Reads a genesis from its canonical bytes. */
export function decodeGenesis(bytes: Uint8Array): Genesis {
  try {
    return requireGenesis(decodeCanonical(bytes));
  } catch (cause) {
    if (cause instanceof LedgerError && cause.code === "EMRX_GENESIS") throw cause;
    throw new LedgerError("EMRX_GENESIS", "the first entry of the log is not a genesis", { cause });
  }
}

/**
 * The id of a ledger: SHA-256 of its genesis.
 *
 * @param genesis the genesis
 * @returns 64 hexadecimal digits
 * @throws LedgerError `EMRX_GENESIS` if the genesis is malformed
 * @example
 * ```ts
 * import { createGenesis, ledgerId } from "@emrx/chain-adapter";
 *
 * ledgerId(createGenesis({ name: "trial" })).length; // => 64
 * ```
 */
export function ledgerId(genesis: Genesis): Hex32 {
  return toHex(sha256(encodeGenesis(genesis)));
}

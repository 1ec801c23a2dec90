// The first entry of every ledger. Its hash is the ledger's id.

import { toHex } from "@emrx/internal/bytes";
import { arrayOf, deferred, literal, object, optional, type Shape } from "@emrx/internal/shape";
import { check } from "../errors/check.js";
import { LedgerError } from "../errors.js";
import { sha256 } from "../merkle/sha256.js";
import { decodeCanonical, encodeCanonical } from "./canonical.js";
import { type Hex32, hex32, shortName } from "./fields.js";

/** What a ledger is founded on. */
export interface Genesis {
  readonly format: "emrx-ledger/1";
  /** For people. */
  readonly name: string;
  /** 32 random bytes, so that no two ledgers share an id and no call signed for one holds on another. */
  readonly salt: Hex32;
  /** Parties (`partyId`) who may open rounds without a bond. */
  readonly openers: readonly Hex32[];
}

const shape: Shape<Genesis> = /* @__PURE__ */ deferred(() =>
  object({
    format: literal("emrx-ledger/1"),
    name: shortName,
    salt: hex32,
    openers: arrayOf(hex32, { most: 1000 }),
  }),
);

const optionsShape = /* @__PURE__ */ deferred(() =>
  object({
    format: optional(literal("emrx-ledger/1")),
    name: shortName,
    salt: optional(hex32),
    openers: optional(arrayOf(hex32, { most: 1000 })),
  }),
);

const requireGenesis = (value: unknown): Genesis => check(shape, value, "genesis", "EMRX_GENESIS");

/**
 * Makes a genesis.
 *
 * @param options `name`; `openers` (nobody by default) and `salt` (random by default)
 * @returns a complete genesis
 * @throws LedgerError `EMRX_GENESIS` if a member is out of range
 * @example
 * ```ts
 * import { createGenesis } from "@emrx/chain-adapter";
 *
 * createGenesis({ name: "trial" }).openers; // => []
 * ```
 */
export function createGenesis(
  options: Partial<Omit<Genesis, "format">> & Pick<Genesis, "name">,
): Genesis {
  return requireGenesis({
    format: "emrx-ledger/1",
    salt: toHex(crypto.getRandomValues(new Uint8Array(32))),
    openers: [],
    ...check(optionsShape, options, "options", "EMRX_GENESIS"),
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

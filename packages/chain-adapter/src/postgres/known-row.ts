// A row that was there once must be there for ever.
import { toHex } from "@emrx/internal/bytes";
import { LedgerError } from "../errors.js";
import { textOf } from "./connection.js";
import type { Tail } from "./table.js";

/**
 * Throws `EMRX_ROLLED_BACK` unless the column `known` holds the hash of the known row: a standby promoted without it has
 * lost entries. A standby that is behind another one has not come so far yet: then the error is one after which to try
 * again.
 */
export function requireKnown(
  table: string,
  known: Tail,
  state: Readonly<Record<string, unknown>> | undefined,
): void {
  if (known.size === 0) return;
  const found = textOf(state, "known");
  if (found === toHex(known.chain)) return;
  if (found === null && state?.["standby"] === "true") {
    throw Object.assign(new Error(`the standby has no row ${known.size - 1} yet`), {
      code: "57P03",
    });
  }
  throw new LedgerError(
    "EMRX_ROLLED_BACK",
    `table ${table}: row ${known.size - 1} is gone or another one; the database has lost entries, for ` +
      "example by the promotion of a standby without synchronous replication.",
    { details: { table, index: known.size - 1 } },
  );
}

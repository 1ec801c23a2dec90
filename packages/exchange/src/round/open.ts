// Opening a round.
import type { ChainAdapter, Identity } from "@emrx/chain-adapter";
import type { OpenRound, Windows } from "@emrx/chain-adapter/calls";
import { anything, deferred, integer, object, optional, type Shape } from "@emrx/internal/shape";
import { check, identityShape, ledgerShape, roundShape } from "../errors/check.js";
import { submitCall } from "../ledger/calls.js";
import type { DefinedPublication } from "../publication/define.js";
import { publicationShape } from "../publication/shape.js";

/**
 * When the windows of a round end, each as long as the others.
 *
 * @param from - when the offer window begins, milliseconds since 1970
 * @param length - milliseconds
 * @returns the ends
 * @example
 * ```ts
 * import { evenWindows } from "@emrx/exchange/rounds";
 *
 * evenWindows(0, 10).claim; // => 60
 * ```
 */
export function evenWindows(from: number, length: number): Windows {
  check(integer(0, 1e15), from, "from");
  check(integer(1, 1e14), length, "length");
  const [offer, seed, grant, read, release, claim] = [1, 2, 3, 4, 5, 6].map(
    (nth) => from + nth * length,
  ) as [number, number, number, number, number, number];
  return { offer, seed, grant, read, release, claim };
}

// What the round itself must be, the call's own shape says.
const optionsShape: Shape<unknown> = /* @__PURE__ */ deferred(() =>
  object({
    ledger: ledgerShape,
    identity: identityShape,
    publication: publicationShape,
    round: roundShape,
    windows: anything,
    seeders: anything,
    issuerKey: optional(anything),
  }),
);

/**
 * Opens a round, and puts its publication on the ledger where it is not there yet. Calling it again changes nothing.
 *
 * @param options - ledger; the opener's identity; the publication; number, windows and issuer key of the round; what its
 *   seeders signed (`seeder(...).consent`), two to five
 * @throws LedgerError with the contract's code for a round that cannot be opened so
 */
export async function openRound(
  options: Omit<OpenRound, "type" | "publication"> & {
    readonly ledger: ChainAdapter;
    readonly identity: Identity;
    readonly publication: DefinedPublication;
  },
): Promise<void> {
  check(optionsShape, options, "options");
  const { ledger, identity, publication, ...terms } = options;
  const registered = await submitCall(ledger, identity, {
    type: "publication.register",
    publication: publication.document,
  });
  if ("refused" in registered && registered.refused !== "EMRX_PUBLICATION_KNOWN")
    throw registered.error;
  const opened = await submitCall(ledger, identity, {
    type: "round.open",
    publication: publication.hash,
    ...terms,
  });
  if ("refused" in opened) throw opened.error;
}

// Who owns a ledger's folder, in the errors of this package.
import { type Ownership, ownFolder } from "@emrx/internal/owned-folder";
import { LedgerError, type LedgerErrorCode } from "../errors.js";

const codes = {
  held: "EMRX_LOCKED",
  lost: "EMRX_OWNERSHIP_LOST",
  refused: "EMRX_STORAGE",
} as const satisfies Record<string, LedgerErrorCode>;

/** Takes a ledger's folder; throws `EMRX_LOCKED` or `EMRX_STORAGE`, and later `EMRX_OWNERSHIP_LOST`. */
export const ownLedgerFolder = (folder: string): Promise<Ownership> =>
  ownFolder(
    folder,
    ({ kind, message, cause }) =>
      new LedgerError(codes[kind], message, cause === undefined ? {} : { cause }),
  );

// The one error class of this package.
import { EmrxError } from "@emrx/internal/errors";

/** The stable codes of {@link ExchangeError}; messages may change between versions, codes do not. */
export type ExchangeErrorCode =
  | "EMRX_EXCHANGE_ARGUMENT"
  | "EMRX_EXCHANGE_PUBLICATION"
  | "EMRX_EXCHANGE_OFFER"
  | "EMRX_EXCHANGE_LINKABLE"
  | "EMRX_EXCHANGE_REQUEST"
  | "EMRX_EXCHANGE_ROUND"
  | "EMRX_EXCHANGE_MONEY"
  | "EMRX_EXCHANGE_MEMORY"
  | "EMRX_EXCHANGE_LEDGER";

/** Everything that this package refuses: a code to act on, a message that says what to do, and the cause. */
export class ExchangeError extends EmrxError<ExchangeErrorCode> {
  override readonly name = "ExchangeError";
}

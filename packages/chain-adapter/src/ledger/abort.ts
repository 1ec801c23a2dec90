// Waiting that can be given up.
import { LedgerError } from "../errors.js";

/** The promise, unless the signal comes first. */
export function withSignal<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const abort = (): void =>
      reject(
        new LedgerError(
          "EMRX_WAIT_ABORTED",
          "waiting was given up; ask status(id) what became of the call",
          {
            cause: signal.reason,
          },
        ),
      );
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

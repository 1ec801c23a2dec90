// What another aggregator has collected, as its canonical bytes: whoever merges reads these as bytes from a stranger, so
// that no forged object and no other implementation can put in what no reports can give.
import { isBytes } from "@emrx/internal/bytes";
import { kindOf } from "@emrx/internal/shape";
import { LdpError } from "../../errors/ldp-error.js";

/**
 * The bytes of an aggregator that is to be merged into one with this identity.
 *
 * @throws `EMRX_MISMATCH` if it names another identity, `EMRX_BAD_PARAMETER` for what is no aggregator
 */
export function otherState(identity: string, other: unknown): Uint8Array {
  const given = other as { readonly identity?: unknown; toBytes?(): unknown } | null | undefined;
  if (typeof given !== "object" || given === null || typeof given.toBytes !== "function")
    throw new LdpError(
      "EMRX_BAD_PARAMETER",
      `other is ${kindOf(other)}; expected an aggregator of ${identity}`,
    );
  if (given.identity !== identity)
    throw new LdpError(
      "EMRX_MISMATCH",
      `cannot merge an aggregator of ${String(given.identity).slice(0, 200)} into one of ${identity}`,
    );
  const bytes = given.toBytes();
  if (isBytes(bytes)) return bytes;
  throw new LdpError(
    "EMRX_BAD_PARAMETER",
    `other.toBytes() gave ${kindOf(bytes)}; expected a Uint8Array`,
  );
}

/** The sum of two numbers of reports. @throws `EMRX_TOO_LARGE` past 2^53 - 1, where numbers are no longer exact */
export function addedReports(n: number, more: number): number {
  if (Number.isSafeInteger(n + more)) return n + more;
  throw new LdpError(
    "EMRX_TOO_LARGE",
    `${n} and ${more} reports are more than can be counted exactly (2^53 - 1)`,
  );
}

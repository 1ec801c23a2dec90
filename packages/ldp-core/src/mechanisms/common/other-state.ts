// What another aggregator has collected, as its canonical bytes: whoever merges reads these as bytes from a stranger, so
// that no forged object and no other implementation can put in what no reports can give.
import { LdpError } from "../../errors/ldp-error.js";

/** The bytes of an aggregator that is to be merged into one with this identity; `EMRX_MISMATCH` for anything else. */
export function otherState(identity: string, other: unknown): Uint8Array<ArrayBuffer> {
  const given = other as
    | { readonly identity?: unknown; toBytes?(): Uint8Array<ArrayBuffer> }
    | undefined;
  if (given?.identity === identity && typeof given.toBytes === "function") return given.toBytes(); // whoever reads state bytes checks that they are bytes
  const found = typeof given?.identity === "string" ? given.identity : typeof other;
  throw new LdpError("EMRX_MISMATCH", `other is of ${found}; expected of ${identity}`);
}

/** The sum of two numbers of reports; `EMRX_TOO_LARGE` past 2^53 - 1, where numbers are no longer exact. */
export function addedReports(n: number, more: number): number {
  if (Number.isSafeInteger(n + more)) return n + more;
  throw new LdpError("EMRX_TOO_LARGE", `${n} + ${more} reports are more than 2^53 - 1`);
}

// The kinds of field that calls are made of, with their ranges.
import { arrayOf, integer, type Shape, text } from "@emrx/internal/shape";

/** 32 bytes as 64 lowercase hexadecimal digits: a SHA-256 hash or an Ed25519 or X25519 public key. */
export type Hex32 = string;

/** CIDv1 in base32, as the content-addressed store names things. */
export type ContentId = string;

/** A whole number of minor units of money as a decimal string, for example "50". */
export type Amount = string;

/** A decimal string such as "0.5", without exponent or superfluous zeros. */
export type Decimal = string;

/** Milliseconds since 1970 by the ledger's clock. */
export type LedgerTime = number;

/** Number of a trading round, from 1. */
export type Round = number;

export const hex32: Shape<Hex32> = /* @__PURE__ */ text({
  form: /^[0-9a-f]{64}$/,
  described: "64 lowercase hexadecimal digits",
});

/** Hexadecimal bytes of a bounded length. */
export function hexBytes(least: number, most: number): Shape<string> {
  return text({
    least: least * 2,
    most: most * 2,
    form: /^(?:[0-9a-f]{2})*$/,
    described: `${least} to ${most} bytes in lowercase hexadecimal`,
  });
}

/** A short name: policy ids, attribute names, level names, keys. Control characters are refused. */
export const shortName: Shape<string> = /* @__PURE__ */ text({
  least: 1,
  most: 128,
  form: /^\P{Cc}*$/u,
  described: "text of 1 to 128 characters without control characters",
});

export const decimal: Shape<Decimal> = /* @__PURE__ */ text({
  form: /^(?:0|[1-9]\d{0,17})(?:\.\d{0,29}[1-9])?$/,
  described: 'a decimal string such as "0.5", without sign, exponent or superfluous zeros',
});

export const round: Shape<Round> = /* @__PURE__ */ integer(1, 0xffff_ffff);

export const count: Shape<number> = /* @__PURE__ */ integer(1, 0xffff_ffff);

export const version: Shape<number> = /* @__PURE__ */ integer(1, 0xffff_ffff);

export const time: Shape<LedgerTime> = /* @__PURE__ */ integer(0);

/** Parts per million, from 0 to 1,000,000. */
export const partsPerMillion: Shape<number> = /* @__PURE__ */ integer(0, 1_000_000);

/** 1 to 1,000 names. */
export const names: Shape<readonly string[]> = /* @__PURE__ */ arrayOf(shortName, {
  least: 1,
  most: 1000,
});

// Shapes of bytes and typed arrays.
import { isBytes } from "../bytes.js";
import { refuse, type Shape } from "./check.js";

/** The typed arrays by name. */
export interface TypedArrayOf {
  readonly Uint8Array: Uint8Array;
  readonly Uint16Array: Uint16Array;
  readonly Uint32Array: Uint32Array;
  readonly Int8Array: Int8Array;
  readonly Int16Array: Int16Array;
  readonly Int32Array: Int32Array;
  readonly Float32Array: Float32Array;
  readonly Float64Array: Float64Array;
}

/**
 * Bytes of a length, or of a length from `least` to `most`. `Buffer` is what the type of the checked value says of their buffer; a value
 * of another buffer passes.
 */
export function bytes<Buffer extends ArrayBufferLike = ArrayBufferLike>(
  least = 0,
  most: number = least === 0 ? Number.MAX_SAFE_INTEGER : least,
): Shape<Uint8Array<Buffer>> {
  return (value, visit) =>
    isBytes(value) && value.length >= least && value.length <= most
      ? (value as Uint8Array<Buffer>)
      : refuse(
          visit,
          value,
          `a Uint8Array${lengthText(least, most, "bytes")}`,
          typeof value === "string" && /^(?:[0-9a-f]{2})+$/i.test(value)
            ? "It is hexadecimal text: convert it to bytes."
            : undefined,
        );
}

/** A typed array of one kind, of a length where one is given. */
export function typedArray<K extends keyof TypedArrayOf>(
  kind: K,
  length?: number,
): Shape<TypedArrayOf[K]> {
  return (value, visit) =>
    ArrayBuffer.isView(value) &&
    Object.prototype.toString.call(value) === `[object ${kind}]` &&
    (length === undefined || (value as Uint8Array).length === length)
      ? (value as unknown as TypedArrayOf[K])
      : refuse(
          visit,
          value,
          `a ${kind}${length === undefined ? "" : ` of ${length} entries`}`,
          Array.isArray(value) ? `Convert it by ${kind}.from(...), if its numbers fit.` : undefined,
        );
}

function lengthText(least: number, most: number, unit: string): string {
  if (least === most) return ` of ${least} ${unit}`;
  if (most === Number.MAX_SAFE_INTEGER) return least === 0 ? "" : ` of ${least} ${unit} or more`;
  return ` of ${least} to ${most} ${unit}`;
}

// Reads a wire format from its first byte to its last. It never reads past the end, and checks a length against what is left
// before anything of that length is made.
import { fromUtf8, isBytes, matchesAt, toUtf8 } from "./bytes.js";

/** Which byte of a number stands first. */
export type ByteOrder = "little" | "big";

/** How many bytes a length takes. */
export type LengthWidth = 1 | 2 | 4 | 8;

/** Makes the error for bytes that are refused, so that each package throws its own class and code. */
export type MakeError = (message: string) => Error;

/** A position in bytes that moves forward with everything that is read. */
export class ByteReader {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  readonly #little: boolean;
  readonly #fail: MakeError;
  #at = 0;

  /**
   * @param bytes - what to read; bytes of shared memory are copied first, so that nobody changes them in between
   * @param order - which byte of a number stands first
   * @param fail - makes the error for whatever is refused
   */
  constructor(bytes: Uint8Array, order: ByteOrder, fail: MakeError) {
    if (!isBytes(bytes)) throw fail("expected a Uint8Array");
    this.#bytes = ownBytes(bytes);
    this.#view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.length);
    this.#little = order === "little";
    this.#fail = fail;
  }

  /** How many bytes were read. */
  get at(): number {
    return this.#at;
  }

  /** How many bytes are left. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  u8(what = "a number"): number {
    return this.#view.getUint8(this.#take(1, what));
  }

  u16(what = "a number"): number {
    return this.#view.getUint16(this.#take(2, what), this.#little);
  }

  u32(what = "a number"): number {
    return this.#view.getUint32(this.#take(4, what), this.#little);
  }

  /** A number of 8 bytes; refused from 2^53 on, where a number is no longer exact. */
  u64(what = "a number"): number {
    const value = this.bigU64(what);
    if (value > BigInt(Number.MAX_SAFE_INTEGER))
      throw this.#fail(`${what} before byte ${this.#at} is ${value}; expected less than 2^53`);
    return Number(value);
  }

  bigU64(what = "a number"): bigint {
    return this.#view.getBigUint64(this.#take(8, what), this.#little);
  }

  f64(what = "a number"): number {
    return this.#view.getFloat64(this.#take(8, what), this.#little);
  }

  /** The next bytes, as a view. */
  bytes(length: number, what = "bytes"): Uint8Array<ArrayBuffer> {
    const start = this.#take(length, what);
    return this.#bytes.subarray(start, start + length);
  }

  /** All bytes that are left, as a view. */
  rest(): Uint8Array<ArrayBuffer> {
    return this.bytes(this.left);
  }

  /** Bytes that are preceded by their length. */
  sized(width: LengthWidth, what = "bytes"): Uint8Array<ArrayBuffer> {
    return this.bytes(this.#length(width, `the length of ${what}`), what);
  }

  /** Text of so many bytes of UTF-8. */
  text(length: number, what = "text"): string {
    const start = this.#at;
    const text = fromUtf8(this.bytes(length, what));
    if (text === undefined) throw this.#fail(`${what} at byte ${start} is not UTF-8`);
    return text;
  }

  /** Text that is preceded by its length in bytes of UTF-8. */
  sizedText(width: LengthWidth, what = "text"): string {
    return this.text(this.#length(width, `the length of ${what}`), what);
  }

  /** How many items follow, each of at least `leastBytes` bytes (1 or more): a number that the rest cannot hold is refused. */
  count(width: LengthWidth, leastBytes: number, what = "items"): number {
    const count = this.#length(width, `the number of ${what}`);
    if (count > this.left / leastBytes)
      throw this.#fail(
        `${count} ${what} before byte ${this.#at} take ${leastBytes} bytes or more each; ${this.left} are left`,
      );
    return count;
  }

  /** So many numbers of 4 bytes. */
  u32s(count: number, what = "numbers"): Uint32Array<ArrayBuffer> {
    const start = this.#take(4 * count, what);
    const numbers = new Uint32Array(count);
    for (let i = 0; i < count; i++) numbers[i] = this.#view.getUint32(start + 4 * i, this.#little);
    return numbers;
  }

  /** Passes over bytes, or the UTF-8 of a text, that must stand here. */
  expect(expected: Uint8Array | string, what: string): void {
    const part = typeof expected === "string" ? toUtf8(expected) : expected;
    if (part === undefined || !matchesAt(this.#bytes, this.#at, part))
      throw this.#fail(`expected ${what} at byte ${this.#at}`);
    this.#at += part.length;
  }

  /** Refuses bytes that are left. */
  end(): void {
    if (this.left > 0) throw this.#fail(`${this.left} bytes too many, from byte ${this.#at} on`);
  }

  #length(width: LengthWidth, what: string): number {
    if (width === 1) return this.u8(what);
    if (width === 2) return this.u16(what);
    return width === 4 ? this.u32(what) : this.u64(what);
  }

  #take(length: number, what: string): number {
    if (!Number.isSafeInteger(length) || length < 0 || length > this.left)
      throw this.#fail(`${what} at byte ${this.#at} takes ${length} bytes; ${this.left} are left`);
    const start = this.#at;
    this.#at += length;
    return start;
  }
}

function ownBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer } = bytes;
  return Object.prototype.toString.call(buffer) === "[object ArrayBuffer]"
    ? new Uint8Array(buffer as ArrayBuffer, bytes.byteOffset, bytes.length)
    : new Uint8Array(bytes);
}

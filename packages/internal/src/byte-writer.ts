// Writes a wire format from its first byte to its last. A number or a text that its field cannot hold is refused, never cut.

import type { ByteOrder, LengthWidth, MakeError } from "./byte-reader.js";
import { toUtf8 } from "./bytes.js";

/** Bytes that grow with everything that is written. */
export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;
  #at = 0;
  readonly #little: boolean;
  readonly #fail: MakeError;

  /**
   * @param order - which byte of a number stands first
   * @param fail - makes the error for whatever is refused
   * @param size - bytes to start with; with the exact size nothing is copied
   */
  constructor(order: ByteOrder, fail: MakeError, size = 64) {
    this.#bytes = new Uint8Array(size);
    this.#view = new DataView(this.#bytes.buffer);
    this.#little = order === "little";
    this.#fail = fail;
  }

  /** How many bytes were written. */
  get at(): number {
    return this.#at;
  }

  u8(value: number, what = "a number"): this {
    const checked = this.#checked(value, 0xff, what);
    const at = this.#room(1);
    this.#view.setUint8(at, checked);
    return this;
  }

  u16(value: number, what = "a number"): this {
    const checked = this.#checked(value, 0xffff, what);
    const at = this.#room(2);
    this.#view.setUint16(at, checked, this.#little);
    return this;
  }

  u32(value: number, what = "a number"): this {
    const checked = this.#checked(value, 0xffffffff, what);
    const at = this.#room(4);
    this.#view.setUint32(at, checked, this.#little);
    return this;
  }

  u64(value: number, what = "a number"): this {
    return this.bigU64(BigInt(this.#checked(value, Number.MAX_SAFE_INTEGER, what)), what);
  }

  bigU64(value: bigint, what = "a number"): this {
    if (value < 0n || value > 0xffffffffffffffffn)
      throw this.#fail(`${what} is ${value}; expected 0 to 2^64 - 1`);
    const at = this.#room(8);
    this.#view.setBigUint64(at, value, this.#little);
    return this;
  }

  f64(value: number): this {
    const at = this.#room(8);
    this.#view.setFloat64(at, value, this.#little);
    return this;
  }

  /** Bytes as they are. */
  bytes(part: Uint8Array): this {
    const start = this.#room(part.length);
    this.#bytes.set(part, start);
    return this;
  }

  /** Bytes preceded by their length. */
  sized(width: LengthWidth, part: Uint8Array, what = "bytes"): this {
    return this.length(width, part.length, `the length of ${what}`).bytes(part);
  }

  /** UTF-8 of a text; a lone surrogate is refused. */
  text(text: string, what = "text"): this {
    return this.bytes(this.#utf8(text, what));
  }

  /** UTF-8 of a text, preceded by its length in bytes. */
  sizedText(width: LengthWidth, text: string, what = "text"): this {
    return this.sized(width, this.#utf8(text, what), what);
  }

  /** A length or a count of so many bytes. */
  length(width: LengthWidth, value: number, what = "a length"): this {
    if (width === 1) return this.u8(value, what);
    if (width === 2) return this.u16(value, what);
    return width === 4 ? this.u32(value, what) : this.u64(value, what);
  }

  /** Numbers of 4 bytes each. */
  u32s(numbers: Uint32Array): this {
    const start = this.#room(4 * numbers.length);
    for (let i = 0; i < numbers.length; i++)
      this.#view.setUint32(start + 4 * i, numbers[i] as number, this.#little);
    return this;
  }

  /** What was written, in bytes of its own. The writer is empty again. */
  finish(): Uint8Array<ArrayBuffer> {
    const bytes = this.#at === this.#bytes.length ? this.#bytes : this.#bytes.slice(0, this.#at);
    this.#bytes = new Uint8Array(0);
    this.#view = new DataView(this.#bytes.buffer);
    this.#at = 0;
    return bytes;
  }

  #utf8(text: string, what: string): Uint8Array<ArrayBuffer> {
    const bytes = toUtf8(text);
    if (bytes === undefined)
      throw this.#fail(`${what} has a lone surrogate: it is no well-formed Unicode`);
    return bytes;
  }

  #checked(value: number, most: number, what: string): number {
    if (!Number.isSafeInteger(value) || value < 0 || value > most)
      throw this.#fail(`${what} is ${value}; expected a whole number from 0 to ${most}`);
    return value;
  }

  #room(length: number): number {
    const end = this.#at + length;
    if (end > this.#bytes.length) {
      // Half as much again, so that few bytes are copied often.
      const larger = new Uint8Array(Math.max(end, Math.ceil(1.5 * this.#bytes.length)));
      larger.set(this.#bytes);
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    const start = this.#at;
    this.#at = end;
    return start;
  }
}

// Small questions about bytes and texts that every package asks.

/** Whether a value is a Uint8Array, also one of another realm (an iframe, a test runner's sandbox). */
export function isBytes(value: unknown): value is Uint8Array {
  return (
    ArrayBuffer.isView(value) &&
    (value instanceof Uint8Array || Object.prototype.toString.call(value) === "[object Uint8Array]")
  );
}

/** Whether two lists have the same length and the same items in the same places. */
export function equalItems<T>(a: ArrayLike<T>, b: ArrayLike<T>): boolean {
  return a.length === b.length && matchesAt(a, 0, b);
}

/** Whether two byte strings are equal. It stops at the first difference, so it is not for secrets. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && matchesAt(a, 0, b);
}

/** Whether the items of `part` stand in `whole` from `at` on. */
export function matchesAt<T>(whole: ArrayLike<T>, at: number, part: ArrayLike<T>): boolean {
  if (at + part.length > whole.length) return false;
  for (let i = 0; i < part.length; i++) if (whole[at + i] !== part[i]) return false;
  return true;
}

/** Negative, zero or positive, as `a` stands before, at or after `b` in lexicographic order; a prefix stands before the longer. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** All parts end to end. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let length = 0;
  for (const part of parts) length += part.length;
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Lowercase hexadecimal of bytes. */
export function toHex(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i++)
    text += (0x100 + (bytes[i] as number)).toString(16).slice(1);
  return text;
}

/** Bytes of lowercase hexadecimal; undefined for anything else. */
export function fromHex(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (typeof text !== "string" || text.length % 2 !== 0 || /[^0-9a-f]/.test(text)) return undefined;
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++)
    bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

/** Whether a text has no lone surrogate, so that UTF-8 can carry it and give it back. */
export function isWellFormed(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

/** UTF-8 of a text; undefined where the text has a lone surrogate (which an encoder would replace silently). */
export function toUtf8(text: string): Uint8Array<ArrayBuffer> | undefined {
  return isWellFormed(text)
    ? (new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>)
    : undefined;
}

/** The text of UTF-8, a byte order mark included; undefined where the bytes are not UTF-8. */
export function fromUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

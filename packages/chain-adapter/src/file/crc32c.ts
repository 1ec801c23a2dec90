// CRC-32C (Castagnoli; RFC 3720 appendix B.4), for short pieces that must be trusted before the hash over them is known.

let made: Int32Array | undefined;

/** What each byte does to the sum; computed once, on first use. */
function table(): Int32Array {
  if (made !== undefined) return made;
  const entries = new Int32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
    entries[byte] = value;
  }
  made = entries;
  return entries;
}

/** CRC-32C of bytes[start..end). */
export function crc32c(bytes: Uint8Array, start = 0, end: number = bytes.length): number {
  const effect = table();
  let crc = -1;
  for (let i = start; i < end; i++) {
    crc = (effect[(crc ^ (bytes[i] as number)) & 0xff] as number) ^ (crc >>> 8);
  }
  return ~crc >>> 0;
}

// A map from strings to bytes that keeps the bytes of many small entries in few large arrays: a quarter of a million
// separate Uint8Arrays would cost a hundred bytes of bookkeeping each.

const chunkBytes = 1 << 20;
/** Positions are chunk * 2^32 + offset, so that one double holds both. */
const chunkStride = 2 ** 32;
const lengthBytes = 4;

/** A growing map from string to bytes. Values are copied in and out. */
export class ByteMap {
  #positions = new Map<string, number>();
  #chunks: Uint8Array[] = [];
  #end = 0;
  #live = 0;
  #written = 0;

  /** The bytes under `key`, as a copy. */
  get(key: string): Uint8Array | undefined {
    const position = this.#positions.get(key);
    return position === undefined ? undefined : this.#at(position).slice();
  }

  /** Keeps a copy of `value` under `key`. */
  set(key: string, value: Uint8Array): void {
    const old = this.#positions.get(key);
    if (old !== undefined) this.#live -= this.#at(old).length + lengthBytes;
    this.#positions.set(key, this.#append(value));
    // Overwritten bytes stay behind; move house once they outweigh the rest.
    if (this.#written > 2 * this.#live + chunkBytes) this.#compact();
  }

  /** Every key with a view (not a copy) of its bytes, in the order of first insertion. */
  *entries(): Generator<readonly [string, Uint8Array]> {
    for (const [key, position] of this.#positions) yield [key, this.#at(position)];
  }

  /** The bytes in use, keys not counted. */
  get liveBytes(): number {
    return this.#live;
  }

  /** The bytes held, those of overwritten values included. */
  get heldBytes(): number {
    return this.#chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  }

  #at(position: number): Uint8Array {
    const chunk = this.#chunks[Math.floor(position / chunkStride)] as Uint8Array;
    const offset = position % chunkStride;
    const length = new DataView(chunk.buffer).getUint32(offset);
    return chunk.subarray(offset + lengthBytes, offset + lengthBytes + length);
  }

  #append(value: Uint8Array): number {
    const size = value.length + lengthBytes;
    let chunk = this.#chunks.at(-1);
    if (chunk === undefined || this.#end + size > chunk.length) {
      chunk = new Uint8Array(Math.max(chunkBytes, size));
      this.#chunks.push(chunk);
      this.#end = 0;
    }
    const offset = this.#end;
    new DataView(chunk.buffer).setUint32(offset, value.length);
    chunk.set(value, offset + lengthBytes);
    this.#end += size;
    this.#live += size;
    this.#written += size;
    return (this.#chunks.length - 1) * chunkStride + offset;
  }

  #compact(): void {
    const old = [...this.entries()];
    this.#chunks = [];
    this.#live = 0;
    this.#written = 0;
    for (const [key, value] of old) this.#positions.set(key, this.#append(value));
  }
}

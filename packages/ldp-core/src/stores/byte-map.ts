// A map from strings to bytes that keeps keys and values of many small entries in few large arrays: a quarter of a million
// strings and Uint8Arrays would cost two hundred bytes of bookkeeping each.
//
// A record is: length of the key (4 bytes), length of the value (4), key, value. A key is written code unit by code unit, in 1
// to 3 bytes, as UTF-8 would but for surrogates: every string, well-formed or not, has bytes of its own. Records are found by
// a hash table with open addressing (Knuth, The Art of Computer Programming, volume 3, section 6.4, algorithm L).

const chunkBytes = 1 << 20;
const headBytes = 8;
/** A position is chunk * 2^32 + offset, so that one double holds both. */
const chunkStride = 2 ** 32;

/** A growing map from string to bytes. Values are copied in and out. */
export class ByteMap {
  #chunks: Uint8Array[] = [];
  #end = 0; // of what is used of the last chunk
  /** 0 is an empty slot, anything else 1 + the position of a record. At most half of the slots are taken. */
  #slots = new Float64Array(32);
  #size = 0;
  #live = 0;
  #written = 0;
  #key = new Uint8Array(96);

  /** The bytes under `key`, as a copy. */
  get(key: string): Uint8Array<ArrayBuffer> | undefined {
    const slot = this.#slotOf(this.#key, 0, this.#encode(key));
    const found = this.#slots[slot] as number;
    if (found === 0) return undefined;
    const { chunk, offset } = this.#at(found - 1);
    const start = offset + headBytes + lengthAt(chunk, offset);
    return chunk.slice(start, start + lengthAt(chunk, offset + 4));
  }

  /** Keeps copies of all values under their keys; where reading the entries throws, of none. */
  set(entries: Iterable<readonly [string, Uint8Array]>): void {
    const positions: number[] = [];
    // Written, but not found by any key yet: bytes that stay so are waste, no more.
    for (const [key, value] of entries) positions.push(this.#append(key, value));
    for (const position of positions) this.#publish(position);
    // Overwritten bytes stay behind; move house once they outweigh the rest.
    if (this.#written > 2 * this.#live + chunkBytes) this.#compact();
  }

  /** All keys and copies of their values. The keys must be ASCII. */
  *entries(): Generator<readonly [string, Uint8Array], void, undefined> {
    for (const found of this.#slots) {
      if (found === 0) continue;
      const { chunk, offset } = this.#at(found - 1);
      const start = offset + headBytes;
      const end = start + lengthAt(chunk, offset);
      const key = String.fromCharCode(...chunk.subarray(start, end));
      yield [key, chunk.slice(end, end + lengthAt(chunk, offset + 4))];
    }
  }

  /** The bytes in use, keys included. */
  get liveBytes(): number {
    return this.#live;
  }

  /** The bytes held, those of overwritten values and of the hash table included. */
  get heldBytes(): number {
    return this.#chunks.reduce((sum, chunk) => sum + chunk.length, this.#slots.byteLength);
  }

  #at(position: number): { readonly chunk: Uint8Array; readonly offset: number } {
    const chunk = this.#chunks[Math.floor(position / chunkStride)] as Uint8Array;
    return { chunk, offset: position % chunkStride };
  }

  /** Writes the bytes of a key to `#key`; returns how many they are. */
  #encode(key: string): number {
    if (3 * key.length > this.#key.length) this.#key = new Uint8Array(6 * key.length);
    const bytes = this.#key;
    let end = 0;
    for (let i = 0; i < key.length; i++) {
      const unit = key.charCodeAt(i);
      if (unit < 0x80) bytes[end++] = unit;
      else {
        if (unit < 0x800) bytes[end++] = 0xc0 | (unit >>> 6);
        else {
          bytes[end++] = 0xe0 | (unit >>> 12);
          bytes[end++] = 0x80 | ((unit >>> 6) & 0x3f);
        }
        bytes[end++] = 0x80 | (unit & 0x3f);
      }
    }
    return end;
  }

  /** The slot of a key: that of its record, or the empty one where it would go. */
  #slotOf(key: Uint8Array, start: number, length: number): number {
    const last = this.#slots.length - 1;
    let slot = hashOf(key, start, length) & last;
    for (;;) {
      const found = this.#slots[slot] as number;
      if (found === 0) return slot;
      const { chunk, offset } = this.#at(found - 1);
      if (lengthAt(chunk, offset) === length) {
        let i = 0;
        while (i < length && chunk[offset + headBytes + i] === key[start + i]) i++;
        if (i === length) return slot;
      }
      slot = (slot + 1) & last;
    }
  }

  /** Writes a record to the end of the chunks; returns its position. */
  #append(key: string, value: Uint8Array): number {
    const length = this.#encode(key);
    const size = headBytes + length + value.length;
    let chunk = this.#chunks.at(-1);
    if (chunk === undefined || this.#end + size > chunk.length) {
      chunk = new Uint8Array(Math.max(chunkBytes, size));
      this.#chunks.push(chunk);
      this.#end = 0;
    }
    const offset = this.#end;
    for (let i = 0; i < 4; i++) {
      chunk[offset + i] = length >>> (8 * i);
      chunk[offset + 4 + i] = value.length >>> (8 * i);
    }
    for (let i = 0; i < length; i++) chunk[offset + headBytes + i] = this.#key[i] as number;
    chunk.set(value, offset + headBytes + length);
    this.#end += size;
    this.#written += size;
    return (this.#chunks.length - 1) * chunkStride + offset;
  }

  /** Makes a record the one of its key. */
  #publish(position: number): void {
    if (2 * (this.#size + 1) > this.#slots.length) this.#growTable();
    const slot = this.#slotOfRecord(position);
    const old = this.#slots[slot] as number;
    if (old === 0) this.#size++;
    else this.#live -= this.#sizeOf(old - 1);
    this.#live += this.#sizeOf(position);
    this.#slots[slot] = position + 1;
  }

  #slotOfRecord(position: number): number {
    const { chunk, offset } = this.#at(position);
    return this.#slotOf(chunk, offset + headBytes, lengthAt(chunk, offset));
  }

  #sizeOf(position: number): number {
    const { chunk, offset } = this.#at(position);
    return headBytes + lengthAt(chunk, offset) + lengthAt(chunk, offset + 4);
  }

  #growTable(): void {
    const old = this.#slots;
    this.#slots = new Float64Array(2 * old.length);
    for (const entry of old) if (entry !== 0) this.#slots[this.#slotOfRecord(entry - 1)] = entry;
  }

  /** Copies the records that are in use to new chunks. */
  #compact(): void {
    const chunks: Uint8Array[] = [];
    let chunk = new Uint8Array(0);
    let end = 0;
    for (const [slot, entry] of this.#slots.entries()) {
      if (entry === 0) continue;
      const { chunk: from, offset } = this.#at(entry - 1);
      const size = this.#sizeOf(entry - 1);
      if (end + size > chunk.length) {
        chunk = new Uint8Array(Math.max(chunkBytes, size));
        chunks.push(chunk);
        end = 0;
      }
      chunk.set(from.subarray(offset, offset + size), end);
      this.#slots[slot] = (chunks.length - 1) * chunkStride + end + 1;
      end += size;
    }
    this.#chunks = chunks;
    this.#end = end;
    this.#written = this.#live;
  }
}

/** A length, least significant byte first. */
function lengthAt(chunk: Uint8Array, offset: number): number {
  let length = 0;
  for (let i = 3; i >= 0; i--) length = 256 * length + (chunk[offset + i] as number);
  return length;
}

/** FNV-1a, with the finalizer of MurmurHash3 so that the low bits depend on all bytes. */
function hashOf(bytes: Uint8Array, start: number, length: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < length; i++)
    hash = Math.imul(hash ^ (bytes[start + i] as number), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

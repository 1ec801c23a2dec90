// Where every record stands: eight bytes an entry.

/** The byte offset of every record in its segment, by index. */
export class OffsetIndex {
  #offsets: Float64Array;
  #size: number;

  /** Begins with offsets that are known. */
  constructor(offsets: Float64Array = new Float64Array()) {
    this.#offsets = offsets;
    this.#size = offsets.length;
  }

  /** Notes the offset of the next record. */
  push(offset: number): void {
    if (this.#size === this.#offsets.length) {
      const grown = new Float64Array(Math.max(1024, this.#size * 2));
      grown.set(this.#offsets);
      this.#offsets = grown;
    }
    this.#offsets[this.#size++] = offset;
  }

  at(index: number): number {
    return this.#offsets[index] as number;
  }
}

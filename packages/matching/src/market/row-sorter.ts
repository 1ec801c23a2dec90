// The order of an agent's rows by score: typed arrays sort slowly by a function, and a market has millions of rows.

/** Up to so many keys are sorted by insertion; more of them byte by byte. */
const fewKeys = 128;

/**
 * Sorts the first `length` keys, falling, those of equal keys by name, rising. Keys are finite and not -0. The order that is
 * returned lies in an array that the next call uses again.
 */
export function rowSorter(
  keys: Float64Array<ArrayBuffer>,
  names: Uint32Array,
): (length: number) => Uint32Array {
  const order = new Uint32Array(keys.length);
  const byBytes = keys.length > fewKeys ? byteSorter(keys, names, order) : undefined;
  return (length) => {
    if (byBytes !== undefined && length > fewKeys) return byBytes(length);
    for (let i = 0; i < length; i++) {
      const key = keys[i] as number;
      const name = names[i] as number;
      let at = i;
      for (; at > 0; at--) {
        const other = order[at - 1] as number;
        const difference = key - (keys[other] as number);
        if (difference < 0 || (difference === 0 && name > (names[other] as number))) break;
        order[at] = other;
      }
      order[at] = i;
    }
    return order;
  };
}

/**
 * Counting sort by each byte in turn, the least first, first of the name and then of the key, whose bits are turned so that
 * as whole numbers they rise where the key falls. A byte that all have in common costs no move.
 */
function byteSorter(
  keys: Float64Array<ArrayBuffer>,
  names: Uint32Array,
  order: Uint32Array<ArrayBuffer>,
): (length: number) => Uint32Array {
  const bits = new Uint32Array(keys.buffer, keys.byteOffset, 2 * keys.length);
  const low = new Uint32Array(keys.length);
  const high = new Uint32Array(keys.length);
  const other = new Uint32Array(keys.length);
  const ends = new Uint32Array(256);
  const highFirst = new Uint8Array(Uint16Array.of(1).buffer)[0] === 0 ? 1 : 0;
  return (length) => {
    for (let i = 0; i < length; i++) {
      const top = bits[2 * i + 1 - highFirst] as number;
      const turn = top >>> 31 === 0 ? 0x7fffffff : 0;
      high[i] = top ^ turn;
      low[i] = (bits[2 * i + highFirst] as number) ^ (turn === 0 ? 0 : 0xffffffff);
    }
    let [from, to] = [order, other];
    for (let i = 0; i < length; i++) from[i] = i;
    for (const word of [names, low, high])
      for (let shift = 0; shift < 32; shift += 8) {
        ends.fill(0);
        for (let i = 0; i < length; i++)
          (ends[((word[i] as number) >>> shift) & 0xff] as number) += 1;
        if (ends[((word[0] as number) >>> shift) & 0xff] === length) continue;
        for (let byte = 1; byte < 256; byte++) (ends[byte] as number) += ends[byte - 1] as number;
        for (let i = length - 1; i >= 0; i--) {
          const each = from[i] as number;
          const byte = ((word[each] as number) >>> shift) & 0xff;
          const at = (ends[byte] as number) - 1;
          ends[byte] = at;
          to[at] = each;
        }
        [from, to] = [to, from];
      }
    return from;
  };
}

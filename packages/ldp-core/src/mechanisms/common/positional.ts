// Counting bits position by position over many words, without looking at single bits: carry-save adders.

/**
 * Adds to `counts[32 j + b]` the number of rows whose word j has bit b set.
 *
 * Eight words are added in one go by full adders that work on all 32 bit positions at once (Harley and Seal; Warren,
 * "Hacker's Delight", 2nd ed., section 5-1): three words of weight 1 become one of weight 1 and one of weight 2, and so
 * on. The planes hold the running count of every position in binary and are unpacked once in 31 groups.
 *
 * @param words - rows of `width` words each
 * @param width - words a row
 * @param counts - one element for each position; positions past its end must never be set
 */
export function addPositionalCounts(words: Uint32Array, width: number, counts: Float64Array): void {
  const rows = words.length / width;
  for (let column = 0; column < width; column++) {
    const planes = new Uint32Array(8); // binary digits of 32 counters, weight 2^plane
    let [ones, twos, fours] = [0, 0, 0];
    let groups = 0;
    let at = column;
    let row = 0;
    const flush = (): void => {
      planes[0] = ones;
      planes[1] = twos;
      planes[2] = fours;
      unpack(planes, counts, 32 * column);
      ones = twos = fours = groups = 0;
      planes.fill(0);
    };
    for (; row + 8 <= rows; row += 8) {
      const a = words[at] as number;
      const b = words[at + width] as number;
      const c = words[at + 2 * width] as number;
      const d = words[at + 3 * width] as number;
      const e = words[at + 4 * width] as number;
      const f = words[at + 5 * width] as number;
      const g = words[at + 6 * width] as number;
      const h = words[at + 7 * width] as number;
      at += 8 * width;
      // Carry of three words: their majority. Sum: their exclusive or.
      let half = ones ^ a;
      const twosA = (ones & a) | (half & b);
      ones = half ^ b;
      half = ones ^ c;
      const twosB = (ones & c) | (half & d);
      ones = half ^ d;
      half = ones ^ e;
      const twosC = (ones & e) | (half & f);
      ones = half ^ f;
      half = ones ^ g;
      const twosD = (ones & g) | (half & h);
      ones = half ^ h;
      half = twos ^ twosA;
      const foursA = (twos & twosA) | (half & twosB);
      twos = half ^ twosB;
      half = twos ^ twosC;
      const foursB = (twos & twosC) | (half & twosD);
      twos = half ^ twosD;
      half = fours ^ foursA;
      let carry = (fours & foursA) | (half & foursB);
      fours = half ^ foursB;
      for (let plane = 3; plane < 8; plane++) {
        const kept = planes[plane] as number;
        planes[plane] = kept ^ carry;
        carry &= kept;
      }
      if (++groups === 31) flush(); // 31 * 8 = 248 < 2^8: no carry is lost
    }
    flush();
    for (; row < rows; row++, at += width) {
      unpack(Uint32Array.of(words[at] as number), counts, 32 * column);
    }
  }
}

/** Adds 2^plane to the count of every position whose bit is set in that plane. */
function unpack(planes: Uint32Array, counts: Float64Array, first: number): void {
  const positions = Math.min(32, counts.length - first);
  for (let bit = 0; bit < positions; bit++) {
    let count = 0;
    for (let plane = 0; plane < planes.length; plane++) {
      count += (((planes[plane] as number) >>> bit) & 1) << plane;
    }
    counts[first + bit] = (counts[first + bit] as number) + count;
  }
}

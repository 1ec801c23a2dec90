// Points and hyperplanes of a projective space over a prime field, by number.

/**
 * The projective space of vectors of length t over the field of q elements. A point is a vector up to a factor; it is written
 * with its first non-zero coordinate 1, and numbered so that points with the leading 1 further to the right come first.
 */
export interface ProjectiveSpace {
  readonly field: number;
  readonly dimension: number;
  /** Number of points, K = (q^t - 1) / (q - 1). */
  readonly points: number;
  /** Number of points on a hyperplane, (q^(t-1) - 1) / (q - 1). */
  readonly onHyperplane: number;
  /** Number of points on two different hyperplanes, (q^(t-2) - 1) / (q - 1). */
  readonly onTwo: number;
  /** Writes the coordinates of a point. */
  coordinates(point: number, target: Int32Array): void;
  /** The number of the point through a non-zero vector. */
  pointThrough(vector: Int32Array): number;
  /** Sum of a count over the points on the hyperplane of each point: {u : <u, x> = 0} for x = 0..limit-1. */
  hyperplaneSums(counts: ArrayLike<number>, limit: number): Float64Array;
}

/** The projective space over the field of a prime q, of vectors of length t >= 2. */
export function projectiveSpace(q: number, t: number): ProjectiveSpace {
  const size = (length: number): number => (q ** length - 1) / (q - 1);
  const inverses = inverseTable(q);

  function pointThrough(vector: Int32Array): number {
    let lead = 0;
    while (vector[lead] === 0) lead++;
    const factor = inverses[vector[lead] as number] as number;
    let tail = 0;
    for (let i = lead + 1; i < t; i++) tail = tail * q + (((vector[i] as number) * factor) % q);
    return size(t - 1 - lead) + tail;
  }

  return {
    field: q,
    dimension: t,
    points: size(t),
    onHyperplane: size(t - 1),
    onTwo: size(t - 2),
    coordinates(point, target) {
      let free = 0; // coordinates after the leading 1
      while (size(free + 1) <= point) free++;
      let tail = point - size(free);
      target.fill(0);
      target[target.length - 1 - free] = 1;
      for (let i = target.length - 1; tail > 0; i--) {
        target[i] = tail % q;
        tail = Math.floor(tail / q);
      }
    },
    pointThrough,
    hyperplaneSums(counts, limit) {
      const sums = new Float64Array(limit);
      addHyperplaneSums(Float64Array.from(counts), q, t, sums);
      return sums;
    },
  };
}

function inverseTable(q: number): Int32Array {
  const inverses = new Int32Array(q);
  for (let a = 1; a < q; a++) {
    for (let b = 1; b < q; b++) if ((a * b) % q === 1) inverses[a] = b;
  }
  return inverses;
}

/**
 * Fast decoder (after Feldman, Nelson, Nguyen and Talwar, ICML 2022, who use the same dynamic programming): about t q^(t+1)
 * additions instead of K^2.
 *
 * With u = (u_1, u') and x = (x_1, x') there are two cases.
 * - x_1 = 1: u is on the hyperplane of x if u_1 + <u', x'> = 0. Adding one coordinate of u' after the other, the table
 *   W[u'][z] (how many reports, sum so far z) turns into W[x'][z], and W[x'][0] is the answer for all x' at once.
 * - x_1 = 0: only u' matters, so points that agree in u' (up to a factor) are added up and the space shrinks by a dimension;
 *   the point (1, 0, ..., 0) lies on all these hyperplanes.
 */
function addHyperplaneSums(counts: Float64Array, q: number, t: number, sums: Float64Array): void {
  const lower = (q ** (t - 1) - 1) / (q - 1); // points with u_1 = 0 come first
  const affine = q ** (t - 1);
  if (t === 1) {
    return; // a single point, which is on no hyperplane of itself: <u, u> = 1
  }
  if (sums.length > lower) {
    const table = new Float64Array(affine * q);
    for (let tail = 0; tail < affine; tail++)
      table[tail * q + (1 % q)] = counts[lower + tail] as number;
    forEachPoint(q, t - 1, (vector, point) => {
      table[vector * q] = (table[vector * q] as number) + (counts[point] as number);
    });
    exchangeCoordinates(table, q, t - 1);
    for (let tail = 0; tail < affine && lower + tail < sums.length; tail++) {
      sums[lower + tail] = table[tail * q] as number;
    }
  }
  // The points with x_1 = 0.
  const merged = counts.slice(0, lower);
  const always = counts[lower] as number; // (1, 0, ..., 0)
  forEachPoint(q, t - 1, (vector, point) => {
    let multiple = 0;
    for (let factor = 1; factor < q; factor++) {
      multiple = addVectors(multiple, vector, q);
      merged[point] = (merged[point] as number) + (counts[lower + multiple] as number);
    }
  });
  const below = sums.subarray(0, Math.min(lower, sums.length));
  addHyperplaneSums(merged, q, t - 1, below);
  for (let i = 0; i < below.length; i++) below[i] = (below[i] as number) + always;
}

/** Visits the points of a space of vectors of length t: each as the number that its coordinates spell, and its own number. */
function forEachPoint(q: number, t: number, visit: (vector: number, point: number) => void): void {
  let point = 0;
  for (let lead = 1; lead < q ** t; lead *= q) {
    for (let tail = 0; tail < lead; tail++) visit(lead + tail, point++);
  }
}

/** The sum of two vectors that are spelled as numbers in base q: addition without carry. */
function addVectors(a: number, b: number, q: number): number {
  let sum = 0;
  let place = 1;
  for (let [x, y] = [a, b]; x > 0 || y > 0; x = Math.floor(x / q), y = Math.floor(y / q)) {
    sum += (((x % q) + (y % q)) % q) * place;
    place *= q;
  }
  return sum;
}

/** For each coordinate in turn: W'[.. x ..][z] = sum over y of W[.. y ..][z - x y]. */
function exchangeCoordinates(table: Float64Array, q: number, coordinates: number): void {
  const block = new Float64Array(q * q);
  for (let stride = q, done = 0; done < coordinates; done++, stride *= q) {
    for (let start = 0; start < table.length; start += stride * q) {
      for (let inner = start; inner < start + stride; inner += q) {
        block.fill(0);
        for (let y = 0; y < q; y++) {
          for (let x = 0; x < q; x++) {
            let z = (x * y) % q;
            for (let old = 0; old < q; old++) {
              block[x * q + z] =
                (block[x * q + z] as number) + (table[inner + y * stride + old] as number);
              z = z + 1 === q ? 0 : z + 1;
            }
          }
        }
        for (let x = 0; x < q; x++) {
          for (let z = 0; z < q; z++) table[inner + x * stride + z] = block[x * q + z] as number;
        }
      }
    }
  }
}

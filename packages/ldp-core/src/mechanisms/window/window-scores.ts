// How the cells of the window mechanism are scored, so that the scores' mean estimates without bias.
import { add, divide, multiply, type Rational, rational, subtract } from "../../exact/rational.js";

/** What a report of each cell contributes, as exact fractions. */
export interface CellScores {
  /** Expected score: 1 if the value is present, 0 if it is missing. */
  readonly present: readonly Rational[];
  /** Expected score: the window position (0..N-w) if the value is present, 0 if it is missing. */
  readonly position: readonly Rational[];
  /** Expected score: the square of the window position if the value is present, 0 if it is missing. */
  readonly square: readonly Rational[];
}

/**
 * With a = P(a cell of the window) and c = P(another cell), a report y of a value at position s has
 *
 * $`E[y \, 1_{y < N}] = c N (N - 1) / 2 + (a - c)(w s + w (w - 1) / 2)`$,
 *
 * a sum over all cells at rate c and over the window at the extra rate a - c; a missing value gives the first term alone.
 * Solving for s gives the score of a position. In the same way
 *
 * $`E[y^2 \, 1_{y < N}] = c \sum_{y < N} y^2 + (a - c)(w s^2 + w (w - 1) s + \sum_{j < w} j^2)`$
 *
 * gives the score of its square. Likewise the last w cells are hit with probability a w by a missing value
 * and c w by a present one.
 *
 * @param cells - N
 * @param window - w
 * @param missing - whether w more cells follow, the window of a missing value
 */
export function cellScores(
  cells: number,
  window: number,
  missing: boolean,
  inside: Rational,
  outside: Rational,
): CellScores {
  const gain = multiply(subtract(inside, outside), rational(window));
  const background = multiply(outside, rational(cells * (cells - 1), 2));
  const halfWindow = rational(window - 1, 2);
  const present: Rational[] = [];
  const position: Rational[] = [];
  const square: Rational[] = [];
  const sumOfSquares = (n: number): number => ((n - 1) * n * (2 * n - 1)) / 6; // 0 + 1 + 4 + ... + (n-1)^2
  for (let y = 0; y < cells + (missing ? window : 0); y++) {
    const isMissingCell = y >= cells;
    const hit = rational(isMissingCell ? 1 : 0);
    const absent = divide(subtract(hit, multiply(outside, rational(window))), gain);
    const here = missing ? subtract(rational(1), absent) : rational(1);
    const moment = divide(subtract(rational(isMissingCell ? 0 : y), background), gain);
    present.push(here);
    const place = subtract(moment, multiply(halfWindow, here));
    position.push(place);
    const squares = divide(
      subtract(
        rational(isMissingCell ? 0 : y * y),
        multiply(outside, rational(sumOfSquares(cells))),
      ),
      gain,
    );
    const known = add(
      multiply(rational(window - 1), place),
      multiply(rational(sumOfSquares(window), window), here),
    );
    square.push(subtract(squares, known));
  }
  return { present, position, square };
}

/** low + step s for present values, as a score: linear, so it stays unbiased. */
export function valueScore(
  scores: CellScores,
  cell: number,
  low: Rational,
  step: Rational,
): Rational {
  const { present, position } = scores;
  return add(multiply(low, present[cell] as Rational), multiply(step, position[cell] as Rational));
}

/** (low + step s)^2 for present values, as a score. */
export function squareScore(
  scores: CellScores,
  cell: number,
  low: Rational,
  step: Rational,
): Rational {
  const { present, position, square } = scores;
  const linear = multiply(multiply(rational(2), low), multiply(step, position[cell] as Rational));
  const ends = add(
    multiply(multiply(low, low), present[cell] as Rational),
    multiply(multiply(step, step), square[cell] as Rational),
  );
  return add(linear, ends);
}

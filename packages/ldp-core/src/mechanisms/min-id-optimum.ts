// The best flip probabilities under the MinID-LDP inequalities: a small convex program, solved in doubles. It decides utility only.

/** A constraint coefficients . b >= bound. */
interface Constraint {
  readonly coefficients: readonly number[];
  readonly bound: number;
}

/**
 * Minimizes sum_i size_i b_i (1 - b_i) / (1/2 - b_i)^2, the summed variance at f = 0, subject to b_i + r_ij b_j >= r_ij with
 * r_ij = e^-min(eps_i, eps_j), for i != j, and for i = j where a level has two categories.
 *
 * With u = 1/2 - b the summand is 1 / (4 u^2) - 1: convex, with derivatives 1 / (2 u^3) and 3 / (2 u^4). The constraints are
 * linear. So Newton's method on the objective minus a logarithmic barrier, whose weight shrinks, leads to the optimum (Boyd and
 * Vandenberghe, "Convex Optimization", section 11.3).
 *
 * @param epsilons - one a level
 * @param sizes - categories of each level
 * @returns b for each level, close to the optimum, and feasible but for rounding
 */
export function leastFlips(epsilons: readonly number[], sizes: readonly number[]): number[] {
  const constraints: Constraint[] = [];
  epsilons.forEach((a, i) => {
    epsilons.forEach((b, j) => {
      if (i === j && (sizes[i] as number) < 2) return;
      const r = Math.exp(-Math.min(a, b));
      const coefficients = epsilons.map((_, k) => (k === i ? 1 : 0) + (k === j ? r : 0));
      constraints.push({ coefficients, bound: r });
    });
  });
  const slackOf = ({ coefficients, bound }: Constraint, b: readonly number[]): number =>
    coefficients.reduce((sum, c, k) => sum + c * (b[k] as number), -bound);
  const value = (b: readonly number[], weight: number): number => {
    if (b.some((x) => x >= 0.5) || constraints.some((c) => slackOf(c, b) <= 0)) {
      return Number.POSITIVE_INFINITY;
    }
    const cost = b.reduce((sum, x, i) => sum + (sizes[i] as number) / (4 * (0.5 - x) ** 2), 0);
    return constraints.reduce((sum, c) => sum - weight * Math.log(slackOf(c, b)), cost);
  };

  // b = 1 / (e^(least epsilon) + 1) everywhere satisfies all constraints; start a little inside.
  const plain = 1 / (Math.exp(Math.min(...epsilons)) + 1);
  let b = epsilons.map(() => plain + (0.5 - plain) * 1e-2);
  const scale = value(b, 0);
  for (let weight = scale; weight > scale * 1e-13; weight /= 5) {
    for (let iteration = 0; iteration < 50; iteration++) {
      const gradient = b.map((x, i) => (sizes[i] as number) / (2 * (0.5 - x) ** 3));
      const hessian = b.map((x, i) =>
        b.map((_, k) => (k === i ? (3 * (sizes[i] as number)) / (2 * (0.5 - x) ** 4) : 0)),
      );
      for (const constraint of constraints) {
        const slack = slackOf(constraint, b);
        constraint.coefficients.forEach((c, i) => {
          gradient[i] = (gradient[i] as number) - (weight * c) / slack;
          const row = hessian[i] as number[];
          constraint.coefficients.forEach((other, k) => {
            row[k] = (row[k] as number) + (weight * c * other) / slack ** 2;
          });
        });
      }
      const step = solve(hessian, gradient);
      const here = value(b, weight);
      let next = b;
      for (let share = 1; share > 1e-12; share /= 2) {
        next = b.map((x, i) => x - share * (step[i] as number));
        if (value(next, weight) < here) break;
      }
      if (!(value(next, weight) < here)) break;
      b = next;
    }
  }
  return b;
}

/** Solves a symmetric positive definite system by elimination. */
function solve(matrix: readonly number[][], right: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row, right[i] as number]);
  const n = rows.length;
  for (let pivot = 0; pivot < n; pivot++) {
    for (let i = 0; i < n; i++) {
      if (i === pivot) continue;
      const [row, from] = [rows[i] as number[], rows[pivot] as number[]];
      const factor = (row[pivot] as number) / (from[pivot] as number);
      for (let k = pivot; k <= n; k++) row[k] = (row[k] as number) - factor * (from[k] as number);
    }
  }
  return rows.map((row, i) => (row[n] as number) / (row[i] as number));
}

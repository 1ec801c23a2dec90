// The best flip probabilities under the MinID-LDP inequalities: small convex programs, solved in doubles. They decide utility only.

/** A constraint coefficients . x >= bound. */
interface Constraint {
  readonly coefficients: readonly number[];
  readonly bound: number;
}

/** A convex function of one variable, infinite outside its domain, and its first two derivatives. */
interface Summand {
  value(x: number): number;
  slope(x: number): number;
  curvature(x: number): number;
}

/**
 * The fair-coin variant, a = 1/2: minimizes sum_i size_i b_i (1 - b_i) / (1/2 - b_i)^2, the summed variance at f = 0, subject to
 * b_i + r_ij b_j >= r_ij with r_ij = e^-min(eps_i, eps_j), for i != j, and for i = j where a level has two categories.
 *
 * With u = 1/2 - b the summand is 1 / (4 u^2) - 1: convex.
 *
 * @param epsilons - one a level
 * @param sizes - categories of each level
 * @returns b for each level, close to the optimum, and feasible but for rounding
 */
export function leastFlips(epsilons: readonly number[], sizes: readonly number[]): number[] {
  const summand: Summand = {
    value: (b) => (b < 0.5 ? 1 / (4 * (0.5 - b) ** 2) : Number.POSITIVE_INFINITY),
    slope: (b) => 1 / (2 * (0.5 - b) ** 3),
    curvature: (b) => 3 / (2 * (0.5 - b) ** 4),
  };
  const constraints = pairs(epsilons, sizes, (i, j, least) => {
    const r = Math.exp(-least);
    return {
      coefficients: epsilons.map((_, k) => (k === i ? 1 : 0) + (k === j ? r : 0)),
      bound: r,
    };
  });
  // b = 1 / (e^(least epsilon) + 1) everywhere satisfies all constraints; start a little inside.
  const plain = 1 / (Math.exp(Math.min(...epsilons)) + 1);
  const start = epsilons.map(() => plain + (0.5 - plain) * 1e-2);
  return minimize(summand, sizes, constraints, start);
}

/**
 * The symmetric variant, a = 1 - b: with t = ln(a / b) the variance at f = 0 is 1 / (4 sinh^2(t / 2)), convex in t, and the
 * constraints are t_i + t_j <= min(eps_i, eps_j).
 *
 * @param epsilons - one a level
 * @param sizes - categories of each level
 * @returns b for each level, close to the optimum, and feasible but for rounding
 */
export function leastSymmetricFlips(
  epsilons: readonly number[],
  sizes: readonly number[],
): number[] {
  const summand: Summand = {
    value: (t) => (t > 0 ? 1 / (4 * Math.sinh(t / 2) ** 2) : Number.POSITIVE_INFINITY),
    slope: (t) => -Math.cosh(t / 2) / (4 * Math.sinh(t / 2) ** 3),
    curvature: (t) =>
      (3 * Math.cosh(t / 2) ** 2 - Math.sinh(t / 2) ** 2) / (8 * Math.sinh(t / 2) ** 4),
  };
  const constraints = pairs(epsilons, sizes, (i, j, least) => ({
    coefficients: epsilons.map((_, k) => -((k === i ? 1 : 0) + (k === j ? 1 : 0))),
    bound: -least,
  }));
  const start = epsilons.map(() => (Math.min(...epsilons) / 2) * (1 - 1e-2));
  return minimize(summand, sizes, constraints, start).map((t) => 1 / (1 + Math.exp(t)));
}

/** A constraint for each ordered pair of different categories, by their levels. */
function pairs(
  epsilons: readonly number[],
  sizes: readonly number[],
  constraint: (i: number, j: number, least: number) => Constraint,
): Constraint[] {
  return epsilons.flatMap((a, i) =>
    epsilons.flatMap((b, j) =>
      i === j && (sizes[i] as number) < 2 ? [] : [constraint(i, j, Math.min(a, b))],
    ),
  );
}

/**
 * Minimizes sum_i size_i summand(x_i) under linear constraints: Newton's method on the objective minus a logarithmic barrier,
 * whose weight shrinks (Boyd and Vandenberghe, "Convex Optimization", section 11.3).
 *
 * @param start - a point that satisfies all constraints strictly
 */
function minimize(
  summand: Summand,
  sizes: readonly number[],
  constraints: readonly Constraint[],
  start: readonly number[],
): number[] {
  const slackOf = ({ coefficients, bound }: Constraint, x: readonly number[]): number =>
    coefficients.reduce((sum, c, k) => sum + c * (x[k] as number), -bound);
  const value = (x: readonly number[], weight: number): number => {
    if (constraints.some((c) => slackOf(c, x) <= 0)) return Number.POSITIVE_INFINITY;
    const cost = x.reduce((sum, one, i) => sum + (sizes[i] as number) * summand.value(one), 0);
    return constraints.reduce((sum, c) => sum - weight * Math.log(slackOf(c, x)), cost);
  };

  let x = [...start];
  const scale = value(x, 0);
  for (let weight = scale; weight > scale * 1e-13; weight /= 5) {
    for (let iteration = 0; iteration < 50; iteration++) {
      const gradient = x.map((one, i) => (sizes[i] as number) * summand.slope(one));
      const hessian = x.map((one, i) =>
        x.map((_, k) => (k === i ? (sizes[i] as number) * summand.curvature(one) : 0)),
      );
      for (const constraint of constraints) {
        const slack = slackOf(constraint, x);
        constraint.coefficients.forEach((c, i) => {
          gradient[i] = (gradient[i] as number) - (weight * c) / slack;
          const row = hessian[i] as number[];
          constraint.coefficients.forEach((other, k) => {
            row[k] = (row[k] as number) + (weight * c * other) / slack ** 2;
          });
        });
      }
      const step = solve(hessian, gradient);
      const here = value(x, weight);
      let next = x;
      for (let share = 1; share > 1e-12; share /= 2) {
        next = x.map((one, i) => one - share * (step[i] as number));
        if (value(next, weight) < here) break;
      }
      if (!(value(next, weight) < here)) break;
      x = next;
    }
  }
  return x;
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

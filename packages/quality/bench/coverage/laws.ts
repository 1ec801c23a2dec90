// The law of a supporting count, and the support probabilities of the mechanisms, from the textbook formulas: nothing of the library.

/** p and q of a mechanism over d categories. */
export interface Textbook {
  readonly mechanism: string;
  readonly epsilon: number;
  readonly categories: number;
  readonly p: number;
  readonly q: number;
}

export function textbook(mechanism: string, epsilon: number, categories: number): Textbook {
  const E = Math.exp(epsilon);
  const d = categories;
  const named = { mechanism, epsilon, categories };
  switch (mechanism) {
    case "GRR":
      return { ...named, p: E / (E + d - 1), q: 1 / (E + d - 1) };
    case "subset selection": {
      const k = Math.max(1, Math.round(d / (E + 1)));
      const p = (E * k) / (E * k + d - k);
      return { ...named, p, q: (p * (k - 1) + (1 - p) * k) / (d - 1) };
    }
    case "OUE":
      return { ...named, p: 0.5, q: 1 / (E + 1) };
    case "SUE":
      return { ...named, p: 1 / (1 + Math.exp(-epsilon / 2)), q: 1 / (1 + Math.exp(epsilon / 2)) };
    case "local hashing": {
      const g = Math.max(2, Math.round(E + 1));
      return { ...named, p: E / (E + g - 1), q: 1 / g };
    }
    default:
      return { ...named, p: E / (E + 1), q: 0.5 }; // Hadamard response
  }
}

/** Whether the number of categories matters to p and q. */
export const dependsOnCategories = (mechanism: string): boolean =>
  mechanism === "GRR" || mechanism === "subset selection";

export const mechanisms = ["GRR", "subset selection", "OUE", "SUE", "local hashing", "Hadamard"];

/** Probabilities of consecutive counts from `from` on; what is left out has less than 10^-14 in all. */
export interface Law {
  readonly from: number;
  readonly probabilities: Float64Array;
}

/** Bin(n, p), from its mode outwards by ratios, then scaled to sum 1. */
export function binomialLaw(n: number, p: number): Law {
  if (p === 0 || n === 0) return { from: 0, probabilities: Float64Array.of(1) };
  if (p === 1) return { from: n, probabilities: Float64Array.of(1) };
  const mode = Math.min(n, Math.floor((n + 1) * p));
  const reach = Math.ceil(8.5 * Math.sqrt(n * p * (1 - p)) + 40);
  const [first, last] = [Math.max(0, mode - reach), Math.min(n, mode + reach)];
  const probabilities = new Float64Array(last - first + 1);
  probabilities[mode - first] = 1;
  for (let k = mode; k < last; k++)
    probabilities[k + 1 - first] =
      (probabilities[k - first] as number) * (((n - k) / (k + 1)) * (p / (1 - p)));
  for (let k = mode; k > first; k--)
    probabilities[k - 1 - first] =
      (probabilities[k - first] as number) * ((k / (n - k + 1)) * ((1 - p) / p));
  const sum = probabilities.reduce((a, b) => a + b, 0);
  return { from: first, probabilities: probabilities.map((value) => value / sum) };
}

function convolve(a: Law, b: Law): Law {
  const probabilities = new Float64Array(a.probabilities.length + b.probabilities.length - 1);
  a.probabilities.forEach((x, i) => {
    for (let j = 0; j < b.probabilities.length; j++)
      probabilities[i + j] = (probabilities[i + j] as number) + x * (b.probabilities[j] as number);
  });
  return { from: a.from + b.from, probabilities };
}

/** The count for n people, of whom a share f holds the value, or who come from such a population. */
export function countLaw(
  { p, q }: Textbook,
  n: number,
  f: number,
  target: "cohort" | "population",
): Law {
  if (target === "population") return binomialLaw(n, q + f * (p - q));
  const holders = Math.round(n * f);
  return convolve(binomialLaw(holders, p), binomialLaw(n - holders, q));
}

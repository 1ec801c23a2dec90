// The oracle: exact rationals over BigInt, written for the tests alone and sharing nothing with the code under test.

export interface Q {
  readonly n: bigint;
  readonly d: bigint;
}

const gcd = (a: bigint, b: bigint): bigint => {
  while (b !== 0n) [a, b] = [b, a % b];
  return a < 0n ? -a : a;
};

/** n / d in lowest terms, d > 0. */
export function q(n: bigint | number, d: bigint | number = 1n): Q {
  let [a, b] = [BigInt(n), BigInt(d)];
  if (b === 0n) throw new RangeError("zero denominator");
  if (b < 0n) [a, b] = [-a, -b];
  const g = gcd(a, b) || 1n;
  return { n: a / g, d: b / g };
}

export const add = (a: Q, b: Q): Q => q(a.n * b.d + b.n * a.d, a.d * b.d);
export const sub = (a: Q, b: Q): Q => q(a.n * b.d - b.n * a.d, a.d * b.d);
export const mul = (a: Q, b: Q): Q => q(a.n * b.n, a.d * b.d);
export const div = (a: Q, b: Q): Q => q(a.n * b.d, a.d * b.n);
export const equal = (a: Q, b: Q): boolean => a.n * b.d === b.n * a.d;
export const less = (a: Q, b: Q): boolean => a.n * b.d < b.n * a.d;
export const sum = (values: Iterable<Q>): Q => {
  let total = q(0);
  for (const value of values) total = add(total, value);
  return total;
};

/** The nearest double, good to about 1e-17 relative whatever the sizes of numerator and denominator. */
export function toNumber({ n, d }: Q): number {
  if (n === 0n) return 0;
  const sign = n < 0n ? -1 : 1;
  const a = n < 0n ? -n : n;
  const shift = BigInt(Math.max(0, 64 - (a.toString(2).length - d.toString(2).length)));
  return (sign * Number((a << shift) / d)) / 2 ** Number(shift);
}

/** Taylor partial sum of e^x for a rational x >= 0: a lower bound; with `terms` >= 4x + 60 it is good to 1e-30. */
export function expLower(x: Q, terms = 120): Q {
  let term = q(1);
  let total = q(1);
  for (let k = 1; k <= terms; k++) {
    term = div(mul(term, x), q(k));
    total = add(total, term);
  }
  return total;
}

/** A decimal string such as "0.25" as an exact rational. */
export function decimal(text: string): Q {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (!match) throw new RangeError(`not a decimal: ${text}`);
  const [, sign, whole = "0", fraction = ""] = match;
  const value = q(BigInt(whole + fraction), 10n ** BigInt(fraction.length));
  return sign === "-" ? sub(q(0), value) : value;
}

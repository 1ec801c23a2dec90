// The error function and its complement, to about 1e-15 relative.
// Series 7.6.2 and continued fraction 7.9.2 of the NIST Digital Library of Mathematical Functions.

const twoOverRootPi = 1.1283791670955126;
const rootPi = 1.772453850905516;

/** exp(-x^2) without the error of rounding x^2: x = head + tail, where head^2 is exact. */
function gaussian(x: number): number {
  const head = Math.fround(x);
  const tail = x - head;
  return Math.exp(-head * head) * Math.exp(-tail * (head + x));
}

/** Every term is positive, so nothing cancels. Good for 0 <= x <= 2. */
function series(x: number): number {
  let term = x;
  let sum = x;
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= (2 * x * x) / (2 * k + 1);
    sum += term;
  }
  return twoOverRootPi * gaussian(x) * sum;
}

/** erfc(x) = e^(-x^2) / sqrt(pi) * 1/(x + (1/2)/(x + (2/2)/(x + (3/2)/...))), evaluated from the inside. Good for x >= 2. */
function fraction(x: number): number {
  let value = x;
  for (let k = 20 + Math.ceil(320 / (x * x)); k > 0; k--) value = x + k / 2 / value;
  return gaussian(x) / (rootPi * value);
}

export function erf(x: number): number {
  if (x < 0) return -erf(-x);
  if (x <= 2) return series(x);
  return x < 6 ? 1 - fraction(x) : 1;
}

/** 1 - erf(x), with full relative precision in the upper tail. */
export function erfc(x: number): number {
  if (x < 2) return 1 - erf(x);
  return x < 27.3 ? fraction(x) : 0;
}

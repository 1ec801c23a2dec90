// Counting and numbering subsets, for channels whose outputs are sets.

/** The number of k-subsets of n elements. */
export function combinations(n: number, k: number): bigint {
  if (k < 0 || k > n) return 0n;
  let result = 1n;
  for (let i = 1; i <= Math.min(k, n - k); i++) result = (result * BigInt(n - i + 1)) / BigInt(i);
  return result;
}

/** The k-subset of 0..n-1 with a given number 0..C(n, k)-1 in lexicographic order, ascending. */
export function combinationAt(n: number, k: number, index: number): number[] {
  const subset: number[] = [];
  let rest = BigInt(index);
  for (let element = 0; subset.length < k; element++) {
    const withElement = combinations(n - element - 1, k - subset.length - 1);
    if (rest < withElement) subset.push(element);
    else rest -= withElement;
  }
  return subset;
}

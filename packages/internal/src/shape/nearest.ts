// What a mistyped word was perhaps meant to be.

/** The word that differs from the given one by case, signs between words, or at most two letters; undefined if none does. */
export function nearest<T extends string | number>(
  given: unknown,
  words: readonly T[],
): T | undefined {
  if ((typeof given !== "string" && typeof given !== "number") || String(given).length > 60)
    return undefined;
  const plain = bare(given);
  let best: T | undefined;
  let least = Math.min(3, plain.length);
  for (const word of words.slice(0, 200)) {
    const other = bare(word);
    const d = Math.abs(other.length - plain.length) > 2 ? 3 : distance(plain, other);
    if (d < least) [best, least] = [word, d];
  }
  return best;
}

const bare = (word: string | number): string =>
  String(word)
    .toLowerCase()
    .replace(/[\s_-]/g, "");

/** Letters to insert, remove or replace (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next[j] = Math.min(
        (row[j] as number) + 1,
        (next[j - 1] as number) + 1,
        (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1),
      );
    row = next;
  }
  return row[b.length] as number;
}

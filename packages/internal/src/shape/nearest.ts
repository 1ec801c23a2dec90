// What a mistyped word was perhaps meant to be.

/** The word that differs from the given one by case, signs between words, or at most two letters; undefined if none does. */
export function nearest<T extends string | number>(
  given: unknown,
  words: readonly T[],
): T | undefined {
  if ((typeof given !== "string" && typeof given !== "number") || String(given).length > 60)
    return undefined;
  const plain = bare(given);
  const some = words.slice(0, 200);
  for (let edits = 0; edits < Math.min(3, plain.length); edits++) {
    const found = some.find((word) => isWithin(edits, plain, bare(word)));
    if (found !== undefined) return found;
  }
  return undefined;
}

const bare = (word: string | number): string =>
  String(word)
    .toLowerCase()
    .replace(/[\s_-]/g, "");

/** Whether so many letters to insert, remove or replace lead from one text to the other. */
function isWithin(edits: number, a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > edits) return false;
  let same = 0;
  while (same < a.length && a[same] === b[same]) same++;
  const [left, right] = [a.slice(same), b.slice(same)];
  if (left === right) return true;
  const [x, y] = [left.slice(1), right.slice(1)];
  return (
    edits > 0 &&
    (isWithin(edits - 1, x, y) || isWithin(edits - 1, x, right) || isWithin(edits - 1, left, y))
  );
}

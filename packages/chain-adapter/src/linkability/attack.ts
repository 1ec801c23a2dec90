// An attacker who tries to find a patient of one round again in the next, from everything that a buyer of both can see.
import { type PublicView, rowKey, rowsByChoice, rowsByKey } from "./view.js";

/** How well the attacker did. */
export interface LinkResult {
  /** Patients in both rounds. */
  readonly tried: number;
  /** Share of them found. */
  readonly found: number;
  /** Share that guessing blindly among all patients of the second round finds. */
  readonly chance: number;
  /** `found - chance`: 0 says that nothing was learnt. */
  readonly advantage: number;
}

/**
 * Plays the attacker: a pseudonym, leaf or salt seen before names its row; failing that, the attacker compares only
 * among patients with the same open choices, and takes the one at the same place among them, which finds everyone when
 * both rounds list patients in one order and is a blind guess when the order is secret.
 *
 * @param first what was visible in one round
 * @param second what was visible in the next
 * @param truth for each row of the first, the row of the same patient in the second, or -1 if there is none
 * @returns share found, and what chance finds
 * @example
 * ```ts
 * import { linkRounds } from "@emrx/chain-adapter/linkability";
 *
 * const zero = new Uint8Array(32);
 * const view = { count: 1, root: zero, pseudonyms: zero, leaves: zero, salts: zero, choices: Uint32Array.of(0) };
 * linkRounds(view, view, [0]); // => { tried: 1, found: 1, chance: 1, advantage: 0 }
 * ```
 */
export function linkRounds(
  first: PublicView,
  second: PublicView,
  truth: ArrayLike<number>,
): LinkResult {
  const clues = (["pseudonyms", "leaves", "salts"] as const).map((name) => ({
    before: first[name],
    rows: rowsByKey(second[name]),
  }));
  // What does not name a row narrows the search: the open choices.
  const [groups, others] = [rowsByChoice(first), rowsByChoice(second)];
  const place = new Map<number, number>();
  for (const rows of groups.values()) for (const [i, row] of rows.entries()) place.set(row, i);
  let [tried, hits] = [0, 0];
  for (let row = 0; row < first.count; row++) {
    if ((truth[row] as number) < 0) continue;
    tried++;
    let guess: number | undefined;
    for (const { before, rows } of clues) guess ??= rows.get(rowKey(before, row));
    if (guess === undefined) {
      const candidates = others.get(first.choices[row] as number) ?? [];
      guess = candidates[(place.get(row) as number) % Math.max(1, candidates.length)];
    }
    if (guess === truth[row]) hits++;
  }
  const found = tried === 0 ? 0 : hits / tried;
  const chance = second.count === 0 ? 0 : 1 / second.count;
  return { tried, found, chance, advantage: found - chance };
}

// What a site checks before it publishes: habits that would let others follow a patient from round to round.
import { type PublicView, rowKey, rowsByChoice, rowsByKey } from "./view.js";

/** Something that would link a patient's offers. */
export interface LinkabilityFinding {
  /** What was found. */
  readonly kind:
    | "reused-root"
    | "reused-pseudonym"
    | "reused-leaf"
    | "reused-salt"
    | "rare-choice"
    | "same-order";
  /** Whether to stop, or to think again. */
  readonly severity: "refuse" | "warn";
  /** Rows of the batch that are concerned, at most the first 100. */
  readonly rows: readonly number[];
  /** How many rows are concerned. */
  readonly count: number;
  /** What was found, and what to do. */
  readonly message: string;
}

/** What counts as too few. */
export interface LinkabilityOptions {
  /** Least number of patients who share a combination of open choices; 10 by default. */
  readonly leastGroup?: number;
}

const SHOWN = 100;

/**
 * Looks for habits that link patients: a root, pseudonym, leaf or salt used before; a combination of open choices that
 * few patients share (a unique price, a rare level vector); the order of an earlier round.
 *
 * @param view the batch about to be published
 * @param earlier batches published before
 * @param options what counts as too few
 * @returns what was found; publish only if nothing has the severity `"refuse"`
 * @example
 * ```ts
 * import { findLinkability } from "@emrx/chain-adapter/linkability";
 *
 * const hash = new Uint8Array(32);
 * const view = { count: 1, root: hash, pseudonyms: hash, leaves: hash, salts: hash, choices: Uint32Array.of(3) };
 * findLinkability(view, []).map(({ kind, severity }) => [kind, severity]); // => [["rare-choice", "refuse"]]
 * ```
 */
export function findLinkability(
  view: PublicView,
  earlier: readonly PublicView[],
  options: LinkabilityOptions = {},
): LinkabilityFinding[] {
  const findings: LinkabilityFinding[] = [];
  const add = (
    kind: LinkabilityFinding["kind"],
    severity: LinkabilityFinding["severity"],
    rows: readonly number[],
    message: string,
  ): void => {
    if (rows.length === 0) return;
    findings.push({ kind, severity, rows: rows.slice(0, SHOWN), count: rows.length, message });
  };
  const all = Array.from({ length: view.count }, (_, row) => row);
  const root = rowKey(view.root, 0);
  if (earlier.some((before) => rowKey(before.root, 0) === root)) {
    add(
      "reused-root",
      "refuse",
      all,
      "the same batch was published before; build it for its own round.",
    );
  }
  for (const [name, kind] of [
    ["pseudonyms", "reused-pseudonym"],
    ["leaves", "reused-leaf"],
    ["salts", "reused-salt"],
  ] as const) {
    const column = view[name];
    const before = earlier.map((batch) => rowsByKey(batch[name]));
    const rows = all.filter((row) => {
      const key = rowKey(column, row);
      return before.some((known) => known.has(key));
    });
    add(
      kind,
      "refuse",
      rows,
      `${name} were used before; derive them with the number of this round.`,
    );
    if (rowsByKey(column).size < view.count) {
      const last = rowsByKey(column);
      const twice = all.filter((row) => last.get(rowKey(column, row)) !== row);
      add(kind, "refuse", twice, `${name} occur twice in the batch; give every patient their own.`);
    }
  }
  const least = options.leastGroup ?? 10;
  const few = (groups: ReadonlyMap<unknown, readonly number[]>): number[] =>
    [...groups.values()]
      .filter((rows) => rows.length < least)
      .flat()
      .sort((a, b) => a - b);
  add(
    "rare-choice",
    "refuse",
    few(rowsByChoice(view)),
    `fewer than ${least} patients share these open choices; offer fewer entries on the menus, or wait for more patients.`,
  );
  if (earlier.some((before) => sameOrder(before, view))) {
    add(
      "same-order",
      "warn",
      all,
      "the choices come in the order of an earlier round; use secretOrder.",
    );
  }
  return findings;
}

/** Whether two batches of some size list the same open choices row by row, which a secret order makes unlikely. */
function sameOrder(a: PublicView, b: PublicView): boolean {
  const groups = rowsByChoice(b);
  if (a.count !== b.count || b.count < 20 || groups.size < 2) return false;
  let equal = 0;
  for (let row = 0; row < b.count; row++) if (a.choices[row] === b.choices[row]) equal++;
  // In a random order the expected number of equal rows is the sum of squares over the count; 8 deviations are no chance.
  let expected = 0;
  for (const rows of groups.values()) expected += rows.length ** 2 / b.count;
  return equal > expected + 8 * Math.sqrt(b.count);
}

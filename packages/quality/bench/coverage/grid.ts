// The grid of mechanisms, epsilons, domains, numbers of reports and frequencies, and a search between its points.
import { type Cell, cellAt, enough, normalCovers, widthRatio } from "./cell.js";
import { dependsOnCategories, mechanisms, textbook } from "./laws.js";

export const epsilons = [0.05, 0.2, 0.5, 1, 2, 4, 8];
const domains = [2, 3, 16, 64, 1000];
export const sizes = [2, 5, 10, 30, 100, 300, 1000, 10_000];
export const targets = ["population", "cohort"] as const;

const frequenciesOf = (n: number): readonly number[] => [
  0,
  1 / n,
  0.01,
  0.05,
  0.3,
  0.5,
  0.95,
  0.993,
  1,
];

export function* gridCells(): Generator<Cell> {
  for (const mechanism of mechanisms)
    for (const epsilon of epsilons)
      for (const d of dependsOnCategories(mechanism) ? domains : [2])
        for (const n of sizes)
          for (const target of targets)
            for (const f of new Set(frequenciesOf(n)))
              yield cellAt(textbook(mechanism, epsilon, d), n, f, target);
}

/** Cells anywhere between: epsilon, d and n on a logarithmic scale, frequencies denser at both ends. */
export function* searchedCells(uniform: () => number, cells: number): Generator<Cell> {
  for (let i = 0; i < cells; i++) {
    const mechanism = mechanisms[Math.floor(uniform() * mechanisms.length)] as string;
    const epsilon = 0.05 * 160 ** uniform();
    const d = Math.round(2 * 500 ** uniform());
    const n = Math.round(2 * 5000 ** uniform());
    const f = Math.sin((uniform() * Math.PI) / 2) ** 2;
    const target = targets[Math.floor(uniform() * 2)] as "cohort" | "population";
    yield cellAt(textbook(mechanism, epsilon, d), n, f, target);
  }
}

/** The worst of some cells. */
export interface Worst {
  cells: number;
  coverage: number;
  at: Cell | undefined;
  normalCoverage: number;
  /** Cells where the normal interval covers, and the largest ratio of widths there. */
  compared: number;
  ratio: number;
  ratioAt: Cell | undefined;
}

export const noWorst = (): Worst => ({
  cells: 0,
  coverage: 1,
  at: undefined,
  normalCoverage: 1,
  compared: 0,
  ratio: 0,
  ratioAt: undefined,
});

/** Adds a cell; widths are compared only where asked, since that looks at many frequencies around. */
export function addCell(worst: Worst, cell: Cell, compareWidths: boolean): void {
  worst.cells++;
  if (cell.coverage < worst.coverage) [worst.coverage, worst.at] = [cell.coverage, cell];
  worst.normalCoverage = Math.min(worst.normalCoverage, cell.normalCoverage);
  const ratio = cell.normalWidth > 0 ? widthRatio(cell) : 0;
  // Only where the ratio would matter is it worth looking whether the normal interval covers around there.
  if (!compareWidths || cell.normalCoverage < enough) return;
  if (ratio > worst.ratio && normalCovers(cell)) [worst.ratio, worst.ratioAt] = [ratio, cell];
  worst.compared++;
}

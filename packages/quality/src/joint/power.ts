// How often the tests on reports will find what is there: the price of privacy in power.
import { checkChannel, type PureChannel } from "../channel.js";
import { checkInside, checkWhole } from "../check.js";
import { chiSquaredUpperQuantile, noncentralChiSquaredSurvival } from "../special/chi-squared.js";
import { pearson, type TwoWay } from "./contingency.js";
import { checkTable, mapAxis } from "./table.js";
import { squaredCorrelation } from "./trend.js";

/** What is assumed of a table, to predict a test's power. */
export interface PowerOptions {
  /** True joint frequencies, flat by rows. */
  readonly frequencies: ArrayLike<number>;
  readonly rows: number;
  readonly columns: number;
  /** Channels of the row and of the column attribute (GRR); one of p = 1, q = 0 for an attribute that is public. */
  readonly channels: readonly [PureChannel, PureChannel];
  /** Number of pairs of reports. */
  readonly n: number;
  /** Significance level; 0.05 unless given. */
  readonly level?: number;
}

/** How often a test will find what is there. */
export interface Power {
  /** Of the chi-squared statistic. */
  readonly noncentrality: number;
  /** Probability of a p-value below the level. */
  readonly power: number;
}

/**
 * The power of `independenceTest` (and, with the groups as a public row attribute, of `twoSampleTest`).
 *
 * @param options - the table assumed, the channels, n and level
 * @returns noncentrality and power, accurate for large n
 * @throws EMRX_MISMATCH, EMRX_OUT_OF_RANGE, EMRX_BAD_CHANNEL, EMRX_NOT_APPLICABLE
 * @example
 * ```ts
 * import { independencePower } from "@emrx/quality";
 *
 * const table = { frequencies: [0.3, 0.2, 0.2, 0.3], rows: 2, columns: 2, n: 1000 };
 * const exact = { p: 1, q: 0 };
 * independencePower({ ...table, channels: [exact, exact] }).noncentrality.toFixed(6); // => "40.000000"
 * const noisy = { p: 0.75, q: 0.25 };
 * independencePower({ ...table, channels: [noisy, noisy] }).power.toFixed(4); // => "0.3526"
 * ```
 */
export function independencePower(options: PowerOptions): Power {
  const { statistic, degrees } = pearson(reportTable(options));
  return power(options, statistic * options.n, degrees);
}

/**
 * The power of `trendTest`, scores 0, 1, 2, ...
 *
 * @param options - the table assumed, the channels, n and level
 * @returns noncentrality and power, accurate for large n
 * @throws EMRX_MISMATCH, EMRX_OUT_OF_RANGE, EMRX_BAD_CHANNEL, EMRX_NOT_APPLICABLE
 * @example
 * ```ts
 * import { trendPower } from "@emrx/quality";
 *
 * const noisy = { p: 0.75, q: 0.25 };
 * const table = { frequencies: [0.3, 0.2, 0.2, 0.3], rows: 2, columns: 2, n: 1000 };
 * trendPower({ ...table, channels: [noisy, noisy] }).noncentrality.toFixed(6); // => "2.500000"
 * ```
 */
export function trendPower(options: PowerOptions): Power {
  return power(options, squaredCorrelation(reportTable(options)) * options.n, 1);
}

function power({ level = 0.05 }: PowerOptions, noncentrality: number, degrees: number): Power {
  checkInside("level", level);
  const critical = chiSquaredUpperQuantile(level, degrees);
  return { noncentrality, power: noncentralChiSquaredSurvival(critical, degrees, noncentrality) };
}

/** The distribution of pairs of reports: the joint distribution pushed through both channels. */
function reportTable({ frequencies, rows, columns, channels, n }: PowerOptions): TwoWay {
  checkTable("frequencies", frequencies, [rows, columns]);
  checkWhole("n", n, 1);
  let table: Float64Array = Float64Array.from(frequencies);
  [rows, columns].forEach((size, axis) => {
    const { p, q } = channels[axis] as PureChannel;
    checkChannel({ p, q });
    table = mapAxis(table, [rows, columns], axis, size, (line, result) => {
      const all = line.reduce((sum, value) => sum + value, 0);
      for (let v = 0; v < size; v++) result[v] = q * all + (p - q) * (line[v] as number);
    });
  });
  return { counts: table, rows, columns };
}

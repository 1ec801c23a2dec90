// One randomization, several levels: what every chain of degradations is, and how reports are degraded along it.
import type { Channel } from "../audit/channel.js";
import { LdpError } from "../errors/ldp-error.js";
import { compareBudgets } from "../exact/decimal.js";
import { multiply, type Rational } from "../exact/rational.js";
import { enumerable } from "../mechanisms/common/pure.js";
import { platformRandom } from "../random/platform.js";
import type { RandomSource } from "../random/source.js";

/** A mechanism's report and its degradations; level 0 has the highest epsilon. */
export interface DegradationChain<Mechanism, Report, Column, Value = number> {
  /** Budgets from the highest to the lowest, canonical decimals. */
  readonly epsilons: readonly string[];
  /** The exact channel, estimator, aggregator and codec of each level's report. */
  readonly levels: readonly Mechanism[];
  /** The report of level 0. @throws EMRX_VALUE_OUTSIDE_DOMAIN */
  randomize(value: Value, random?: RandomSource): Report;
  /**
   * The report of level `to` from the report of level `from`, for the levels between them one after the other. A person's
   * reports must all come from one such run: keep (memoize) each, never degrade the same report to the same level twice.
   *
   * @throws EMRX_BAD_PARAMETER unless from <= to are levels; EMRX_MALFORMED_REPORT
   */
  degrade(report: Report, from: number, to: number, random?: RandomSource): Report;
  /** {@link DegradationChain.degrade} for a column of reports; the column is left as it is. */
  degradeBatch(column: Column, from: number, to: number, random?: RandomSource): Column;
  /** The joint channel of all levels' reports: output y0 + m y1 + m^2 y2 + ... for m reports. @throws EMRX_TOO_LARGE */
  channel(): Channel;
}

/** What a chain asks of its highest mechanism. */
export interface Degradable<Report, Column, Value = number> {
  readonly reportBytes: number;
  randomize(value: Value, random?: RandomSource): Report;
  channel(): Channel;
  aggregator(): { addBatch(column: Column): void };
  encode(report: Report, target: Uint8Array, offset: number): void;
  decode(source: Uint8Array, offset: number): Report;
  encodeBatch(column: Column, target: Uint8Array, offsets: ArrayLike<number>): void;
  decodeBatch(source: Uint8Array, offsets: ArrayLike<number>): Column;
}

/** What leads from one level to the next. */
export interface Degradation<Column> {
  /** A fresh column with each report degraded; which words are drawn does not depend on the reports. */
  apply(column: Column, random: RandomSource): Column;
  /** P(report number `lower` | report number `upper`). */
  probability(lower: number, upper: number): Rational;
}

/** A chain from its levels and the steps between them. */
export function chainOf<Mechanism, Report, Column, Value = number>(
  highest: Degradable<Report, Column, Value>,
  epsilons: readonly string[],
  levels: readonly Mechanism[],
  steps: readonly Degradation<Column>[],
): DegradationChain<Mechanism, Report, Column, Value> {
  function degradeThrough(column: Column, from: number, to: number, random: RandomSource): Column {
    const inOrder = Number.isInteger(from) && Number.isInteger(to) && 0 <= from && from <= to;
    if (!inOrder || to >= levels.length) {
      throw new LdpError(
        "EMRX_BAD_PARAMETER",
        `from level ${from} to level ${to}: expected 0 <= from <= to < ${levels.length}`,
      );
    }
    return steps.slice(from, to).reduce((current, step) => step.apply(current, random), column);
  }

  return {
    epsilons,
    levels,
    randomize: highest.randomize,
    degrade(report, from, to, random = platformRandom()) {
      // A report is a column of one; the codec is the way there and back, and checks it.
      const bytes = new Uint8Array(highest.reportBytes);
      highest.encode(report, bytes, 0);
      highest.encodeBatch(
        degradeThrough(highest.decodeBatch(bytes, [0]), from, to, random),
        bytes,
        [0],
      );
      return highest.decode(bytes, 0);
    },
    degradeBatch(column, from, to, random = platformRandom()) {
      highest.aggregator().addBatch(column); // checks it
      return degradeThrough(column, from, to, random);
    },
    channel() {
      const top = highest.channel();
      const { inputs, outputs: m } = top;
      const probability = (output: number, input: number): Rational => {
        let upper = output % m;
        let rest = Math.floor(output / m);
        let product = top.probability(upper, input);
        for (const step of steps) {
          const lower = rest % m;
          product = multiply(product, step.probability(lower, upper));
          upper = lower;
          rest = Math.floor(rest / m);
        }
        return product;
      };
      return enumerable({ inputs, outputs: m ** levels.length, probability }, "the joint channel");
    },
  };
}

/** The budgets of all levels, canonical decimals: each below the one before it. */
export function checkLevels(highest: string, lower: readonly string[]): string[] {
  const epsilons = [highest];
  for (const [i, epsilon] of lower.entries()) {
    const above = epsilons[i] as string;
    if (compareBudgets(above, epsilon) <= 0) {
      throw new LdpError(
        "EMRX_BAD_EPSILON",
        `options.lower[${i}] is ${epsilon}, not below ${above}; list levels from the highest to the lowest`,
      );
    }
    epsilons.push(epsilon);
  }
  return epsilons;
}

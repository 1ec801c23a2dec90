// One randomization, several privacy levels: a chain of GRR reports, each a degradation of the one above.
import type { Channel } from "../audit/channel.js";
import { LdpError } from "../errors.js";
import { compareBudgets, parseEpsilon } from "../exact/decimal.js";
import {
  add,
  ceilDivide,
  divide,
  multiply,
  type Rational,
  rational,
  subtract,
} from "../exact/rational.js";
import { chooseBits, nonDegenerate, probabilityOf, type Threshold } from "../exact/thresholds.js";
import { platformRandom } from "../random/platform.js";
import type { RandomSource } from "../random/source.js";
import { checkCategories } from "./domain.js";
import { grr } from "./grr.js";
import type { FrequencyOracle } from "./oracle.js";
import { enumerable, pureOracle } from "./pure.js";
import { checkSymbol, type SymbolColumn, symbolColumn, symbolReports } from "./symbol.js";
import { forEachBlock, type TwoPart, twoPart } from "./two-part.js";

/** Parameters of {@link grrChain}. */
export interface GrrChainOptions {
  /** Number of categories d, 2..2^20. */
  readonly categories: number;
  /** Budgets from the highest to the lowest, all different. */
  readonly epsilons: readonly (string | number)[];
  /** Random bits behind each threshold, 1..64; chosen by itself unless given. */
  readonly bits?: number;
}

/** A GRR report and its degradations; level 0 has the highest epsilon. */
export interface GrrChain {
  /** Budgets from the highest to the lowest, canonical decimals. */
  readonly epsilons: readonly string[];
  /** The exact channel, estimator, aggregator and codec of each level's report. */
  readonly levels: readonly FrequencyOracle<number, SymbolColumn>[];
  /** The report of level 0. @throws EMRX_VALUE_OUTSIDE_DOMAIN */
  randomize(value: number, random?: RandomSource): number;
  /**
   * The report of level `to` from the report of level `from`, for the levels between them one after the other. A person's
   * reports must all come from one such walk: keep (memoize) each, never degrade the same report to the same level twice.
   *
   * @throws EMRX_BAD_PARAMETER unless from <= to are levels
   */
  degrade(report: number, from: number, to: number, random?: RandomSource): number;
  /** {@link GrrChain.degrade} for a column of reports. */
  degradeBatch(column: SymbolColumn, from: number, to: number, random?: RandomSource): SymbolColumn;
  /** The joint channel of all levels' reports: output y0 + d y1 + d^2 y2 + ... @throws EMRX_TOO_LARGE */
  channel(): Channel;
}

/** What leads from one level to the next: keep with a probability, else redraw. */
interface Degradation {
  readonly keep: Threshold;
  readonly codes: TwoPart;
}

/**
 * Randomizes once at the highest epsilon and derives the reports of all lower levels from that one.
 *
 * **Mechanism.** Level 0 is `grr` at the highest epsilon. The report of a lower level is the report above it, except that with
 * exact probability R / 2^b it is redrawn uniformly from all d categories. R is the least integer for which the level's own ratio
 *
 * $`\frac{p'}{q'} = \frac{(1 - R/2^b)\, p + R / (2^b d)}{(1 - R/2^b)\, q + R / (2^b d)}`$
 *
 * is at most e^epsilon of that level (a lower bound of it, as ever).
 *
 * **Proof of privacy.** Every lower report depends on the value only through the report above it. Hence
 * P(y0, y1, ... | x) = P(y0 | x) D(y1 | y0) ..., the D cancel in the ratio of two inputs, and everything together costs
 * what level 0 costs: the maximum of the levels, not their sum. By the same cancellation, buyers who pool what they hold
 * learn what the highest level among them allows. (Independent degradations of one parent would break this second promise:
 * two buyers of a low level could pool their reports and learn more than that level allows.)
 *
 * @param options - domain size and budgets
 * @returns the chain
 * @throws EMRX_BAD_DOMAIN, EMRX_BAD_EPSILON, EMRX_BAD_PARAMETER, EMRX_DEGENERATE_MECHANISM
 * @example
 * ```ts
 * import { grrChain, seededRandom } from "@emrx/ldp-core";
 *
 * const chain = grrChain({ categories: 3, epsilons: ["4", "1"] });
 * const random = seededRandom("example");
 * const best = chain.randomize(2, random); // for whoever may have epsilon 4
 * const weaker = chain.degrade(best, 0, 1, random); // for whoever may have epsilon 1
 * [best, weaker].every((report) => report < 3); // => true
 * ```
 */
export function grrChain(options: GrrChainOptions): GrrChain {
  const d = checkCategories(options.categories);
  const epsilons = checkLevels(options.epsilons);
  const top = grr({
    categories: d,
    epsilon: epsilons[0] as string,
    ...(options.bits === undefined ? {} : { bits: options.bits }),
  });
  const levels: FrequencyOracle<number, SymbolColumn>[] = [top];
  const steps: Degradation[] = [];
  for (const epsilon of epsilons.slice(1)) {
    const above = levels[levels.length - 1] as FrequencyOracle<number, SymbolColumn>;
    const keep = chooseBits(
      epsilon,
      options.bits,
      (expEpsilon, bits) => keepThreshold(above.support, d, expEpsilon, bits),
      (chosen) => ratioOf(degraded(above.support, d, chosen)),
    );
    steps.push({ keep, codes: twoPart(keep, 1, d) });
    levels.push(levelOracle(d, epsilon, degraded(above.support, d, keep), keep.bits));
  }

  function checkWalk(from: number, to: number): void {
    if (
      !Number.isInteger(from) ||
      !Number.isInteger(to) ||
      from < 0 ||
      to < from ||
      to >= levels.length
    ) {
      throw new LdpError(
        "EMRX_BAD_PARAMETER",
        `from level ${from} to level ${to}: expected 0 <= from <= to < ${levels.length}`,
      );
    }
  }

  function degradeBatch(
    column: SymbolColumn,
    from: number,
    to: number,
    random: RandomSource = platformRandom(),
  ): SymbolColumn {
    checkWalk(from, to);
    const reports = symbolColumn(column.length, d);
    for (let i = 0; i < column.length; i++) reports[i] = checkSymbol(column[i], d);
    for (const { codes } of steps.slice(from, to)) {
      forEachBlock(reports.length, (block, start) => {
        codes.fill(block, random);
        for (let i = 0; i < block.length; i++) {
          if (block[i] !== 0) reports[start + i] = (block[i] as number) - 1; // redrawn
        }
      });
    }
    return reports;
  }

  // A level of its own is a mechanism too: its randomizer walks down from the top.
  const walked = levels.map((level, index) => ({
    ...level,
    randomize: (value: number, random: RandomSource = platformRandom()) =>
      degrade(top.randomize(value, random), 0, index, random),
    randomizeBatch: (values: ArrayLike<number>, random: RandomSource = platformRandom()) =>
      degradeBatch(top.randomizeBatch(values, random), 0, index, random),
  }));

  function degrade(
    report: number,
    from: number,
    to: number,
    random: RandomSource = platformRandom(),
  ): number {
    checkWalk(from, to);
    let current = checkSymbol(report, d);
    for (const { codes } of steps.slice(from, to)) {
      const code = codes.draw(random);
      if (code !== 0) current = code - 1; // redrawn
    }
    return current;
  }

  return {
    epsilons,
    levels: walked,
    randomize: top.randomize,
    degrade,
    degradeBatch,
    channel: () =>
      enumerable(
        {
          inputs: d,
          outputs: d ** levels.length,
          probability(output, input) {
            let report = output % d;
            let probability = report === input ? top.support.p : top.support.q;
            let rest = Math.floor(output / d);
            for (const { keep } of steps) {
              const lower = rest % d;
              const redrawn = divide(subtract(rational(1), probabilityOf(keep)), rational(d));
              const step = lower === report ? add(probabilityOf(keep), redrawn) : redrawn;
              probability = multiply(probability, step);
              report = lower;
              rest = Math.floor(rest / d);
            }
            return probability;
          },
        },
        "the joint channel",
      ),
  };
}

type Support = FrequencyOracle["support"];

/** p and q one level down: kept with probability k, else uniform. */
function degraded({ p, q }: Support, d: number, keep: Threshold): Support {
  const kept = probabilityOf(keep);
  const uniform = divide(subtract(rational(1), kept), rational(d));
  return { p: add(multiply(kept, p), uniform), q: add(multiply(kept, q), uniform) };
}

const ratioOf = ({ p, q }: Support): Rational => divide(p, q);

/**
 * The largest probability of keeping a report: (k p + (1 - k)/d) / (k q + (1 - k)/d) <= E solves to
 * 1 - k >= (p - E q) / ((E - 1)/d + p - E q), and the redraw probability 1 - k = R / 2^b is rounded up.
 */
function keepThreshold(
  { p, q }: Support,
  d: number,
  expEpsilon: Rational,
  bits: number,
): Threshold {
  const excess = subtract(p, multiply(expEpsilon, q));
  const share = divide(excess, add(divide(subtract(expEpsilon, rational(1)), rational(d)), excess));
  const size = 1n << BigInt(bits);
  const redraws = ceilDivide(share.numerator * size, share.denominator);
  return nonDegenerate({ T: size - redraws, bits });
}

/** Everything but the randomizer of one level's report, which is a two-valued channel like GRR's. */
function levelOracle(
  d: number,
  epsilon: string,
  support: Support,
  bits: number,
): FrequencyOracle<number, SymbolColumn> {
  const walkFromTheTop = (): never => {
    throw new LdpError("EMRX_BAD_PARAMETER", "a level is randomized through its chain");
  };
  return pureOracle("grr-chain", {
    categories: d,
    epsilon,
    bits,
    parameters: `p=${support.p.numerator}/${support.p.denominator}`,
    support,
    worstRatio: ratioOf(support),
    outputs: d,
    probability: (output, input) => (output === input ? support.p : support.q),
    randomize: walkFromTheTop,
    randomizeBatch: walkFromTheTop,
    ...symbolReports(d),
  });
}

function checkLevels(epsilons: readonly (string | number)[]): string[] {
  if (!Array.isArray(epsilons) || epsilons.length === 0) {
    throw new LdpError("EMRX_BAD_PARAMETER", "epsilons is empty; give at least one level");
  }
  const canonical = epsilons.map((epsilon, i) => parseEpsilon(epsilon, `epsilons[${i}]`));
  canonical.forEach((epsilon, i) => {
    const above = canonical[i - 1];
    if (above !== undefined && compareBudgets(above, epsilon) <= 0) {
      throw new LdpError(
        "EMRX_BAD_EPSILON",
        `epsilons[${i}] is ${epsilon}, not below ${above}; list levels from the highest to the lowest`,
      );
    }
  });
  return canonical;
}

// Frequent codes out of a code system too large to list: the collector's side of prefix extension.
import { LdpError } from "../errors.js";
import { type PureEstimator, pureEstimator } from "../mechanisms/pure.js";
import { type CodeSystem, wordsUpTo } from "./code-system.js";
import type { VectorHashing } from "./vector-hashing.js";

/** What is searched for. */
export interface PrefixSearch {
  /** How many codes to return, the most frequent first. */
  readonly top: number;
  /** How many prefixes each round keeps; `2 * top` unless given. */
  readonly keep?: number;
  /** The codes there are, where a public list exists: only their prefixes become candidates. */
  readonly known?: Iterable<string>;
}

/** One round: all candidates of one length, estimated from one group. */
export interface PrefixRound {
  /** The prefix length; a shorter candidate is a whole code. */
  readonly length: number;
  /** Number of the group's reports. */
  readonly n: number;
  readonly candidates: readonly string[];
  /** Unbiased estimates of the share of all people whose code starts with (or is) the candidate; never clipped. */
  readonly frequencies: Float64Array;
  /** Their estimated variances: mechanism noise and that the group is a random part of all people. */
  readonly variances: Float64Array;
  /** The candidates that the round kept, the most frequent first. */
  readonly kept: readonly string[];
}

/** A code found, with its estimate from the last round. */
export interface FrequentCode {
  readonly code: string;
  readonly frequency: number;
  readonly variance: number;
}

/** Collects the reports of prefix extension. Every order gives the same findings. */
export interface PrefixCollector {
  /** Number of reports of each group. */
  readonly sizes: readonly number[];
  /** Adds a column of reports (one report is a column of one); all of it or, on an error, nothing. @throws EMRX_MALFORMED_REPORT */
  add(reports: Uint32Array): void;
  /** The estimates of any candidates from one group. @throws EMRX_NO_REPORTS, EMRX_VALUE_OUTSIDE_DOMAIN, EMRX_BAD_PARAMETER */
  estimate(group: number, candidates: readonly string[]): Omit<PrefixRound, "kept">;
  /** All rounds. @throws EMRX_NO_REPORTS where a group has none, EMRX_BAD_PARAMETER */
  find(search: PrefixSearch): {
    readonly codes: readonly FrequentCode[];
    readonly rounds: readonly PrefixRound[];
  };
}

/** What a collector is told of the mechanism. */
export interface PrefixRules {
  readonly system: CodeSystem;
  readonly lengths: readonly number[];
  readonly hashing: VectorHashing;
  readonly reportWords: number;
  checkReport(reports: Uint32Array, at: number): void;
}

/** An empty collector. Reports are kept, since what they are asked depends on the rounds before. */
export function prefixCollector(rules: PrefixRules): PrefixCollector {
  const { system, lengths, hashing, reportWords } = rules;
  const columns: Uint32Array[][] = lengths.map(() => []);
  const sizes = lengths.map(() => 0);

  function estimate(group: number, candidates: readonly string[]): Omit<PrefixRound, "kept"> {
    const length = lengths[group];
    if (length === undefined) {
      throw new LdpError(
        "EMRX_BAD_PARAMETER",
        `group is ${group}; expected an integer in 0..${lengths.length - 1}`,
      );
    }
    const n = sizes[group] as number;
    if (n === 0) {
      throw new LdpError(
        "EMRX_NO_REPORTS",
        `group ${group} (prefixes of length ${length}) is empty`,
      );
    }
    const rows = new Float64Array(candidates.length * system.limbs);
    for (const [i, candidate] of candidates.entries()) {
      const isPrefix = system.check(candidate, `candidates[${i}]`).length <= length;
      if (!isPrefix) {
        throw new LdpError(
          "EMRX_VALUE_OUTSIDE_DOMAIN",
          `candidates[${i}] is ${candidate}; expected a prefix of at most ${length} characters`,
        );
      }
      system.write(candidate, length, rows, i * system.limbs);
    }
    const counts = new Float64Array(candidates.length);
    for (const column of columns[group] as Uint32Array[]) {
      const at = Uint32Array.from(
        { length: column.length / reportWords },
        (_, i) => i * reportWords + 1,
      );
      const more = hashing.count(rows, column, at);
      for (let v = 0; v < counts.length; v++)
        counts[v] = (counts[v] as number) + (more[v] as number);
    }
    const estimator: PureEstimator = pureEstimator(candidates.length, hashing.support);
    const { frequencies, variances } = estimator.estimate(counts, n);
    const all = sizes.reduce((sum, size) => sum + size, 0);
    return {
      length,
      n,
      candidates,
      frequencies,
      variances: variances.map(
        (variance, v) => variance + partOfAll(frequencies[v] as number, n, all),
      ),
    };
  }

  return {
    get sizes() {
      return [...sizes];
    },
    add(reports) {
      if (!(reports instanceof Uint32Array) || reports.length % reportWords !== 0) {
        throw new LdpError(
          "EMRX_MALFORMED_REPORT",
          `reports is not a Uint32Array of ${reportWords} words a report`,
        );
      }
      const places: number[][] = lengths.map(() => []);
      for (let at = 0; at < reports.length; at += reportWords) {
        rules.checkReport(reports, at);
        places[reports[at] as number]?.push(at);
      }
      for (const [group, list] of places.entries()) {
        if (list.length === 0) continue;
        const column = new Uint32Array(list.length * reportWords);
        for (const [i, at] of list.entries())
          column.set(reports.subarray(at, at + reportWords), i * reportWords);
        columns[group]?.push(column);
        sizes[group] = (sizes[group] as number) + list.length;
      }
    },
    estimate,
    find({ top, keep = 2 * top, known }) {
      for (const [name, value] of Object.entries({ top, keep })) {
        if (!Number.isSafeInteger(value) || value < 1) {
          throw new LdpError(
            "EMRX_BAD_PARAMETER",
            `${name} is ${value}; expected an integer from 1`,
          );
        }
      }
      const extend = known === undefined ? anyExtension(system) : knownExtension(system, known);
      const rounds: PrefixRound[] = [];
      let kept: readonly string[] = [""];
      for (const [group, length] of lengths.entries()) {
        const before = lengths[group - 1] ?? 0;
        const candidates = kept.flatMap((prefix) => extend(prefix, before, length));
        const round = estimate(group, candidates);
        kept = best(round, group === lengths.length - 1 ? top : keep).map(
          (i) => candidates[i] as string,
        );
        rounds.push({ ...round, kept });
      }
      const last = rounds.at(-1) as PrefixRound;
      const codes = best(last, top).map((i) => ({
        code: last.candidates[i] as string,
        frequency: last.frequencies[i] as number,
        variance: last.variances[i] as number,
      }));
      return { codes, rounds };
    },
  };
}

/**
 * The variance that comes from asking n random people of all N: $`(1/n - 1/N) S^2`$, $`S^2 = f (1 - f) N / (N - 1)`$ (Cochran, Sampling
 * Techniques, section 3.2); f is clamped here only.
 */
function partOfAll(frequency: number, n: number, all: number): number {
  const f = Math.min(1, Math.max(0, frequency));
  return all > n ? (1 / n - 1 / all) * ((f * (1 - f) * all) / (all - 1)) : 0;
}

/** The indices of the most frequent candidates, the most frequent first; equal ones in the order of the candidates. */
function best({ frequencies }: Pick<PrefixRound, "frequencies">, count: number): readonly number[] {
  return Array.from(frequencies.keys())
    .sort((a, b) => (frequencies[b] as number) - (frequencies[a] as number) || a - b)
    .slice(0, count);
}

/** The candidates that a kept prefix becomes in the next round. */
type Extend = (prefix: string, before: number, length: number) => readonly string[];

/** Every text: the prefix itself, ended there, and all its continuations; a code that has ended stays as it is. */
function anyExtension({ alphabet }: CodeSystem): Extend {
  const endings = new Map<number, readonly string[]>();
  return (prefix, before, length) => {
    if (prefix.length < before) return [prefix];
    const step = length - before;
    const words = endings.get(step) ?? wordsUpTo(alphabet, step);
    endings.set(step, words);
    return words.filter((word) => prefix !== "" || word !== "").map((word) => prefix + word);
  };
}

/** Only prefixes of codes on a list. */
function knownExtension(system: CodeSystem, known: Iterable<string>): Extend {
  const codes = [...known].map((code, i) => system.check(code, `known[${i}]`));
  return (prefix, before, length) => {
    const isOpen = prefix.length === before;
    const under = codes.filter((code) => (isOpen ? code.startsWith(prefix) : code === prefix));
    return [...new Set(under.map((code) => code.slice(0, length)))];
  };
}

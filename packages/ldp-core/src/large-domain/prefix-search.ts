// Frequent codes out of a code system too large to list: the collector's side of prefix extension.

import { LdpError } from "../errors/ldp-error.js";
import { otherState } from "../mechanisms/common/other-state.js";
import { type PureEstimator, pureEstimator } from "../mechanisms/common/pure.js";
import { type CodeSystem, wordsUpTo } from "./code-system.js";
import { frame, unframe } from "./framed.js";
import type { VectorHashing } from "./vector-hashing.js";

/** What is searched for. */
export interface PrefixSearch {
  /** How many codes to return, the most frequent first. */
  readonly top: number;
  /** How many prefixes each round keeps; `4 * top` unless given. */
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
  /** The candidates that the round kept, the best first, by all rounds so far. */
  readonly kept: readonly string[];
}

/** A code found. */
export interface FrequentCode {
  readonly code: string;
  /** Its estimate from the last round alone: unbiased, since the search has not seen these reports. */
  readonly frequency: number;
  readonly variance: number;
  /** Its estimate from all rounds, by which codes are chosen and ordered: less noise, but what is chosen for it is biased upwards. */
  readonly pooled: number;
}

/** Collects the reports of prefix extension. Any split and any order give the same state, bit for bit, and the same findings. */
export interface PrefixCollector {
  /** Names mechanism and parameters; only collectors with equal identities merge. */
  readonly identity: string;
  /** Number of reports of each group. */
  readonly sizes: readonly number[];
  /** Adds a column of reports (one report is a column of one); all of it or, on an error, nothing. @throws EMRX_MALFORMED_REPORT */
  add(reports: Uint32Array): void;
  /** All reports so far, one column a group; their order says nothing. */
  reports(): readonly Uint32Array[];
  /** Adds everything another collector has. @throws EMRX_MISMATCH */
  merge(other: PrefixCollector): void;
  /**
   * The state as canonical bytes, which the mechanism's `collectorFromBytes` reads: version 1 (1 byte), length of the identity (2),
   * identity, then for each group the length of its reports (8) and these, each as `encode` writes it, in ascending order.
   */
  toBytes(): Uint8Array<ArrayBuffer>;
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
  readonly identity: string;
  readonly system: CodeSystem;
  readonly lengths: readonly number[];
  readonly hashing: VectorHashing;
  readonly reportWords: number;
  readonly reportBytes: number;
  checkReport(reports: Uint32Array, at: number): void;
  encode(report: Uint32Array, target: Uint8Array, offset: number): void;
  decode(source: Uint8Array, offset: number): Uint32Array;
}

/** An empty collector. Reports are kept, since what they are asked depends on the rounds before. */
export function prefixCollector(rules: PrefixRules): PrefixCollector {
  const { identity, system, lengths, hashing, reportWords, reportBytes } = rules;
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

  function add(reports: Uint32Array): void {
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
  }

  return {
    identity,
    get sizes() {
      return [...sizes];
    },
    reports: () => columns.map(joined),
    merge(other) {
      const theirs = prefixCollectorFromBytes(rules, otherState(identity, other));
      for (const column of theirs.reports()) add(column);
    },
    toBytes: () =>
      frame(
        identity,
        columns.map((column) => {
          const words = joined(column);
          const reports = Array.from({ length: words.length / reportWords }, (_, i) => {
            const bytes = new Uint8Array(reportBytes);
            rules.encode(words.subarray(i * reportWords, (i + 1) * reportWords), bytes, 0);
            return bytes;
          });
          const part = new Uint8Array(reports.length * reportBytes);
          for (const [i, bytes] of reports.sort(inOrder).entries())
            part.set(bytes, i * reportBytes);
          return part;
        }),
      ),
    add,
    estimate,
    find({ top, keep = 4 * top, known }) {
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
      let codes: readonly FrequentCode[] = [];
      let kept: readonly Path[] = [{ text: "", readings: [] }];
      for (const [group, length] of lengths.entries()) {
        const before = lengths[group - 1] ?? 0;
        const candidates = kept.flatMap((path) =>
          extend(path.text, before, length).map((text) => ({ text, readings: path.readings })),
        );
        const round = estimate(
          group,
          candidates.map(({ text }) => text),
        );
        const read = candidates.map(({ text, readings }, i) => {
          const frequency = round.frequencies[i] as number;
          const isWhole = text.length < length || length === system.length;
          return { text, readings: [...readings, { frequency, n: round.n, isWhole }], i };
        });
        const scores = read.map(({ readings }) => pooledShare(readings));
        read.sort((a, b) => (scores[b.i] as number) - (scores[a.i] as number) || a.i - b.i);
        kept = read.slice(0, group === lengths.length - 1 ? top : keep);
        rounds.push({ ...round, kept: kept.map(({ text }) => text) });
        codes = read.slice(0, top).map(({ text, i }) => ({
          code: text,
          frequency: round.frequencies[i] as number,
          variance: round.variances[i] as number,
          pooled: scores[i] as number,
        }));
      }
      return { codes, rounds }; // those of the last round
    },
  };
}

/** A collector with the state that `toBytes` wrote; anything else is an error. */
export function prefixCollectorFromBytes(rules: PrefixRules, bytes: Uint8Array): PrefixCollector {
  const { identity, lengths, reportBytes } = rules;
  const fail = (problem: string, cause?: unknown): LdpError =>
    new LdpError("EMRX_MALFORMED_STATE", `not a state of ${identity}: ${problem}`, { cause });
  const collector = prefixCollector(rules);
  for (const [group, part] of unframe(identity, lengths.length, bytes).entries()) {
    if (part.length % reportBytes !== 0)
      throw fail(`group ${group} has ${part.length} bytes, not whole reports of ${reportBytes}`);
    const reports: Uint32Array[] = [];
    for (let at = 0; at < part.length; at += reportBytes) {
      const place = `report ${at / reportBytes} of group ${group}`;
      if (at > 0 && inOrder(part.subarray(at - reportBytes, at), part.subarray(at)) > 0)
        throw fail(`${place} is out of order`);
      try {
        reports.push(rules.decode(part, at));
      } catch (error) {
        throw fail(`${place} is malformed`, error);
      }
      if (reports.at(-1)?.[0] !== group) throw fail(`${place} belongs to another group`);
    }
    collector.add(joined(reports));
  }
  return collector;
}

/** One array with all the elements of several. */
function joined(columns: readonly Uint32Array[]): Uint32Array {
  const all = new Uint32Array(columns.reduce((sum, column) => sum + column.length, 0));
  let at = 0;
  for (const column of columns) {
    all.set(column, at);
    at += column.length;
  }
  return all;
}

/** Lexicographic order of reports' bytes, of the length of the first. */
function inOrder(a: Uint8Array, b: Uint8Array): number {
  const at = a.findIndex((byte, i) => byte !== b[i]);
  return at < 0 ? 0 : (a[at] as number) - (b[at] as number);
}

/**
 * The variance that comes from asking n random people of all N: $`(1/n - 1/N) S^2`$, $`S^2 = f (1 - f) N / (N - 1)`$ (Cochran, Sampling
 * Techniques, section 3.2); f is clamped here only.
 */
function partOfAll(frequency: number, n: number, all: number): number {
  const f = Math.min(1, Math.max(0, frequency));
  return all > n ? (1 / n - 1 / all) * ((f * (1 - f) * all) / (all - 1)) : 0;
}

/** A candidate and what the rounds said of it and its prefixes. */
interface Path {
  readonly text: string;
  readonly readings: readonly Reading[];
}

/** What one round said: of a prefix, or of the whole code. */
export interface Reading {
  readonly frequency: number;
  readonly n: number;
  readonly isWhole: boolean;
}

/**
 * What all rounds together say of a candidate: the least squares estimate, weighted by the numbers of reports, under what is certain,
 * that rounds which read the whole code read the same share, and that a prefix is at least as frequent as what it begins. It is the
 * least mean of the last so many readings (the min-max formula of isotonic regression: Robertson, Wright and Dykstra, "Order Restricted
 * Statistical Inference", 1988, theorem 1.4.4). So a lucky extension of a rare prefix loses its luck.
 *
 * @param readings - by growing length: prefixes first, then those that read the whole code; at least one
 */
export function pooledShare(readings: readonly Reading[]): number {
  let [sum, n, least] = [0, 0, Number.POSITIVE_INFINITY];
  for (const [i, reading] of [...readings.entries()].reverse()) {
    sum += reading.n * reading.frequency;
    n += reading.n;
    const isPart = reading.isWhole && readings[i - 1]?.isWhole; // of one share that several rounds read
    if (!isPart) least = Math.min(least, sum / n);
  }
  return least;
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

// One person's longitudinal reports: answers are bought once, kept in the store, and reported afresh for nothing.
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { createAccountant } from "../accounting/accountant.js";
import { AccountTransaction } from "../accounting/transaction.js";
import { LdpError } from "../errors/ldp-error.js";
import { platformRandom } from "../random/platform.js";
import type { RandomSource } from "../random/source.js";
import type { Store } from "../stores/store.js";
import type { LongitudinalMechanism } from "./mechanism.js";

/** What {@link createLongitudinalReporter} needs besides the mechanism. */
export interface LongitudinalReporterOptions {
  /** What is reported, such as `"blood pressure"`: answers are kept, and debits noted, under this name. */
  readonly attribute: string;
  /** The person; `"self"` unless given. */
  readonly subject?: string;
  /** What may be spent on the person for life, over everything that shares the store: a decimal. */
  readonly lifetimeBudget: string | number;
  /** Keeps what was spent and what was answered. */
  readonly memory: Store;
  /** The platform's generator unless given. A seeded source is for tests only. */
  readonly random?: RandomSource;
}

/** Reports one attribute of one person over time. */
export interface LongitudinalReporter<Report = unknown> {
  /**
   * A fresh report of the value as it is now. Debits the permanent epsilon if the value needs an answer that the person
   * has not given yet, nothing otherwise.
   *
   * @throws `EMRX_VALUE_OUTSIDE_DOMAIN`, `EMRX_BUDGET_EXHAUSTED`; then nothing was spent
   */
  report(value: number): Report;
  /** What is left of the person's lifetime budget, a canonical decimal. */
  remaining(): string;
}

/**
 * Builds the reporter of one attribute of one person. Profile, answer and debit are one atomic write, done before a report is handed
 * out: whatever crashes, nothing that was seen is unpaid, and no answer is drawn twice.
 *
 * **What it costs.** The mechanism's permanent epsilon for every answer that the person's values need, at most `mostAnswers` of
 * them; reports of an answer are free.
 *
 * **What it does not hide.** After many reports of one value the answer is as good as known, and a change of the value then shows as a change of
 * the answer: two stages hide it in one report, not in a hundred.
 *
 * @param mechanism - a longitudinal mechanism
 * @param options - the attribute, the person, the budget and the store
 * @returns the reporter
 * @throws `EMRX_BAD_EPSILON`, `EMRX_BAD_PARAMETER` for an empty name
 * @example
 * ```ts
 * import { memoryStore } from "@emrx/ldp-core";
 * import { createLongitudinalReporter, longitudinalGrr } from "@emrx/ldp-core/longitudinal";
 *
 * const smoking = longitudinalGrr({ categories: 3, permanentEpsilon: "2", firstEpsilon: "1" });
 * const reporter = createLongitudinalReporter(smoking, {
 *   attribute: "smoking", lifetimeBudget: "5", memory: memoryStore(),
 * });
 * reporter.report(1);
 * reporter.report(1); // another report of the same answer
 * reporter.remaining(); // => "3"
 * reporter.report(2); // another value, another answer
 * reporter.remaining(); // => "1"
 * reporter.report(0); // throws EMRX_BUDGET_EXHAUSTED
 * ```
 */
export function createLongitudinalReporter<Report, Column>(
  mechanism: LongitudinalMechanism<Report, Column>,
  options: LongitudinalReporterOptions,
): LongitudinalReporter<Report> {
  const { attribute, memory, subject = "self" } = options;
  if (typeof attribute !== "string" || attribute === "") {
    throw new LdpError("EMRX_BAD_PARAMETER", "attribute is no text; expected the attribute's name");
  }
  const accountant = createAccountant(options);
  const { permanent, single } = mechanism;
  // Answers belong to the channel that drew them: another mechanism or attribute finds none of them.
  const name = sha256(
    utf8ToBytes(`emrx/longitudinal/1\n${permanent.identity}\n${single.identity}\n${attribute}`),
  );
  const profileKey = `profile/${bytesToHex(name.subarray(0, 16))}/${subject}`;

  return {
    report(value) {
      const random = options.random ?? platformRandom();
      const transaction = new AccountTransaction(memory, accountant.lifetimeBudget);
      const account = transaction.open(subject);
      const stored = memory.get(profileKey);
      const profile = stored ?? mechanism.drawProfile(random);
      const answer = mechanism.answerOf(value, profile);
      const fingerprint = sha256
        .create()
        .update(name)
        .update(Uint8Array.of(answer, answer >>> 8, answer >>> 16))
        .digest()
        .subarray(0, 16);
      let bytes = transaction.memoized(account, fingerprint);
      if (bytes === undefined) {
        transaction.debit(account, permanent.epsilon);
        bytes = new Uint8Array(permanent.reportBytes);
        permanent.encode(mechanism.memoize(answer, profile, random), bytes, 0);
        const note = `answer for life: ${attribute}`.slice(0, 60);
        transaction.record(account, {
          amount: permanent.epsilon,
          note,
          fingerprint,
          answer: bytes,
        });
        if (stored === undefined) transaction.alsoWrite(profileKey, profile);
        transaction.commit();
      }
      return mechanism.report(permanent.decode(bytes, 0), random);
    },
    remaining: () => accountant.remaining(subject),
  };
}

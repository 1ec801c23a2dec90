// One person's longitudinal reports: answers are bought once, kept in the store, and reported afresh for nothing.
import { toHex } from "@emrx/internal/bytes";
import { methods, object, optional, text } from "@emrx/internal/shape";
import { sha256 } from "@noble/hashes/sha2.js";
import { createAccountant } from "../accounting/accountant.js";
import { subjectShape } from "../accounting/shapes.js";
import { transact } from "../accounting/transaction.js";
import { check } from "../errors/check.js";
import { budgetShape } from "../exact/decimal.js";
import { platformRandom } from "../random/platform.js";
import type { RandomSource } from "../random/source.js";
import { storeShape } from "../stores/checked.js";
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
  /** **For tests and demonstrations only**: takes the place of the platform's generator, so that reports repeat. */
  readonly randomForTests?: RandomSource;
}

/** Reports one attribute of one person over time. */
export interface LongitudinalReporter<Report = unknown> {
  /**
   * A fresh report of the value as it is now. Debits the permanent epsilon if the value needs an answer that the person
   * has not given yet, nothing otherwise.
   *
   * @throws `EMRX_VALUE_OUTSIDE_DOMAIN`, `EMRX_BUDGET_EXHAUSTED`; then nothing was spent
   */
  report(value: number): Promise<Report>;
  /** What is left of the person's lifetime budget, a canonical decimal. */
  remaining(): Promise<string>;
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
 * await reporter.report(1);
 * await reporter.report(1); // another report of the same answer
 * await reporter.remaining(); // => "3"
 * await reporter.report(2); // another value, another answer
 * await reporter.remaining(); // => "1"
 * await reporter.report(0); // throws EMRX_BUDGET_EXHAUSTED
 * ```
 */
export function createLongitudinalReporter<Report, Column>(
  mechanism: LongitudinalMechanism<Report, Column>,
  options: LongitudinalReporterOptions,
): LongitudinalReporter<Report> {
  check(mechanismShape, mechanism, "mechanism");
  const given = check(reporterOptions, options, "options");
  const { attribute, memory, lifetimeBudget, subject = "self" } = given;
  const random = given.randomForTests ?? platformRandom();
  const accountant = createAccountant({ memory, lifetimeBudget });
  const { permanent, single } = mechanism;
  // Answers belong to the channel that drew them: another mechanism or attribute finds none of them.
  const name = sha256(
    new TextEncoder().encode(
      `emrx/longitudinal/1\n${permanent.identity}\n${single.identity}\n${attribute}`,
    ),
  );
  const profileKey = `profile/${toHex(name.subarray(0, 16))}/${subject}`;

  const start = { memory, lifetimeBudget, subjects: [subject], keys: [profileKey] };

  return {
    async report(value) {
      const bytes = await transact(start, (transaction) => {
        const account = transaction.account(subject);
        const stored = transaction.entry(profileKey);
        const profile = stored ?? mechanism.drawProfile(random);
        const answer = mechanism.answerOf(value, profile);
        // The profile decides what is drawn, so an answer under another profile is another answer.
        const fingerprint = sha256
          .create()
          .update(name)
          .update(sha256(profile))
          .update(Uint8Array.of(answer, answer >>> 8, answer >>> 16))
          .digest()
          .subarray(0, 16);
        const known = transaction.memoized(account, fingerprint);
        if (known !== undefined) return known;
        const amount = permanent.epsilon;
        transaction.debit(account, amount, "the person's budget");
        const drawn = new Uint8Array(permanent.reportBytes);
        permanent.encode(mechanism.memoize(answer, profile, random), drawn, 0);
        const note = `answer for life: ${attribute}`.slice(0, 60);
        transaction.record(account, { amount, note, fingerprint, answer: drawn });
        if (stored === undefined) transaction.change(profileKey, profile);
        return drawn;
      });
      return mechanism.report(permanent.decode(bytes, 0), random);
    },
    remaining: () => accountant.remaining(subject),
  };
}

const mechanismShape = /* @__PURE__ */ methods<LongitudinalMechanism<unknown, unknown>>(
  "a longitudinal mechanism",
  "drawProfile",
  "answerOf",
  "memoize",
  "report",
);
const reporterOptions = /* @__PURE__ */ object({
  attribute: /* @__PURE__ */ text({ least: 1, normal: true }),
  subject: /* @__PURE__ */ optional(subjectShape),
  lifetimeBudget: budgetShape,
  memory: storeShape,
  randomForTests: /* @__PURE__ */ optional(
    /* @__PURE__ */ methods<RandomSource>("a random source", "fill"),
  ),
});

// One person's record in, report bytes out: the budget is debited and the report kept before anybody sees it.
import { concatBytes } from "@emrx/internal/bytes";
import { createAccountant } from "../accounting/accountant.js";
import { transact } from "../accounting/transaction.js";
import { check } from "../errors/check.js";
import { platformRandom } from "../random/platform.js";
import type { RandomSource } from "../random/source.js";
import type { Value } from "../schema/any-mechanism.js";
import type { SchemaJson } from "../schema/json.js";
import { anyMechanismOf, chainOfAttribute } from "../schema/mechanism.js";
import { type Policy, policyFor } from "../schema/policy.js";
import type { RecordOf } from "../schema/record-type.js";
import type { Schema } from "../schema/schema.js";
import { schemaShape } from "../schema/schema-shape.js";
import { fingerprintFor } from "./fingerprint.js";
import { releaseOf, stepAt } from "./full-report.js";
import { type Answer, joinAnswers } from "./join.js";
import { type RandomizerOptions, randomizerOptions } from "./randomizer-options.js";
import { type Release, releaseFor } from "./release.js";
import { poolSampler } from "./sample.js";
import { readValues } from "./value.js";

/** Randomizes one person's records. */
export interface Randomizer<Json extends SchemaJson = SchemaJson> {
  /** The person's choices, worked out. */
  readonly policy: Policy;
  /**
   * The report of a record, once its debit is durable. The same record again gives the same bytes and costs nothing; another record is
   * a new debit.
   *
   * @throws `EMRX_VALUE_OUTSIDE_DOMAIN` for a value that is missing or wrong, `EMRX_BUDGET_EXHAUSTED` past the lifetime
   *   budget; then nothing was spent. `EMRX_STORE_FAILED` and its like; then the debit may stand, and the same record again
   *   gives its report without a second one.
   */
  randomize(record: RecordOf<Json>): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * The report of a record at a level, where the schema's lower levels are `"derived"`: every attribute at that level, or at its own
   * where that is stricter. All reports of a record come from one randomization. Together they cost what the highest level among them
   * costs, so a first release debits its level, a higher one the difference, and any other nothing.
   *
   * @throws as `randomize`; `EMRX_UNKNOWN_LEVEL`; `EMRX_BAD_PREFERENCE` where the schema's lower levels are not derived
   */
  release(
    record: RecordOf<Json>,
    level: keyof Json["levels"] & string,
  ): Promise<Uint8Array<ArrayBuffer>>;
  /** What is left of the person's lifetime budget, a canonical decimal. */
  remaining(): Promise<string>;
}

/**
 * Builds the randomizer of one person. What a report costs is fixed by the policy, before the record is read; which
 * attributes are sampled does not look at the record either.
 *
 * The debit and the memoized report are one atomic write, done before the bytes are handed out: whatever crashes, nothing
 * that was seen is unpaid, and nothing is paid twice.
 *
 * @param schema the schema
 * @param options the person, their preferences and budget, and the store
 * @returns the randomizer
 * @throws `EMRX_BAD_PREFERENCE`, `EMRX_UNKNOWN_LEVEL`, `EMRX_BAD_EPSILON`, `EMRX_BAD_PARAMETER`
 * @example
 * ```ts
 * import { createRandomizer, defineSchema, memoryStore } from "@emrx/ldp-core";
 *
 * const schema = defineSchema({
 *   id: "visit", version: 1, levels: { usual: "1", strict: "0.5" },
 *   attributes: {
 *     smoker: { type: "categorical", values: ["no", "yes"], level: "usual" },
 *     asthma: { type: "categorical", values: ["no", "yes"], level: "usual" },
 *   },
 *   disclose: "all",
 * });
 * const randomizer = createRandomizer(schema, {
 *   preferences: { asthma: "strict" }, lifetimeBudget: "2", memory: memoryStore(),
 * });
 * const bytes = await randomizer.randomize({ smoker: "yes", asthma: "no" });
 * await randomizer.randomize({ smoker: "yes", asthma: "no" }); // => bytes
 * await randomizer.remaining(); // => "0.5"
 * await randomizer.randomize({ smoker: "no", asthma: "no" }); // throws EMRX_BUDGET_EXHAUSTED
 * ```
 */
export function createRandomizer<const Json extends SchemaJson>(
  schema: Schema<Json>,
  options: RandomizerOptions<Json>,
): Randomizer<Json> {
  check(schemaShape, schema, "schema");
  const given = check(randomizerOptions, options, "options");
  const { memory, lifetimeBudget, subject = "self" } = given;
  const random = given.randomForTests ?? platformRandom();
  const accountant = createAccountant({ memory, lifetimeBudget });
  const policy = policyFor<SchemaJson>(schema, given.preferences);
  const fingerprintOf = fingerprintFor(schema, policy);
  const own = releaseFor(schema, policy, undefined);

  async function give(record: unknown, release: Release): Promise<Uint8Array<ArrayBuffer>> {
    const values = readValues(schema, policy.pool, record);
    const fingerprint = Uint8Array.from(fingerprintOf(values));
    const start = { memory, lifetimeBudget, subjects: [subject] };
    const fullReport = await transact(start, (transaction) => {
      const account = transaction.account(subject);
      const answers = transaction.answers(account, fingerprint);
      const due = release.due(answers);
      // The debit comes before the sampling: a record whose randomization fails for want of budget draws nothing.
      if (due !== undefined) transaction.debit(account, due, "the person's budget");
      const known = answers.length > 0;
      const found = known
        ? release.fullReportIn(answers)
        : drawFullReport(schema, policy, values, random);
      if (due !== undefined) {
        const answer = release.answerFor(known ? undefined : found);
        transaction.record(account, { amount: due, note: release.note, fingerprint, answer });
      }
      return found;
    });
    return releaseOf(schema, fullReport, release.requested);
  }

  return {
    policy,
    remaining: () => accountant.remaining(subject),
    randomize: (record) => give(record, own),
    release: async (record, level) => give(record, releaseFor(schema, policy, level)),
  };
}

/** Randomizes the values of the pool at the person's own levels, and derives the reports of all lower levels from theirs. */
function drawFullReport(
  schema: Schema,
  policy: Policy,
  values: readonly Value[],
  random: RandomSource,
): Uint8Array<ArrayBuffer> {
  const sampled = new Uint16Array(policy.disclosed);
  poolSampler(policy)(sampled, random);
  const lower: Uint8Array[] = [];
  const answers = Array.from(sampled, (attribute): Answer => {
    const level = policy.levels[attribute] as number;
    const mechanism = anyMechanismOf(schema, attribute, level);
    const written = (report: unknown): Uint8Array<ArrayBuffer> => {
      const payload = new Uint8Array(mechanism.reportBytes);
      mechanism.encode(report, payload, 0);
      return payload;
    };
    let report = mechanism.randomize(values[policy.pool.indexOf(attribute)] as Value, random);
    const payload = written(report);
    const chain = chainOfAttribute(schema, attribute);
    const top = chain === undefined ? 0 : stepAt(chain, level);
    for (let step = top + 1; step < (chain?.degradation.levels.length ?? 0); step++) {
      report = chain?.degradation.degrade(report, step - 1, step, random);
      lower.push(written(report));
    }
    return { attribute, level, payload };
  });
  return concatBytes(joinAnswers(schema, answers), ...lower);
}

// Records that change and are published again and again: every attribute's answer is memoized by value, so that a value
// that comes back costs nothing and shows nothing new.
import { equalBytes, toHex } from "@emrx/internal/bytes";
import { ByteReader, ByteWriter } from "@emrx/internal/cursor";
import { sha256 } from "@noble/hashes/sha2.js";
import { createAccountant } from "../accounting/accountant.js";
import { type AccountTransaction, transact } from "../accounting/transaction.js";
import { check } from "../errors/check.js";
import { LdpError } from "../errors/ldp-error.js";
import { platformRandom } from "../random/platform.js";
import type { Value } from "../schema/any-mechanism.js";
import type { SchemaJson } from "../schema/json.js";
import { anyMechanismOf } from "../schema/mechanism.js";
import { type Policy, policyFor } from "../schema/policy.js";
import type { RecordOf } from "../schema/record-type.js";
import { type Schema, schemaHashOf } from "../schema/schema.js";
import { schemaShape } from "../schema/schema-shape.js";
import { answerFingerprint } from "./answer-fingerprint.js";
import { fingerprintBytes } from "./fingerprint.js";
import { type Answer, joinAnswers } from "./join.js";
import { type RandomizerOptions, randomizerOptions } from "./randomizer-options.js";
import { poolSampler } from "./sample.js";
import { readValues } from "./value.js";

/** Randomizes one person's record as it changes over time. */
export interface LongitudinalRandomizer<Json extends SchemaJson = SchemaJson> {
  /** The person's choices, worked out. */
  readonly policy: Policy;
  /**
   * The report of the record as it is now. Values that were answered before keep their answers; each new value of a
   * disclosed attribute debits that attribute's epsilon.
   *
   * @throws `EMRX_VALUE_OUTSIDE_DOMAIN`, `EMRX_BUDGET_EXHAUSTED`; then nothing was spent
   */
  randomize(record: RecordOf<Json>): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * A report of those attributes alone whose value changed since the last report; undefined where none did. It costs what
   * `randomize` would. For an aggregator it is one more report: it does not take the earlier one back.
   */
  update(record: RecordOf<Json>): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** What is left of the person's lifetime budget, a canonical decimal. */
  remaining(): Promise<string>;
}

/**
 * Builds the randomizer of one person whose record changes. Which attributes are disclosed is drawn once for the person and kept;
 * then each attribute's answer is memoized by value (the "permanent" randomization of Erlingsson, Pihur and Korolova, RAPPOR, CCS
 * 2014). Publishing an unchanged record a thousand times costs as much as once, and averaging the reports gains nothing.
 *
 * **What it costs.** The attribute's epsilon for every distinct value that the attribute takes.
 *
 * **What it does not hide.** That an answer changed, hence that the value did, and when; that an earlier answer came
 * back; and, once the budget is used up, that a new value came which cannot be answered. A report a day of an attribute that changes on one day shows that day. Where this matters, publish at fixed times with
 * {@link createRandomizer}, a new debit each time.
 *
 * @param schema the schema
 * @param options the person, their preferences and budget, and the store
 * @returns the randomizer
 * @throws `EMRX_BAD_PREFERENCE`, `EMRX_UNKNOWN_LEVEL`, `EMRX_BAD_EPSILON`
 * @example
 * ```ts
 * import { defineSchema, memoryStore } from "@emrx/ldp-core";
 * import { createLongitudinalRandomizer } from "@emrx/ldp-core/records";
 *
 * const schema = defineSchema({
 *   id: "visits", version: 1, levels: { usual: "1" },
 *   attributes: {
 *     smoker: { type: "categorical", values: ["no", "yes"], level: "usual" },
 *     asthma: { type: "categorical", values: ["no", "yes"], level: "usual" },
 *   },
 *   disclose: "all",
 * });
 * const randomizer = createLongitudinalRandomizer(schema, { lifetimeBudget: "4", memory: memoryStore() });
 * const first = await randomizer.randomize({ smoker: "yes", asthma: "no" });
 * await randomizer.remaining(); // => "2"
 * (await randomizer.randomize({ smoker: "no", asthma: "no" })).length === first.length; // => true
 * await randomizer.remaining(); // => "1"
 * await randomizer.randomize({ smoker: "yes", asthma: "no" }); // => first
 * await randomizer.update({ smoker: "yes", asthma: "no" }); // => undefined
 * await randomizer.remaining(); // => "1"
 * ```
 */
export function createLongitudinalRandomizer<const Json extends SchemaJson>(
  schema: Schema<Json>,
  options: RandomizerOptions<Json>,
): LongitudinalRandomizer<Json> {
  check(schemaShape, schema, "schema");
  const given = check(randomizerOptions, options, "options");
  const { memory, lifetimeBudget, subject = "self" } = given;
  const random = given.randomForTests ?? platformRandom();
  const accountant = createAccountant({ memory, lifetimeBudget });
  const policy = policyFor<SchemaJson>(schema, given.preferences);
  const stateKey = `last/${stateName(schema, policy)}/${subject}`;
  const start = { memory, lifetimeBudget, subjects: [subject], keys: [stateKey] };

  /** Answers the record; hands out those answers that `isRequested` picks, or nothing where it picks none. */
  const answerRecord = (
    record: unknown,
    isRequested: (changed: boolean) => boolean,
  ): Promise<Uint8Array<ArrayBuffer> | undefined> =>
    transact(start, (transaction) => {
      const last = readState(transaction.entry(stateKey), policy);
      const disclosed = last?.disclosed ?? new Uint16Array(policy.disclosed);
      if (last === undefined) poolSampler(policy)(disclosed, random);
      const values = readValues(schema, disclosed, record);
      const account = transaction.account(subject);
      const fingerprints: Uint8Array[] = [];
      const answers: Answer[] = [];
      let isNew = last === undefined;
      for (const [i, attribute] of disclosed.entries()) {
        const level = policy.levels[attribute] as number;
        const value = values[i] as Value;
        const fingerprint = answerFingerprint(schema, attribute, level, value);
        const payload =
          transaction.memoized(account, fingerprint) ??
          buyAnswer(schema, transaction, account, { attribute, level, value, fingerprint }, random);
        const before = last?.fingerprints[i];
        const changed = before === undefined || !equalBytes(before, fingerprint);
        isNew ||= changed;
        if (isRequested(changed)) answers.push({ attribute, level, payload });
        fingerprints.push(fingerprint);
      }
      if (isNew) transaction.change(stateKey, writeState(disclosed, fingerprints));
      return answers.length === 0 ? undefined : joinAnswers(schema, answers);
    });

  return {
    policy,
    randomize: async (record) =>
      (await answerRecord(record, () => true)) as Uint8Array<ArrayBuffer>,
    update: async (record) => answerRecord(record, (changed) => changed),
    remaining: () => accountant.remaining(subject),
  };
}

interface Question {
  readonly attribute: number;
  readonly level: number;
  readonly value: Value;
  readonly fingerprint: Uint8Array;
}

/** Debits an attribute's epsilon, draws its answer and records the line that holds both. */
function buyAnswer(
  schema: Schema,
  transaction: AccountTransaction,
  account: number,
  { attribute, level, value, fingerprint }: Question,
  random: Parameters<ReturnType<typeof anyMechanismOf>["randomize"]>[1],
): Uint8Array<ArrayBuffer> {
  const mechanism = anyMechanismOf(schema, attribute, level);
  transaction.debit(account, mechanism.epsilon, "the person's budget");
  const answer = new Uint8Array(mechanism.reportBytes);
  mechanism.encode(mechanism.randomize(value, random), answer, 0);
  const note = `answer ${schema.id} ${schema.version} #${attribute}`;
  transaction.record(account, {
    amount: mechanism.epsilon,
    note: note.slice(-60),
    fingerprint,
    answer,
  });
  return answer;
}

/** Names the disclosed attributes of one person under one schema and policy. */
function stateName(schema: Schema, policy: Policy): string {
  const levels = Uint8Array.from(policy.levels);
  return toHex(
    sha256.create().update(schemaHashOf(schema)).update(levels).digest().subarray(0, 16),
  );
}

/** What was disclosed, and the fingerprints of the values last seen: 2 bytes and 16 bytes for each attribute. */
interface LastState {
  readonly disclosed: Uint16Array;
  readonly fingerprints: readonly Uint8Array[];
}

function writeState(
  disclosed: Uint16Array,
  fingerprints: readonly Uint8Array[],
): Uint8Array<ArrayBuffer> {
  const writer = new ByteWriter("little", damaged);
  for (const [i, attribute] of disclosed.entries())
    writer.u16(attribute).bytes(fingerprints[i] as Uint8Array);
  return writer.finish();
}

function readState(bytes: Uint8Array | undefined, policy: Policy): LastState | undefined {
  if (bytes === undefined) return undefined;
  const reader = new ByteReader(bytes, "little", damaged);
  const disclosed = new Uint16Array(policy.disclosed);
  const fingerprints = Array.from(disclosed, (_, i) => {
    disclosed[i] = reader.u16("an attribute");
    return reader.bytes(fingerprintBytes, "a fingerprint");
  });
  reader.end();
  if (!disclosed.every((attribute) => policy.pool.includes(attribute)))
    throw damaged("an attribute is not among those of the policy");
  return { disclosed, fingerprints };
}

const damaged = (what: string): LdpError =>
  new LdpError(
    "EMRX_STORE_DAMAGED",
    `the person's disclosed attributes do not fit the policy: ${what}; restore the store from a copy`,
  );

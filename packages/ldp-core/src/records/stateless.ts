// Memoized answers without a memory: drawn anew each time from a secret of the person, hence always the same.

import { concatBytes } from "@emrx/internal/bytes";
import { bytes, secret as hidden, integer, object } from "@emrx/internal/shape";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { sumBudgets } from "../accounting/budget.js";
import { transact } from "../accounting/transaction.js";
import { check } from "../errors/check.js";
import { budgetShape, compareBudgets } from "../exact/decimal.js";
import type { Value } from "../schema/any-mechanism.js";
import type { SchemaJson } from "../schema/json.js";
import { anyMechanismOf, epsilonOf } from "../schema/mechanism.js";
import { type Policy, type Preferences, policyFor } from "../schema/policy.js";
import type { RecordOf } from "../schema/record-type.js";
import { type Schema, schemaHashOf } from "../schema/schema.js";
import { schemaShape } from "../schema/schema-shape.js";
import { storeShape } from "../stores/checked.js";
import type { Store } from "../stores/store.js";
import { answerFingerprint } from "./answer-fingerprint.js";
import { derivedRandom } from "./derived-random.js";
import { fingerprintBytes } from "./fingerprint.js";
import { type Answer, joinAnswers } from "./join.js";
import { preferencesMember, subjectMember } from "./randomizer-options.js";
import { poolSampler } from "./sample.js";
import { readValues } from "./value.js";

/** What {@link createStatelessRandomizer} needs besides the schema. */
export interface StatelessOptions<Json extends SchemaJson = SchemaJson> {
  /** At least 32 bytes from a cryptographic generator, known to the person alone. Losing it costs nothing, leaking it all. */
  readonly secret: Uint8Array;
  /** The person; `"self"` unless given. */
  readonly subject?: string;
  /** The person's choices, see {@link policyFor}. */
  readonly preferences?: Preferences<Json>;
  /** How many distinct values each disclosed attribute will take at most, over the person's life: a whole number. */
  readonly mostValues: number;
  /** What may be spent on the person for life: a decimal. */
  readonly lifetimeBudget: string | number;
  /** Where the one debit is kept. */
  readonly memory: Store;
}

/** Answers a person's records from a secret. */
export interface StatelessRandomizer<Json extends SchemaJson = SchemaJson> {
  readonly policy: Policy;
  /** The report of a record; the same record always gives the same bytes. @throws `EMRX_VALUE_OUTSIDE_DOMAIN` */
  randomize(record: RecordOf<Json>): Uint8Array<ArrayBuffer>;
}

/**
 * As `createLongitudinalRandomizer`, for devices that can keep a secret but no growing memory: the answer to
 * each (attribute, value) is drawn from randomness derived from the secret by HKDF, whose label binds the subject, the hash of
 * the schema, the attribute, the level and the value. Which attributes are disclosed is derived likewise.
 *
 * Since nobody counts the values that occur, the whole cost is charged **once, up front**: for every attribute that can be
 * disclosed its epsilon times `mostValues`, or times the size of its domain where that is less; where k attributes are sampled, the k
 * largest of these. Charged again if secret, subject, schema, policy or `mostValues` change: another secret draws other answers, so it
 * is another debit. If an attribute takes more values than stated, more is lost than was charged.
 *
 * The guarantee is computational: it holds against everyone who cannot break HMAC-SHA-256 and does not know the secret.
 *
 * @param schema the schema
 * @param options the secret, the person, their preferences and budget, and the store
 * @returns the randomizer, once its debit is durable
 * @throws `EMRX_BAD_PARAMETER` for a secret shorter than 32 bytes or a `mostValues` below 1, `EMRX_BUDGET_EXHAUSTED`,
 *   `EMRX_BAD_PREFERENCE`, `EMRX_UNKNOWN_LEVEL`, `EMRX_BAD_EPSILON`
 * @example
 * ```ts
 * import { defineSchema, memoryStore } from "@emrx/ldp-core";
 * import { createAccountant } from "@emrx/ldp-core/accounting";
 * import { createStatelessRandomizer } from "@emrx/ldp-core/records";
 *
 * const schema = defineSchema({
 *   id: "visits", version: 1, levels: { usual: "1" },
 *   attributes: { stage: { type: "ordinal", values: ["I", "II", "III", "IV"], level: "usual" } },
 *   disclose: "all",
 * });
 * const memory = memoryStore();
 * const secret = crypto.getRandomValues(new Uint8Array(32));
 * const options = { secret, mostValues: 2, lifetimeBudget: "5", memory };
 * const bytes = (await createStatelessRandomizer(schema, options)).randomize({ stage: "II" });
 * (await createStatelessRandomizer(schema, options)).randomize({ stage: "II" }); // => bytes
 * await createAccountant({ memory, lifetimeBudget: "5" }).spent("self"); // => "2"
 * ```
 */
export async function createStatelessRandomizer<const Json extends SchemaJson>(
  schema: Schema<Json>,
  options: StatelessOptions<Json>,
): Promise<StatelessRandomizer<Json>> {
  check(schemaShape, schema, "schema");
  const given = check(statelessOptions, options, "options");
  const { subject = "self", mostValues, memory, lifetimeBudget } = given;
  const secret = Uint8Array.from(given.secret);
  const policy = policyFor<SchemaJson>(schema, given.preferences);
  const bind = (kind: string, ...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> =>
    concatBytes(
      new TextEncoder().encode(`emrx/${kind}/1\n`),
      ...parts,
      new TextEncoder().encode(subject),
    );
  const policyBytes = concatBytes(schemaHashOf(schema), Uint8Array.from(policy.levels));

  // Everything that changes a draw is in what is compared, the secret as a commitment that tells nothing of it.
  const most = new DataView(new ArrayBuffer(8));
  most.setFloat64(0, mostValues);
  const commitment = hmac(sha256, secret, new TextEncoder().encode("emrx/secret commitment/1"));
  const fingerprint = sha256(
    bind("charge", policyBytes, new Uint8Array(most.buffer), commitment),
  ).subarray(0, fingerprintBytes);
  await transact({ memory, lifetimeBudget, subjects: [subject] }, (transaction) => {
    const account = transaction.account(subject);
    if (transaction.memoized(account, fingerprint) !== undefined) return;
    const amount = fullCost(schema, policy, mostValues);
    transaction.debit(account, amount, "the person's budget");
    const note = "all answers from a secret, in advance";
    transaction.record(account, { amount, note, fingerprint, answer: new Uint8Array(0) });
  });

  const disclosed = new Uint16Array(policy.disclosed);
  poolSampler(policy)(disclosed, derivedRandom(secret, bind("sample", policyBytes)));
  return {
    policy,
    randomize(record) {
      const values = readValues(schema, disclosed, record);
      const answers = Array.from(disclosed, (attribute, i): Answer => {
        const level = policy.levels[attribute] as number;
        const value = values[i] as Value;
        const mechanism = anyMechanismOf(schema, attribute, level);
        const random = derivedRandom(
          secret,
          bind("answer", answerFingerprint(schema, attribute, level, value)),
        );
        const payload = new Uint8Array(mechanism.reportBytes);
        mechanism.encode(mechanism.randomize(value, random), payload, 0);
        return { attribute, level, payload };
      });
      return joinAnswers(schema, answers);
    },
  };
}

/** What `mostValues` values of every attribute that may be disclosed cost. */
function fullCost(schema: Schema, { pool, levels, disclosed }: Policy, mostValues: number): string {
  const costs = pool.map((attribute) => {
    const spec = schema.attributes[attribute];
    const values =
      spec?.type === "categorical" || spec?.type === "ordinal"
        ? Math.min(spec.categories, mostValues)
        : mostValues;
    return multiple(epsilonOf(schema, attribute, levels[attribute] as number), values);
  });
  return sumBudgets(costs.sort((a, b) => compareBudgets(b, a)).slice(0, disclosed));
}

/** A decimal times a whole number, by doubling: exact. */
function multiple(amount: string, times: number): string {
  let [total, power] = ["0", amount];
  for (let left = times; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) total = sumBudgets([total, power]);
    power = sumBudgets([power, power]);
  }
  return total;
}

const statelessOptions = /* @__PURE__ */ object({
  subject: subjectMember,
  preferences: preferencesMember,
  lifetimeBudget: budgetShape,
  memory: storeShape,
  secret: /* @__PURE__ */ hidden(/* @__PURE__ */ bytes(32, 0xffffffff)),
  mostValues: /* @__PURE__ */ integer(1),
});

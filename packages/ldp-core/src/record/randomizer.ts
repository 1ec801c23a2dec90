// One person's record in, report bytes out: the budget is debited and the report kept before anybody sees it.
import { hexToBytes } from "@noble/hashes/utils.js";
import { createAccountant } from "../budget/accountant.js";
import { AccountDraft, memoizedAnswer } from "../budget/draft.js";
import type { Store } from "../budget/store.js";
import { LdpError } from "../errors.js";
import { platformRandom } from "../random/platform.js";
import type { RandomSource } from "../random/source.js";
import { carrierOf } from "../schema/carrier.js";
import { show } from "../schema/check.js";
import type { SchemaJson } from "../schema/json.js";
import { type Policy, type Preferences, policyFor } from "../schema/policy.js";
import type { RecordOf } from "../schema/record-type.js";
import type { Schema } from "../schema/schema.js";
import { fingerprintFor } from "./fingerprint.js";
import { headerBytes, itemBytes, reportLength, writeHeader, writeItem } from "./report.js";
import { poolSampler } from "./sample.js";
import { outsideDomain, type ValueReader, valueReader } from "./value.js";

/** What {@link createRandomizer} needs besides the schema. */
export interface RandomizerOptions<Json extends SchemaJson = SchemaJson> {
  /** The person, as the site knows them; `"self"` unless given. Budgets are kept under this name. */
  readonly subject?: string;
  /** The person's choices, see {@link policyFor}. */
  readonly preferences?: Preferences<Json>;
  /** What may be spent on the person for life, over all records, schemas and randomizers: a decimal. */
  readonly lifetimeBudget: string | number;
  /** Keeps what was spent and what was answered. */
  readonly memory: Store;
  /** The platform's generator unless given. A seeded source is for tests only. */
  readonly random?: RandomSource;
}

/** Randomizes one person's records. */
export interface Randomizer<Json extends SchemaJson = SchemaJson> {
  /** The person's choices, worked out. */
  readonly policy: Policy;
  /**
   * The report of a record. The same record again gives the same bytes and costs nothing; another record is a new debit.
   *
   * @throws `EMRX_VALUE_OUTSIDE_DOMAIN` for a value that is missing or wrong, `EMRX_BUDGET_EXHAUSTED` past the lifetime
   *   budget; then nothing was spent. What the store throws; then the debit may stand, and the same record again gives
   *   its report without a second one.
   */
  randomize(record: RecordOf<Json>): Uint8Array;
  /** What is left of the person's lifetime budget, a canonical decimal. */
  remaining(): string;
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
 * @throws `EMRX_BAD_PREFERENCE`, `EMRX_UNKNOWN_LEVEL`, `EMRX_BAD_EPSILON`
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
 * const bytes = randomizer.randomize({ smoker: "yes", asthma: "no" });
 * randomizer.randomize({ smoker: "yes", asthma: "no" }); // => bytes
 * randomizer.remaining(); // => "0.5"
 * randomizer.randomize({ smoker: "no", asthma: "no" }); // throws EMRX_BUDGET_EXHAUSTED
 * ```
 */
export function createRandomizer<const Json extends SchemaJson>(
  schema: Schema<Json>,
  options: RandomizerOptions<Json>,
): Randomizer<Json> {
  const { memory, subject = "self" } = options;
  const accountant = createAccountant(options);
  const policy = policyFor(schema, options.preferences);
  const readers = schema.attributes.map((attribute) => valueReader(attribute, false));
  const fingerprint = fingerprintFor(schema, policy);
  const note = reportNote(schema);

  return {
    policy,
    remaining: () => accountant.remaining(subject),
    randomize(record) {
      const values = readRecord(schema, readers, policy, record);
      const mark = fingerprint((attribute) => values[attribute] as number);
      const draft = new AccountDraft(memory, accountant.lifetimeBudget);
      const account = draft.open(subject);
      const known = memoizedAnswer(account, mark);
      if (known !== undefined) return known.slice();
      // The debit comes before the sampling: a record whose randomization fails for want of budget draws nothing.
      draft.debit(account, policy.debit);
      const answer = randomizeValues(schema, policy, values, options.random ?? platformRandom());
      draft.record(account, { amount: policy.debit, note, mark, answer });
      draft.commit();
      return answer;
    },
  };
}

/** What the statement says a report was for. */
export function reportNote({ id, version }: Schema): string {
  const note = `report ${id} ${version}`;
  return note.length <= 60 ? note : `${note.slice(0, 57)}...`;
}

function readRecord(
  schema: Schema,
  readers: readonly ValueReader[],
  policy: Policy,
  record: unknown,
): Float64Array {
  if (typeof record !== "object" || record === null)
    throw new LdpError(
      "EMRX_VALUE_OUTSIDE_DOMAIN",
      `record: expected an object with a value for each attribute, got ${show(record)}`,
    );
  const given = record as { readonly [name: string]: unknown };
  const values = new Float64Array(schema.attributes.length);
  // Withheld attributes are not even read.
  for (const attribute of policy.pool) {
    const spec = schema.attributes[attribute];
    if (spec === undefined) continue;
    const value = Object.hasOwn(given, spec.name) ? given[spec.name] : undefined;
    const reading = readers[attribute]?.(value);
    if (reading === undefined) throw outsideDomain(spec, value, "record: ");
    values[attribute] = reading;
  }
  return values;
}

function randomizeValues(
  schema: Schema,
  policy: Policy,
  values: Float64Array,
  random: RandomSource,
): Uint8Array {
  const sampled = new Uint16Array(policy.disclosed);
  poolSampler(policy)(sampled, random);
  const items = Array.from(sampled, (attribute) => ({
    attribute,
    level: policy.levels[attribute] as number,
  }));
  const bytes = new Uint8Array(reportLength(schema, items));
  writeHeader(hexToBytes(schema.hash), items.length, bytes, 0);
  let at = headerBytes;
  for (const { attribute, level } of items) {
    const mechanism = carrierOf(schema, attribute, level);
    writeItem(attribute, level, bytes, at);
    mechanism.encode(
      mechanism.randomize(values[attribute] as number, random),
      bytes,
      at + itemBytes,
    );
    at += itemBytes + mechanism.reportBytes;
  }
  return bytes;
}

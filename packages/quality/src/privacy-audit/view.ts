// What an attacker sees of an output: everything in it, or which of two values it supports.
import { guard } from "@emrx/internal/shape";
import { QualityError } from "../errors/quality-error.js";
import { check } from "../errors/shapes.js";

/** What an output shows to an attacker: outputs with equal views are not told apart. */
export type View = string | number;

/**
 * Everything that a value holds, as a text: equal for equal values and different for different ones, in the order in which it is held.
 *
 * @throws EMRX_QUALITY_NOT_APPLICABLE for functions, symbols and objects without any member that can be seen
 */
export function observable(output: unknown): View {
  return typeof output === "number" || typeof output === "string" ? output : written(output, 0);
}

function written(value: unknown, depth: number): string {
  if (depth > 20) return refuse("is nested more than 20 deep");
  switch (typeof value) {
    case "string":
      return JSON.stringify(value);
    case "number":
    case "boolean":
    case "undefined":
      return Object.is(value, -0) ? "-0" : String(value);
    case "bigint":
      return `${value}n`;
    case "object":
      return value === null ? "null" : writtenObject(value, depth);
    default:
      return refuse(`holds a ${typeof value}`);
  }
}

function writtenObject(value: object, depth: number): string {
  const inner = (item: unknown): string => written(item, depth + 1);
  if (Array.isArray(value)) return `[${value.map(inner).join(",")}]`;
  if (ArrayBuffer.isView(value)) {
    if (!("length" in value)) return refuse("holds a DataView");
    return `${value.constructor.name}[${Array.from(value as unknown as ArrayLike<number | bigint>).join(",")}]`;
  }
  if (value instanceof Map || value instanceof Set)
    return `${value instanceof Map ? "Map" : "Set"}${inner([...value])}`;
  const members = Object.entries(value);
  if (members.length === 0 && Object.getPrototypeOf(value) !== Object.prototype)
    return refuse("holds an object without members that can be read");
  return `{${members.map(([key, item]) => `${JSON.stringify(key)}:${inner(item)}`).join(",")}}`;
}

function refuse(what: string): never {
  throw new QualityError(
    "EMRX_QUALITY_NOT_APPLICABLE",
    `an output ${what}, which cannot be looked at; give \`view\`, what an attacker would see of an output`,
  );
}

/** What `supportView` needs of a frequency oracle. */
export interface CountingOracle<Report> {
  /** An empty aggregator. */
  aggregator(): {
    /** Adds one report. */
    add(report: Report): void;
    /** How many reports support each value. */
    readonly counts: ArrayLike<number>;
  };
}

/**
 * The view of a frequency oracle's report that says which of the two values it supports: 0 neither, 1 the second, 2 the first, 3 both. For pure
 * mechanisms that is all that tells two values apart, however many different reports there are (random hash functions, long bit maps).
 *
 * @param oracle - a frequency oracle of `@emrx/ldp-core`
 * @returns a `view` for `auditRandomizer`
 * @throws EMRX_QUALITY_ARGUMENT
 * @example
 * ```ts
 * import { olh } from "@emrx/ldp-core/mechanisms";
 * import { seededRandom } from "@emrx/ldp-core";
 * import { auditRandomizer, supportView } from "@emrx/quality/privacy-audit";
 *
 * const mechanism = olh({ categories: 100, epsilon: "1" });
 * const random = seededRandom("audit");
 * const audit = auditRandomizer({
 *   randomize: (value) => mechanism.randomize(value, random),
 *   pairs: [[0, 1]],
 *   trials: 20_000,
 *   view: supportView(mechanism),
 * });
 * audit.epsilon > 0.7 && audit.epsilon <= 1; // => true
 * ```
 */
export function supportView<Report>(
  oracle: CountingOracle<Report>,
): (report: Report, first: number, second: number) => number {
  const counting = check(
    guard(
      (value): value is CountingOracle<Report> =>
        typeof (value as Partial<CountingOracle<Report>> | undefined)?.aggregator === "function",
      "a frequency oracle",
    ),
    oracle,
    "oracle",
  );
  return (report, first, second) => {
    const tally = counting.aggregator();
    tally.add(report);
    const { counts } = tally;
    return 2 * (counts[first] as number) + (counts[second] as number);
  };
}

// Values that no function of a package may choke on: of wrong kinds, missing, misspelt, hostile. From a seed, so that a run can be
// repeated.
import fc from "fast-check";

/** A source of whole numbers below `end` from a seed (xorshift; Marsaglia 2003). */
export function seeded(seed: number): (end: number) => number {
  let state = (seed * 2654435761 + 1) >>> 0 || 1;
  return (end) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % end;
  };
}

/** What a caller's function throws; a function that calls it may let it pass. */
export const ownError: Error = new Error("an error of the caller's own function");

const throwing = (): never => {
  throw new Error("an error of the caller's own object");
};

const ownFunction = (): never => {
  throw ownError;
};

/** Values made anew for each use: iterators and promises are used up. */
const special: readonly (() => unknown)[] = [
  () => undefined,
  () => null,
  () => Number.NaN,
  () => Number.POSITIVE_INFINITY,
  () => -1,
  () => -0,
  () => 0.5,
  () => 2 ** 32,
  () => 2 ** 53,
  () => 1e300,
  () => "",
  () => "1",
  () => "x",
  () => "-0.5",
  () => "1e999",
  () => "é".normalize("NFD"),
  () => "\ud800",
  () => "__proto__",
  () => "x".repeat(100_000),
  () => true,
  () => 1n,
  () => 10n ** 60n,
  () => Symbol("junk"),
  () => [],
  () => [1, 2],
  () => ["a", "a"],
  () => new Array(3),
  () => [undefined],
  () => [[]],
  () => ({}),
  () => Object.create(null),
  () => JSON.parse('{"__proto__":{"polluted":1},"constructor":1}'),
  () => ({ length: 3 }),
  () => new Date(Number.NaN),
  () => new Map([["a", 1]]),
  () => new Set([1]),
  () => /x/,
  () => new Error("x"),
  () => new Uint8Array(0),
  () => new Uint8Array(32),
  () => new Uint8Array(7).fill(255),
  () => new Float64Array([Number.NaN]),
  () => new Uint32Array([4294967295]),
  () => new ArrayBuffer(8),
  () => new DataView(new ArrayBuffer(8)),
  () => () => undefined,
  () => ownFunction,
  () => Promise.resolve([]),
  () => [1, 2][Symbol.iterator](),
  () => (function* () {})(),
  () => (async function* () {})(),
  () =>
    new Proxy({}, { get: throwing, has: throwing, ownKeys: throwing, getPrototypeOf: throwing }),
  () => new Proxy([], { get: throwing }),
  () => revoked(),
  () => ({
    get length() {
      return throwing();
    },
    get epsilon() {
      return throwing();
    },
  }),
  () => ({
    toString: throwing,
    valueOf: throwing,
    toJSON: throwing,
    [Symbol.toPrimitive]: throwing,
  }),
  // biome-ignore lint/suspicious/noThenProperty: what looks like a promise and throws is junk, too
  () => ({ then: throwing }),
];

function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

const anything = fc.anything({
  maxDepth: 2,
  withBigInt: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withObjectString: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
});

/** A source of junk. */
export function junkFrom(next: (end: number) => number): () => unknown {
  const sampled = fc.sample(anything, { numRuns: 64, seed: next(2 ** 31) });
  return () => {
    const at = next(special.length + 12);
    return at < special.length ? special[at]?.() : sampled[next(sampled.length)];
  };
}

/** A copy of arguments that were right, with one place of them made wrong; the originals stay as they are. */
export function spoilt(
  given: readonly unknown[],
  next: (end: number) => number,
  junk: () => unknown,
): unknown[] {
  const copy = [...given];
  if (copy.length === 0 || next(10) === 0) return [...copy, junk()];
  const at = next(copy.length);
  copy[at] = spoiltValue(copy[at], next, junk);
  return copy;
}

function spoiltValue(value: unknown, next: (end: number) => number, junk: () => unknown): unknown {
  const near = nearMisses(value);
  if (isPlain(value) || (Array.isArray(value) && value.length > 0)) {
    const keys = Object.keys(value);
    const choice = next(10);
    if (choice < 6 && keys.length > 0) {
      const key = keys[next(keys.length)] as string;
      const inner = (value as Record<string, unknown>)[key];
      return withMember(value, key, spoiltValue(inner, next, junk));
    }
    if (choice === 6) return lacking(value, keys[next(keys.length)]);
    if (choice === 7) return withMember(value, `${keys[0] ?? "x"}s`, junk());
  }
  return near.length > 0 && next(2) === 0 ? near[next(near.length)]?.() : junk();
}

/** What callers give who are nearly right. */
function nearMisses(value: unknown): readonly (() => unknown)[] {
  if (typeof value === "number")
    return [
      () => String(value),
      () => BigInt(Math.trunc(value) || 0),
      () => -value,
      () => value + 0.5,
      () => value * 2 ** 40,
      () => [value],
    ];
  if (typeof value === "string")
    return [
      () => Number(value),
      () => `${value} `,
      () => `${value}\u0301`,
      () => [value],
      () => value.toUpperCase(),
      () => new TextEncoder().encode(value),
    ];
  if (typeof value === "bigint") return [() => Number(value), () => -value, () => String(value)];
  if (Array.isArray(value))
    return [
      () => value.values(),
      () => new Set(value),
      () => Promise.resolve(value),
      () => [...value, ...value],
      () => value.slice(1),
      () => Object.assign([...value], { [value.length + 1]: value[0] }),
      () => ({ ...value, length: value.length }),
    ];
  if (ArrayBuffer.isView(value) && "length" in value) {
    const array = value as Uint8Array;
    return [
      () => [...array],
      () => array.slice(1),
      () => new Float64Array(array.length),
      () => array.buffer,
      () => new Uint8Array(array.length + 1),
    ];
  }
  if (typeof value === "function")
    return [() => ownFunction, () => () => undefined, () => async () => ownFunction()];
  if (typeof value === "object" && value !== null)
    return [
      () => ({ ...value }),
      () => Promise.resolve(value),
      () => new Proxy(value, { get: throwing }),
      () => Object.create(value),
      () => [value],
    ];
  return [];
}

function withMember(value: object, key: string, member: unknown): unknown {
  const copy = Array.isArray(value) ? [...value] : { ...value };
  Object.defineProperty(copy, key, {
    value: member,
    enumerable: true,
    writable: true,
    configurable: true,
  });
  return copy;
}

function lacking(value: object, key: string | undefined): unknown {
  const copy = Array.isArray(value) ? [...value] : { ...value };
  if (key !== undefined) Reflect.deleteProperty(copy, key);
  return copy;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

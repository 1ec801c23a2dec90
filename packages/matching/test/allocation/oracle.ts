// Stable allocations by trying every amount of every pair: slow, literal, and sharing no idea with the package.
import { fc } from "@emrx/testkit";

export interface Agent {
  readonly quantity: number;
  /** Best first. */
  readonly prefs: readonly string[];
}

export interface Input {
  readonly proposers: Readonly<Record<string, Agent>>;
  readonly reviewers: Readonly<Record<string, Agent>>;
  /** By "p r". */
  readonly capacities: Readonly<Record<string, number>>;
}

export type Row = readonly [string, string, number];
type Side = "proposers" | "reviewers";

/** All pairs that are in each other's lists. */
export const mutualPairs = (input: Input): [string, string][] =>
  Object.entries(input.proposers).flatMap(([p, { prefs }]) =>
    prefs.filter((r) => input.reviewers[r]?.prefs.includes(p)).map((r): [string, string] => [p, r]),
  );

export const amountOf = (rows: readonly Row[], p: string, r: string): number =>
  rows.find((row) => row[0] === p && row[1] === r)?.[2] ?? 0;

/** What an agent trades, by partner. */
const holdings = (rows: readonly Row[], side: Side, id: string): [string, number][] =>
  rows
    .filter((row) => row[side === "proposers" ? 0 : 1] === id)
    .map((row) => [row[side === "proposers" ? 1 : 0], row[2]]);

/** Whether an agent has something left over, or trades with somebody that it likes less (or does not list). */
function wantsMore(
  input: Input,
  rows: readonly Row[],
  side: Side,
  id: string,
  other: string,
): boolean {
  const { quantity, prefs } = input[side][id] as Agent;
  const place = (name: string): number =>
    prefs.includes(name) ? prefs.indexOf(name) : Number.POSITIVE_INFINITY;
  const better = holdings(rows, side, id).filter(([name]) => place(name) <= place(other));
  return better.reduce((sum, [, amount]) => sum + amount, 0) < quantity;
}

/** All blocking pairs, by the definition. */
export const oracleBlockingPairs = (input: Input, rows: readonly Row[]): [string, string][] =>
  mutualPairs(input).filter(
    ([p, r]) =>
      amountOf(rows, p, r) < (input.capacities[`${p} ${r}`] as number) &&
      wantsMore(input, rows, "proposers", p, r) &&
      wantsMore(input, rows, "reviewers", r, p),
  );

/** Every feasible allocation of whole units. */
export function* feasibleAllocations(input: Input): Generator<Row[]> {
  const pairs = mutualPairs(input);
  const left = new Map<string, number>();
  for (const side of ["proposers", "reviewers"] as const)
    for (const [id, { quantity }] of Object.entries(input[side])) left.set(id, quantity);
  const rows: Row[] = [];
  function* extend(at: number): Generator<Row[]> {
    const pair = pairs[at];
    if (pair === undefined) {
      yield rows.filter(([, , amount]) => amount > 0);
      return;
    }
    const [p, r] = pair;
    const [has, takes] = [left.get(p) as number, left.get(r) as number];
    const most = Math.min(has, takes, input.capacities[`${p} ${r}`] as number);
    for (let amount = 0; amount <= most; amount++) {
      left.set(p, has - amount).set(r, takes - amount);
      rows.push([p, r, amount]);
      yield* extend(at + 1);
      rows.pop();
    }
    left.set(p, has).set(r, takes);
  }
  yield* extend(0);
}

export const allStable = (input: Input): Row[][] =>
  [...feasibleAllocations(input)].filter((rows) => oracleBlockingPairs(input, rows).length === 0);

export const sorted = (rows: Iterable<Row>): Row[] =>
  [...rows].sort(([a, b], [c, d]) => (a < c || (a === c && b < d) ? -1 : 1));

/** What an agent trades with the first 1, 2, ... of its list: more everywhere is better. */
export const prefixSums = (
  input: Input,
  rows: readonly Row[],
  side: Side,
  id: string,
): number[] => {
  let sum = 0;
  return (input[side][id] as Agent).prefs.map((other) => {
    sum += side === "proposers" ? amountOf(rows, id, other) : amountOf(rows, other, id);
    return sum;
  });
};

/** Whether no agent of a side is worse off with `rows` than with `rival`. */
export const atLeastAsGood = (
  input: Input,
  rows: readonly Row[],
  rival: readonly Row[],
  side: Side,
): boolean =>
  Object.keys(input[side]).every((id) => {
    const theirs = prefixSums(input, rival, side, id);
    return prefixSums(input, rows, side, id).every((sum, i) => sum >= (theirs[i] as number));
  });

/** Small markets of every shape, mostly with complete lists, capacities that bind, and quantities that often add up. */
export function smallMarkets(options: {
  readonly agents?: number;
  readonly quantity?: number;
  readonly capacity?: number;
}): fc.Arbitrary<Input> {
  const { agents = 3, quantity = 4, capacity = 2 } = options;
  const names = (prefix: string, count: number): string[] =>
    Array.from({ length: count }, (_, i) => prefix + i);
  const side = (ids: string[], others: string[]): fc.Arbitrary<Record<string, Agent>> =>
    fc
      .array(
        fc.record({
          quantity: fc.integer({ min: 0, max: quantity }),
          prefs: fc
            .tuple(
              fc.oneof(
                { weight: 4, arbitrary: fc.constant(others.length) },
                { weight: 1, arbitrary: fc.nat({ max: others.length }) },
              ),
              fc.shuffledSubarray(others, { minLength: others.length }),
            )
            .map(([length, order]) => order.slice(0, length)),
        }),
        { minLength: ids.length, maxLength: ids.length },
      )
      .map((made) => Object.fromEntries(made.map((agent, i) => [ids[i] as string, agent])));
  return fc
    .tuple(fc.integer({ min: 1, max: agents }), fc.integer({ min: 1, max: agents }))
    .chain(([n, m]) => {
      const [ps, rs] = [names("p", n), names("r", m)];
      return fc.record({
        proposers: side(ps, rs),
        reviewers: side(rs, ps),
        capacities: fc
          .array(fc.integer({ min: 0, max: capacity }), { minLength: n * m, maxLength: n * m })
          .map((made) =>
            Object.fromEntries(
              ps.flatMap((p, i) => rs.map((r, j) => [`${p} ${r}`, made[i * m + j] as number])),
            ),
          ),
      });
    });
}

/** What `createAllocationMarket` takes. */
export const inputOf = ({ proposers, reviewers, capacities }: Input) => ({
  proposers: Object.fromEntries(
    Object.entries(proposers).map(([p, agent]) => [
      p,
      {
        ...agent,
        capacity: Object.fromEntries(
          Object.keys(reviewers).map((r) => [r, capacities[`${p} ${r}`] as number]),
        ),
      },
    ]),
  ),
  reviewers,
});

// A proof that an allocation is stable, and that of all stable ones it is the best for one side: three numbers an agent.
import { anything, arrayOf, object, optional, type Shape, tuple } from "@emrx/internal/shape";
import { check, sideName } from "../check.js";
import { MatchingError } from "../errors.js";
import { idOrder } from "../market/hash.js";
import { otherSide, type SideName } from "../market/market.js";
import { type Allocation, type AllocationLike, allocationIn } from "./allocation.js";
import { hashAllocation, hashAllocationMarket } from "./hash.js";
import { type AllocationMarket, checkAllocationMarket } from "./market.js";
import { capacityAt, counterparts, noPlace } from "./pairs.js";
import { allocationOf } from "./solve.js";
import { amountsAt, verifyAllocation, wantedBefore } from "./verify.js";

const optionsShape: Shape<{ readonly bestFor?: SideName }> = /* @__PURE__ */ object({
  bestFor: /* @__PURE__ */ optional(sideName),
});

const certificateShape: Shape<AllocationCertificate> = /* @__PURE__ */ object({
  version: anything as Shape<1>,
  market: anything as Shape<string>,
  allocation: anything as Shape<string>,
  bestFor: anything as Shape<SideName>,
  cutoffs: /* @__PURE__ */ arrayOf(
    /* @__PURE__ */ tuple(anything as Shape<number>, anything as Shape<number>),
  ),
  potentials: /* @__PURE__ */ arrayOf(anything as Shape<number>),
});

/** A certificate of stability and optimality; plain JSON. */
export interface AllocationCertificate {
  readonly version: 1;
  /** `hashAllocationMarket` of the market. */
  readonly market: string;
  /** `hashAllocation` of the allocation. */
  readonly allocation: string;
  /** The side for which the allocation is the best stable one; the numbers below are of the agents of the other side. */
  readonly bestFor: SideName;
  /**
   * For each agent, in the order of ids: how many places from the top of its list it admits, and how much it takes of
   * the last of them. All places, and no bound (-1), where it has something left over; those down to its worst partner,
   * and what it trades with that one, where it has not.
   */
  readonly cutoffs: readonly (readonly [places: number, last: number])[];
  /** For each agent, in the order of ids: a number that falls from agent to agent along every possible exchange. */
  readonly potentials: readonly number[];
}

/**
 * Certifies that an allocation is the stable one that is best for a side. Whoever has the market can check the
 * certificate in one linear pass with {@link checkAllocationCertificate}, and gets the allocation out of it.
 *
 * @param market The market.
 * @param allocation The allocation, or its rows.
 * @param given `bestFor`: the side for which it is the best stable allocation, "proposers" where absent.
 * @returns The certificate.
 * @throws EMRX_MATCHING_NOT_STABLE where the allocation is not stable, EMRX_MATCHING_NOT_OPTIMAL where it is and another
 * stable one is better for that side.
 *
 * @example
 * ```ts
 * import { certifyAllocation, createAllocationMarket, stableAllocation } from "@emrx/matching/allocation";
 *
 * const market = createAllocationMarket({
 *   proposers: { a: { quantity: 2, prefs: ["x", "y"] }, b: { quantity: 2, prefs: ["y", "x"] } },
 *   reviewers: { x: { quantity: 2, prefs: ["b", "a"] }, y: { quantity: 2, prefs: ["a", "b"] } },
 * });
 * certifyAllocation(market, stableAllocation(market)).cutoffs; // => [[2, 2], [2, 2]]
 * certifyAllocation(market, [["a", "y", 2], ["b", "x", 2]]); // throws EMRX_MATCHING_NOT_OPTIMAL
 * ```
 */
export function certifyAllocation(
  market: AllocationMarket,
  allocation: AllocationLike,
  given: { readonly bestFor?: SideName } = {},
): AllocationCertificate {
  const { bestFor = "proposers" } = check(optionsShape, given, "options");
  const own = allocationIn(market, allocation);
  const { stable, violations, blockingPairs, blockingCount } = verifyAllocation(
    market,
    allocation,
    {
      limit: 1,
    },
  );
  if (!stable)
    throw new MatchingError(
      "EMRX_MATCHING_NOT_STABLE",
      violations[0]
        ? `The allocation breaks the ${violations[0].kind === "unacceptable" ? "list" : violations[0].kind} of ${JSON.stringify(violations[0].agent)}.`
        : `The allocation is blocked by ${JSON.stringify(blockingPairs[0])}; ${blockingCount} such pairs in all.`,
    );
  const side = otherSide(bestFor);
  const passive = market[side];
  const amounts = amountsAt(market, side, own);
  const order = idOrder(market, side);
  const potentials = potentialsOf(
    exchanges(market, bestFor, amountsAt(market, bestFor, own), amounts),
  );
  if (potentials === undefined)
    throw new MatchingError(
      "EMRX_MATCHING_NOT_OPTIMAL",
      `The allocation is stable, and another stable one is better for the ${bestFor}.`,
    );
  const bounds = wantedBefore(passive, amounts);
  return {
    version: 1,
    market: hashAllocationMarket(market),
    allocation: hashAllocation(market, allocation),
    bestFor,
    cutoffs: Array.from(order, (b): [number, number] => {
      const [start, end] = [passive.offsets[b] as number, passive.offsets[b + 1] as number];
      const bound = bounds[b] as number;
      if (bound === end) return [end - start, -1];
      if (passive.quantities[b] === 0) return [0, -1];
      return [bound - start + 1, amounts[bound] as number];
    }),
    potentials: Array.from(order, (b) => potentials[b] as number),
  };
}

const nobody = -1;

/**
 * For each passive agent b, to whom an exchange would lead: b looks, from the worst that it holds on, for the first
 * active agent that would take more of it. If that one has nothing left over, it would drop its own worst partner for
 * b: that is the passive agent returned. In all other cases it is nobody.
 */
function exchanges(
  market: AllocationMarket,
  bestFor: SideName,
  activeAmounts: Float64Array,
  amounts: Float64Array,
): Int32Array {
  const active = market[bestFor];
  const passive = market[otherSide(bestFor)];
  const capacity = capacityAt(market, otherSide(bestFor));
  const counterpart = counterparts(passive, active);
  const bounds = wantedBefore(active, activeAmounts);
  const to = new Int32Array(passive.count).fill(nobody);
  for (let b = 0; b < passive.count; b++) {
    const [start, end] = [passive.offsets[b] as number, passive.offsets[b + 1] as number];
    let place = end - 1;
    while (place >= start && amounts[place] === 0) place--;
    if (place < start) continue; // it holds nothing, so nobody would drop it
    for (; place < end; place++) {
      const activePlace = counterpart[place] as number;
      if (activePlace === noPlace) continue;
      if ((amounts[place] as number) >= capacity(place, activePlace)) continue;
      const a = passive.lists[place] as number;
      const bound = bounds[a] as number;
      if (activePlace >= bound) continue;
      if (bound < (active.offsets[a + 1] as number)) to[b] = active.lists[bound] as number;
      break;
    }
  }
  return to;
}

/** For each agent, how many exchanges follow one another from it; undefined where they go round in a cycle. */
function potentialsOf(to: Int32Array): Float64Array | undefined {
  const potentials = new Float64Array(to.length).fill(nobody);
  const path: number[] = [];
  for (let start = 0; start < to.length; start++) {
    let b = start;
    while (b !== nobody && potentials[b] === nobody) {
      if (path.length > to.length) return undefined;
      path.push(b);
      b = to[b] as number;
    }
    let height = b === nobody ? 0 : (potentials[b] as number) + 1;
    for (let i = path.pop(); i !== undefined; i = path.pop()) potentials[i] = height++;
  }
  return potentials;
}

/** What {@link checkAllocationCertificate} says. */
export type AllocationCertificateCheck =
  | { readonly valid: true; readonly allocation: Allocation }
  | { readonly valid: false; readonly reason: string };

/**
 * Checks a certificate against a market in one linear pass, and gives the allocation that it proves stable and best for
 * one side.
 *
 * Stability: let every agent of that side go down its list and trade as much as it can with whoever admits it. If then
 * nobody on the other side trades more than it has, and who has something left over admits everybody, the result is
 * stable. Optimality: from another stable allocation that is better for that side there would be a cycle of exchanges
 * on the other, and no number falls all the way round a cycle. The page "Lots" has both proofs.
 *
 * @param market The market, got from where it is public; not from whoever made the certificate.
 * @param certificate The certificate, from anywhere.
 * @returns `valid` with the allocation, or the reason why it is not.
 *
 * @example
 * ```ts
 * import { certifyAllocation, checkAllocationCertificate, createAllocationMarket, stableAllocation } from "@emrx/matching/allocation";
 *
 * const market = createAllocationMarket({
 *   proposers: { lot: { quantity: 3, prefs: ["lab"] } },
 *   reviewers: { lab: { quantity: 2, prefs: ["lot"] } },
 * });
 * const certificate = certifyAllocation(market, stableAllocation(market));
 * checkAllocationCertificate(market, certificate).valid; // => true
 * checkAllocationCertificate(market, { ...certificate, cutoffs: [[1, 1]] }).valid; // => false
 * ```
 */
export function checkAllocationCertificate(
  market: AllocationMarket,
  certificate: AllocationCertificate,
): AllocationCertificateCheck {
  checkAllocationMarket(market);
  const invalid = (reason: string): AllocationCertificateCheck => ({ valid: false, reason });
  let read: AllocationCertificate;
  try {
    read = check(certificateShape, certificate, "certificate");
  } catch (error) {
    return invalid((error as Error).message);
  }
  const { version, bestFor, cutoffs, potentials } = read;
  if (version !== 1) return invalid("It is not a certificate of version 1.");
  if (bestFor !== "proposers" && bestFor !== "reviewers")
    return invalid("It does not say for which side the allocation is best.");
  if (read.market !== hashAllocationMarket(market)) return invalid("It is of another market.");
  const side = otherSide(bestFor);
  const { ids, count } = market[side];
  if (cutoffs.length !== count || potentials.length !== count)
    return invalid(`It must have a cutoff and a potential for each of ${count} ${side}.`);
  const passive = market[side];
  const bounds = new Uint32Array(count); // the last place admitted, plus 1
  const last = new Float64Array(count);
  const potential = new Float64Array(count);
  const order = idOrder(market, side);
  for (let i = 0; i < count; i++) {
    const b = order[i] as number;
    const [start, end] = [passive.offsets[b] as number, passive.offsets[b + 1] as number];
    const [places, amount] = cutoffs[i] as readonly [number, number];
    const name = JSON.stringify(ids[b]);
    if (!isWhole(places, 0, end - start) || !isWhole(amount, -1, Number.MAX_SAFE_INTEGER))
      return invalid(`The cutoff of ${name} is not a place in its list and an amount.`);
    if (!isWhole(potentials[i], 0, Number.MAX_SAFE_INTEGER))
      return invalid(`The potential of ${name} is not a whole number from 0.`);
    bounds[b] = start + places;
    last[b] = amount === -1 ? Number.POSITIVE_INFINITY : amount;
    potential[b] = potentials[i] as number;
  }

  const { activeAmounts, amounts } = demand(market, bestFor, bounds, last);
  const taken = new Float64Array(count);
  for (let b = 0; b < count; b++)
    for (let k = passive.offsets[b] as number; k < (passive.offsets[b + 1] as number); k++)
      (taken[b] as number) += amounts[k] as number;
  for (let b = 0; b < count; b++) {
    const [name, has, takes] = [
      JSON.stringify(ids[b]),
      passive.quantities[b] as number,
      taken[b] as number,
    ];
    if (takes > has) return invalid(`${name} would trade ${takes} and has ${has}.`);
    const admitsAll = bounds[b] === passive.offsets[b + 1] && last[b] === Number.POSITIVE_INFINITY;
    if (takes < has && !admitsAll)
      return invalid(
        `${name} would have something left over and does not admit everybody in its list.`,
      );
  }
  const to = exchanges(market, bestFor, activeAmounts, amounts);
  for (let b = 0; b < count; b++)
    if (to[b] !== nobody && (potential[b] as number) <= (potential[to[b] as number] as number))
      return invalid(
        `The potential does not fall from ${JSON.stringify(ids[b])} to ${JSON.stringify(ids[to[b] as number])}.`,
      );
  const allocation = allocationOf(market, side, amounts);
  if (read.allocation !== hashAllocation(market, allocation))
    return invalid("Its cutoffs lead to another allocation than the one it names.");
  return { valid: true, allocation };
}

/** What active agents take, down their lists, of those who admit them: for each place of either side's lists. */
function demand(
  market: AllocationMarket,
  bestFor: SideName,
  bounds: Uint32Array,
  last: Float64Array,
): { activeAmounts: Float64Array; amounts: Float64Array } {
  const active = market[bestFor];
  const passive = market[otherSide(bestFor)];
  const capacity = capacityAt(market, bestFor);
  const counterpart = counterparts(active, passive);
  const activeAmounts = new Float64Array(active.lists.length);
  const amounts = new Float64Array(passive.lists.length);
  for (let a = 0; a < active.count; a++) {
    const end = active.offsets[a + 1] as number;
    let left = active.quantities[a] as number;
    for (let k = active.offsets[a] as number; k < end && left > 0; k++) {
      const b = active.lists[k] as number;
      const place = counterpart[k] as number;
      const bound = bounds[b] as number;
      if (place >= bound) continue; // `noPlace` too
      const most = Math.min(left, capacity(k, place));
      const amount = place === bound - 1 ? Math.min(most, last[b] as number) : most;
      left -= amount;
      activeAmounts[k] = amount;
      amounts[place] = amount;
    }
  }
  return { activeAmounts, amounts };
}

const isWhole = (value: unknown, least: number, most: number): value is number =>
  Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;

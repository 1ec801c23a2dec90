// The cheapest closed set of a partial order, by a minimum cut (Picard 1976).
import { connect, emptyNetwork, maximumFlow } from "../graph/flow.js";

/**
 * Among all sets of items that hold, with each item, its predecessors, finds the one with the least total weight;
 * of several, the smallest, which is contained in all others.
 *
 * An item with negative weight hangs on the source, one with positive weight on the sink, and an item draws its
 * predecessors with it by an arc that cannot be cut; what the minimum cut leaves with the source is the set.
 *
 * @param weights What adding each item costs; whole numbers, so that the flow is exact.
 * @param predecessors For each item, the items that must be in the set with it.
 */
export function cheapestClosedSet(
  weights: readonly number[],
  predecessors: readonly (readonly number[])[],
): number[] {
  const source = weights.length;
  const sink = source + 1;
  const network = emptyNetwork(sink + 1);
  weights.forEach((weight, item) => {
    if (weight < 0) connect(network, source, item, -weight);
    if (weight > 0) connect(network, item, sink, weight);
    for (const before of predecessors[item] as readonly number[])
      connect(network, item, before, Number.POSITIVE_INFINITY);
  });
  const kept = maximumFlow(network, source, sink);
  return [...weights.keys()].filter((item) => kept[item]);
}

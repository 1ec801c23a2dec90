// Minimum cut by Dinic's algorithm (1970), and the cheapest closed set of an order by it (Picard 1976).

/** A network under construction: arcs in pairs, each followed by its reverse. */
interface Network {
  readonly to: number[];
  readonly capacity: number[];
  readonly arcs: number[][];
}

function connect(network: Network, from: number, to: number, capacity: number): void {
  (network.arcs[from] as number[]).push(network.to.length);
  network.to.push(to);
  network.capacity.push(capacity);
  (network.arcs[to] as number[]).push(network.to.length);
  network.to.push(from);
  network.capacity.push(0);
}

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
  const network: Network = {
    to: [],
    capacity: [],
    arcs: Array.from({ length: sink + 1 }, () => []),
  };
  weights.forEach((weight, item) => {
    if (weight < 0) connect(network, source, item, -weight);
    if (weight > 0) connect(network, item, sink, weight);
    for (const before of predecessors[item] as readonly number[])
      connect(network, item, before, Number.POSITIVE_INFINITY);
  });
  let levels = levelsFrom(network, source);
  while ((levels[sink] as number) >= 0) {
    blockingFlow(network, levels, source, sink);
    levels = levelsFrom(network, source);
  }
  return [...weights.keys()].filter((item) => (levels[item] as number) >= 0);
}

/** Distance from the source over arcs with capacity left; -1 where there is no way. */
function levelsFrom({ to, capacity, arcs }: Network, source: number): number[] {
  const levels = new Array<number>(arcs.length).fill(-1);
  levels[source] = 0;
  const queue = [source];
  for (const node of queue)
    for (const arc of arcs[node] as number[]) {
      const target = to[arc] as number;
      if ((capacity[arc] as number) > 0 && levels[target] === -1) {
        levels[target] = (levels[node] as number) + 1;
        queue.push(target);
      }
    }
  return levels;
}

/** Sends flow along shortest ways until every one of them has a full arc. */
function blockingFlow(network: Network, levels: number[], source: number, sink: number): void {
  const { to, capacity, arcs } = network;
  const tried = new Uint32Array(arcs.length);
  const way: number[] = [];
  for (let node = source; ; ) {
    if (node === sink) {
      const flow = Math.min(...way.map((arc) => capacity[arc] as number));
      for (const arc of way) {
        (capacity[arc] as number) -= flow;
        (capacity[arc ^ 1] as number) += flow;
      }
      way.length = 0;
      node = source;
      continue;
    }
    const arc = (arcs[node] as number[])[tried[node] as number];
    if (arc === undefined) {
      const back = way.pop();
      if (back === undefined) return;
      node = to[back ^ 1] as number;
      (tried[node] as number)++;
    } else if (
      (capacity[arc] as number) > 0 &&
      levels[to[arc] as number] === (levels[node] as number) + 1
    ) {
      way.push(arc);
      node = to[arc] as number;
    } else (tried[node] as number)++;
  }
}

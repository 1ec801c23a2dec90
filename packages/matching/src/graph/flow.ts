// Maximum flow by Dinic's algorithm (1970), for minimum cuts and for matchings with capacities.

/** A network: arcs in pairs, each followed by its reverse, whose capacity is the flow over the arc. */
export interface Network {
  readonly to: number[];
  readonly capacity: number[];
  readonly arcs: number[][];
}

/** A network of so many nodes and no arcs. */
export const emptyNetwork = (nodes: number): Network => ({
  to: [],
  capacity: [],
  arcs: Array.from({ length: nodes }, () => []),
});

/** Adds an arc and returns its number. */
export function connect(network: Network, from: number, to: number, capacity: number): number {
  const arc = network.to.length;
  (network.arcs[from] as number[]).push(arc);
  network.to.push(to);
  network.capacity.push(capacity);
  (network.arcs[to] as number[]).push(arc + 1);
  network.to.push(from);
  network.capacity.push(0);
  return arc;
}

/**
 * Sends as much flow as possible; afterwards the arcs' capacities are what is left of them.
 *
 * @returns For each node, whether it is on the source's side of the smallest minimum cut.
 */
export function maximumFlow(network: Network, source: number, sink: number): boolean[] {
  let levels = levelsFrom(network, source);
  while ((levels[sink] as number) >= 0) {
    blockingFlow(network, levels, source, sink);
    levels = levelsFrom(network, source);
  }
  return levels.map((level) => level >= 0);
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
      (tried[node] as number) += 1;
    } else if (
      (capacity[arc] as number) > 0 &&
      levels[to[arc] as number] === (levels[node] as number) + 1
    ) {
      way.push(arc);
      node = to[arc] as number;
    } else (tried[node] as number) += 1;
  }
}

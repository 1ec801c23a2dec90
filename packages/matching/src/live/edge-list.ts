// A long list of edges in blocks, so that an insertion moves a few hundred entries and not the whole list.

/** Edges in order, cut into blocks of 1 to `blockSize` edges; no blocks where there are no edges. */
export type EdgeList = number[][];

const blockSize = 512;

/** Cuts an array of edges into blocks; a short array is kept as its only block. */
export function edgeList(edges: number[]): EdgeList {
  if (edges.length <= blockSize) return edges.length === 0 ? [] : [edges];
  const list: EdgeList = [];
  for (let from = 0; from < edges.length; from += blockSize)
    list.push(edges.slice(from, from + blockSize));
  return list;
}

/** How many edges a list has. */
export function lengthOf(list: EdgeList): number {
  let length = 0;
  for (const block of list) length += block.length;
  return length;
}

/** Between which keys a place (0 .. length) of a list lies: 2 beyond the first or last key at the ends. */
export function keysAround(
  list: EdgeList,
  place: number,
  keys: Float64Array,
): readonly [number, number] {
  if (list.length === 0) return [0, 2];
  const [b, at] = blockAt(list, place);
  const block = list[b] as number[];
  const next = at < block.length ? block[at] : list[b + 1]?.[0];
  if (at === 0) {
    const first = keys[next as number] as number;
    return [first - 2, first];
  }
  const low = keys[block[at - 1] as number] as number;
  return [low, next === undefined ? low + 2 : (keys[next] as number)];
}

/** Puts an edge at a place from 0 to the list's length. */
export function insertAt(list: EdgeList, place: number, e: number): void {
  if (list.length === 0) {
    list.push([e]);
    return;
  }
  const [b, at] = blockAt(list, place);
  const block = list[b] as number[];
  if (at === block.length) block.push(e);
  else block.splice(at, 0, e);
  if (block.length > blockSize) list.splice(b + 1, 0, block.splice(blockSize / 2));
}

/** Takes out the edge whose key is `key`. */
export function removeKey(list: EdgeList, key: number, keys: Float64Array): void {
  const b = lastBlockFrom(list, key, keys);
  const block = list[b] as number[];
  block.splice(firstAfter(block, key, keys) - 1, 1);
  if (block.length === 0) list.splice(b, 1);
}

/** The edges whose keys are above `key`, in order; the list must not change meanwhile. */
export function* edgesAfter(
  list: EdgeList,
  key: number,
  keys: Float64Array,
): IterableIterator<number> {
  for (let b = Math.max(0, lastBlockFrom(list, key, keys)); b < list.length; b++) {
    const block = list[b] as number[];
    for (let at = firstAfter(block, key, keys); at < block.length; at++) yield block[at] as number;
  }
}

/** The first place in a sorted array of edges whose key is above `key`. */
export function firstAfter(edges: readonly number[], key: number, keys: Float64Array): number {
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[edges[middle] as number] as number) > key) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The block a place falls into and where in it; a place between two blocks is the end of the earlier. */
function blockAt(list: EdgeList, place: number): readonly [number, number] {
  let b = 0;
  let at = place;
  for (; at > (list[b] as number[]).length; b++) at -= (list[b] as number[]).length;
  return [b, at];
}

/** The last block whose first key is at most `key`; -1 where there is none. */
function lastBlockFrom(list: EdgeList, key: number, keys: Float64Array): number {
  let b = list.length - 1;
  while (b >= 0 && (keys[(list[b] as number[])[0] as number] as number) > key) b--;
  return b;
}

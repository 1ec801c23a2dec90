// A map that is never modified: setting a key returns a new map that shares all but a few nodes with the old one.
// So every state of a ledger can be kept, and going back to an earlier one costs nothing.
// It is a hash array mapped trie (Bagwell, "Ideal Hash Trees", 2001): 32 ways a level, 5 bits of the hash each.

/** All keys whose hash is the same: almost always one. */
interface Leaf<V> {
  readonly kind: "leaf";
  readonly hash: number;
  readonly entries: readonly (readonly [key: string, value: V])[];
}

interface Branch<V> {
  readonly kind: "branch";
  /** Bit i is set if there is a child for the five hash bits i. */
  readonly bitmap: number;
  readonly children: readonly Node<V>[];
}

type Node<V> = Leaf<V> | Branch<V>;

/** A map from strings to values that is never modified. */
export interface PersistentMap<V> {
  readonly size: number;
  readonly root: Node<V> | undefined;
}

const nothing: PersistentMap<never> = /* @__PURE__ */ Object.freeze({ size: 0, root: undefined });

/** The map without keys. */
export function emptyMap<V>(): PersistentMap<V> {
  return nothing;
}

/** FNV-1a over the UTF-16 code units. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

function bitCount(bits: number): number {
  let n = bits - ((bits >>> 1) & 0x55555555);
  n = (n & 0x33333333) + ((n >>> 2) & 0x33333333);
  return Math.imul((n + (n >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** The value of a key, or undefined. */
export function mapGet<V>(map: PersistentMap<V>, key: string): V | undefined {
  const hash = hashOf(key);
  let node = map.root;
  for (let shift = 0; node !== undefined && node.kind === "branch"; shift += 5) {
    const bit = 1 << ((hash >>> shift) & 31);
    if ((node.bitmap & bit) === 0) return undefined;
    node = node.children[bitCount(node.bitmap & (bit - 1))];
  }
  return node?.entries.find(([name]) => name === key)?.[1];
}

/** The map with a key set to a value. */
export function mapSet<V>(map: PersistentMap<V>, key: string, value: V): PersistentMap<V> {
  const known = mapGet(map, key) !== undefined;
  const leaf: Leaf<V> = { kind: "leaf", hash: hashOf(key), entries: [[key, value]] };
  return {
    size: known ? map.size : map.size + 1,
    root: map.root === undefined ? leaf : insert(map.root, leaf, 0),
  };
}

/** The map without a key; takes time with the whole map. */
export function mapDelete<V>(map: PersistentMap<V>, key: string): PersistentMap<V> {
  return mapEntries(map).reduce<PersistentMap<V>>(
    (rest, [name, value]) => (name === key ? rest : mapSet(rest, name, value)),
    nothing,
  );
}

function insert<V>(node: Node<V>, leaf: Leaf<V>, shift: number): Node<V> {
  if (node.kind === "leaf") {
    if (node.hash !== leaf.hash) return split(node, leaf, shift);
    const key = leaf.entries[0]?.[0];
    return {
      ...node,
      entries: [...node.entries.filter(([name]) => name !== key), ...leaf.entries],
    };
  }
  const bit = 1 << ((leaf.hash >>> shift) & 31);
  const at = bitCount(node.bitmap & (bit - 1));
  const children = node.children.slice();
  if ((node.bitmap & bit) === 0) children.splice(at, 0, leaf);
  else children[at] = insert(children[at] as Node<V>, leaf, shift + 5);
  return { kind: "branch", bitmap: node.bitmap | bit, children };
}

/** A branch over two leaves of different hashes. */
function split<V>(a: Leaf<V>, b: Leaf<V>, shift: number): Branch<V> {
  const [i, j] = [(a.hash >>> shift) & 31, (b.hash >>> shift) & 31];
  if (i === j) return { kind: "branch", bitmap: 1 << i, children: [split(a, b, shift + 5)] };
  return { kind: "branch", bitmap: (1 << i) | (1 << j), children: i < j ? [a, b] : [b, a] };
}

/** Keys and values, sorted by key, so that no order of insertion shows. */
export function mapEntries<V>(map: PersistentMap<V>): (readonly [key: string, value: V])[] {
  const found: (readonly [string, V])[] = [];
  const visit = (node: Node<V>): void => {
    if (node.kind === "leaf") found.push(...node.entries);
    else for (const child of node.children) visit(child);
  };
  if (map.root !== undefined) visit(map.root);
  return found.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

/** Values, sorted by their keys. */
export function mapValues<V>(map: PersistentMap<V>): V[] {
  return mapEntries(map).map(([, value]) => value);
}

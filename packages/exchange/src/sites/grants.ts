// What a site does with the pairs that the matching gave it: it seals and grants, releases keys, and ends what must end.
import type { GrantItem, PairView, Profile } from "@emrx/chain-adapter/calls";
import { purposeCovers } from "@emrx/chain-adapter/contracts";
import {
  type Batch,
  type BundleFacts,
  type ContentStore,
  contentIdOfHash,
  sealBundle,
  wrapKey,
} from "@emrx/chain-adapter/payload";
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { submitCall } from "../ledger/calls.js";
import type { Notes } from "../ledger/notes.js";
import { bundleFacts, type Round } from "../round/read.js";
import type { PartyOptions } from "../round/step.js";

/** The policy under which a site grants. */
export const POLICY = "publication";

/** What was sealed for a requester, before it was granted. */
interface Sealed {
  readonly root: string;
  readonly keyCommitment: string;
  /** Hexadecimal; empty once it is forgotten. */
  readonly key: string;
  /** Leaves that are left out. */
  readonly out: readonly number[];
}

interface Wishes {
  /** Leaves of patients who changed their mind. */
  readonly withdrawn: readonly number[];
  /** Requesters to be revoked. */
  readonly revoked: readonly string[];
}

/** What a site does with its pairs, step by step. Each step says what it did. */
export interface Grants {
  /** Writes down who changed their mind: leaves that were withdrawn, requesters to be revoked. */
  wish(round: number, more: Partial<Wishes>): Promise<void>;
  /** Seals, uploads and grants, in this order. */
  grant(round: Round, batch: Batch): Promise<string[]>;
  /** Wraps the keys of permitted pairs to their requesters. */
  release(round: Round): Promise<string[]>;
  /** Ends what was asked to end. */
  revoke(round: Round): Promise<string[]>;
  /** Deletes content that nobody can be given any more, and forgets its key. */
  clean(round: Round): Promise<string[]>;
}

/** The grants of a site of this name, which notes what it is about to do. */
export function grantsOf(
  { ledger, identity, secret, store }: PartyOptions & { readonly store: ContentStore },
  id: string,
  notes: Notes,
): Grants {
  const wishesOf = async (round: number): Promise<Wishes> =>
    (await notes.readJson<Wishes>(`${round}/wishes`)) ?? { withdrawn: [], revoked: [] };
  const sealedOf = async (round: number): Promise<Record<string, Sealed>> =>
    (await notes.readJson<Record<string, Sealed>>(`${round}/sealed`)) ?? {};

  /**
   * Tells of a pair whether its grant must end: somebody asked for that, or a report in it was withdrawn and is not released.
   * The ledger may not know of it yet, and even a call that is refused would hand out the key.
   */
  async function ending(round: number): Promise<(pair: PairView) => boolean> {
    const { withdrawn, revoked } = await wishesOf(round);
    const left = new Set(withdrawn);
    const sealed = await sealedOf(round);
    return (pair) =>
      revoked.includes(pair.requester) ||
      (pair.wrappedKey === undefined && holdsSealed(pair, left, sealed[pair.requester]));
  }

  /** Seals, uploads and grants, in this order; what it sealed is written down before it is uploaded. */
  async function grantNow(round: Round, batch: Batch): Promise<string[]> {
    const { withdrawn, revoked } = await wishesOf(round.round);
    const left = new Set(withdrawn);
    const due = round.pairs.filter(
      (pair) =>
        pair.site === id &&
        pair.grant === undefined &&
        !revoked.includes(pair.requester) &&
        mayGrant(round, pair, left),
    );
    if (due.length === 0) return [];
    const policy = await ledger.view({ type: "access.policy", site: id, policyId: POLICY });
    const earlier = await sealedOf(round.round);
    const sealed: Record<string, Sealed> = { ...earlier };
    const contents: Uint8Array<ArrayBuffer>[] = [];
    const grants: GrantItem[] = [];
    for (const pair of due) {
      const facts: BundleFacts = bundleFacts(round, pair);
      const { content, root, key, keyCommitment } = await sealBundle(batch, facts, {
        secret,
        withdrawn: left,
      });
      const before = earlier[pair.requester];
      // What was sealed before somebody withdrew is of no use any more.
      if (before !== undefined && before.root !== root)
        await store.delete(contentIdOfHash(hexToBytes(before.root)));
      sealed[pair.requester] = { root, keyCommitment, key: bytesToHex(key), out: withdrawn };
      contents.push(content);
      grants.push({
        ...{ requester: pair.requester, root, keyCommitment },
        ...{ policyId: POLICY, policyVersion: policy?.version ?? 1 },
      });
    }
    await notes.writeJson(`${round.round}/sealed`, sealed);
    for (const content of contents) await store.put(content);
    const call = { type: "access.grant", round: round.round, grants } as const;
    const outcome = await submitCall(ledger, identity, call);
    const granted = "events" in outcome ? accepted(outcome.events, "access.granted") : new Set();
    const refused = grants.filter(({ requester }) => !granted.has(requester));
    for (const { root } of refused) await store.delete(contentIdOfHash(hexToBytes(root)));
    return [`granted ${granted.size} bundles in round ${round.round}`];
  }

  async function releaseNow(round: Round): Promise<string[]> {
    const mustEnd = await ending(round.round);
    const sealed = await sealedOf(round.round);
    const due = round.pairs.filter(
      (pair) =>
        pair.site === id &&
        pair.read?.decision === "permit" &&
        pair.wrappedKey === undefined &&
        pair.revoked === undefined &&
        !mustEnd(pair) &&
        pair.grant?.root === sealed[pair.requester]?.root,
    );
    if (due.length === 0) return [];
    const releases = await Promise.all(
      due.map(async (pair) => {
        const { root, key } = sealed[pair.requester] as Sealed;
        const facts = {
          ...bundleFacts(round, pair),
          root,
          oneTimeKey: pair.read?.oneTimeKey ?? "",
        };
        return { requester: pair.requester, wrappedKey: await wrapKey(facts, hexToBytes(key)) };
      }),
    );
    const call = { type: "access.release", round: round.round, releases } as const;
    const outcome = await submitCall(ledger, identity, call);
    const released = "events" in outcome ? accepted(outcome.events, "access.released") : new Set();
    return [`released ${released.size} keys in round ${round.round}`];
  }

  /** Ends what was asked to end: first the ledger, then the key, then the content. */
  async function revokeNow(round: Round): Promise<string[]> {
    const mustEnd = await ending(round.round);
    const due = round.pairs.filter(
      (pair) =>
        pair.site === id && pair.grant !== undefined && pair.revoked === undefined && mustEnd(pair),
    );
    if (due.length === 0) return [];
    const requesters = due.map(({ requester }) => requester);
    const call = { type: "access.revoke", round: round.round, requesters } as const;
    await submitCall(ledger, identity, call);
    return [`revoked ${requesters.length} grants in round ${round.round}`];
  }

  /** Deletes content that nobody can be given any more, and forgets its key. */
  async function clean(round: Round): Promise<string[]> {
    const sealed = await sealedOf(round.round);
    const over = !["offer", "seed", "grant"].includes(round.phase);
    const gone = Object.entries(sealed).filter(([requester, { root, key }]) => {
      const pair = round.pairs.find((one) => one.site === id && one.requester === requester);
      if (key === "") return false;
      if (pair?.grant?.root !== root) return over;
      if (pair.wrappedKey !== undefined) return false;
      return (
        pair.revoked !== undefined ||
        pair.missing === true ||
        pair.read?.decision === "deny" ||
        ["claim", "settle", "void"].includes(round.phase)
      );
    });
    if (gone.length === 0) return [];
    for (const [, { root }] of gone) await store.delete(contentIdOfHash(hexToBytes(root)));
    // The keys last: until they are forgotten, a step deletes the contents again.
    for (const [requester, one] of gone) sealed[requester] = { ...one, key: "" };
    await notes.writeJson(`${round.round}/sealed`, sealed);
    return [`deleted ${gone.length} contents of round ${round.round}`];
  }

  return {
    async wish(round, { withdrawn = [], revoked = [] }) {
      const before = await wishesOf(round);
      const wishes: Wishes = {
        withdrawn: [...new Set([...before.withdrawn, ...withdrawn])],
        revoked: [...new Set([...before.revoked, ...revoked])],
      };
      await notes.writeJson(`${round}/wishes`, wishes);
    },
    grant: grantNow,
    release: releaseNow,
    revoke: revokeNow,
    clean,
  };
}

/** Whether a sealed bundle holds a report that has been withdrawn since: one of these leaves is not left out of it. */
function holdsSealed(pair: PairView, left: ReadonlySet<number>, of: Sealed | undefined): boolean {
  if (of === undefined) return false;
  const out = new Set(of.out);
  return pair.ranges.some(({ from, to }) => {
    for (let leaf = from; leaf < to; leaf++) if (left.has(leaf) && !out.has(leaf)) return true;
    return false;
  });
}

/** Requesters of the events of one type. */
function accepted(
  events: readonly { readonly type: string; readonly requester?: string }[],
  type: string,
): Set<string | undefined> {
  return new Set(events.filter((event) => event.type === type).map(({ requester }) => requester));
}

/** The site's own look at a pair: no refused purpose, and no chunk with more withdrawn rows than the publication allows. */
function mayGrant(round: Round, pair: PairView, withdrawn: ReadonlySet<number>): boolean {
  const { profiles, chunk } = round.document;
  const purpose = round.requests.find(({ requester }) => requester === pair.requester)?.purpose;
  if (purpose === undefined) return false;
  return pair.ranges.every(({ from, to, profile }) => {
    const { refuses } = profiles[profile] as Profile;
    if (refuses.some((code) => purposeCovers(code, purpose) || purposeCovers(purpose, code)))
      return false;
    for (let at = from; at < to; at += chunk.length) {
      let gone = 0;
      for (let leaf = at; leaf < Math.min(to, at + chunk.length); leaf++)
        if (withdrawn.has(leaf)) gone++;
      if (gone > chunk.withdrawn) return false;
    }
    return true;
  });
}

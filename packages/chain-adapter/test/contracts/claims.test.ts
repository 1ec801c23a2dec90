// Claims over real bundles: what a requester finds wrong with what was released to it, the contract finds wrong, too.
import { describe, expect, test } from "vitest";
import {
  type Batch,
  type BundleFacts,
  buildBatch,
  chunkPlaces,
  openBundle,
  sealBundle,
  wrapKey,
} from "../../src/payload.js";
import * as w from "./world.js";
import { World } from "./world.js";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const [secret, labSecret] = [new Uint8Array(32).fill(5), new Uint8Array(32).fill(0x46)];
const scope = { ledger: w.ledger, site: w.siteA, round: 1, schemaHash: w.hash(1) };

/** A report of the first profile as ldp-core lays it out, the second attribute at this level. */
function reportOf(value: number, level: number): Uint8Array {
  const header = Buffer.from(`01${w.hash(1)}0200`, "hex");
  return Uint8Array.from([...header, 0, 0, 0, value, 1, 0, level, value]);
}

/** A batch of eight patients, all with reports at this level; the profile's is 1. */
function batchOf(level = 1): Batch {
  const reports = Array.from({ length: 8 }, (_, i) => reportOf(i, level));
  const length = (reports[0] as Uint8Array).length;
  return buildBatch({
    scope,
    rootSecret: secret,
    patients: Uint32Array.from({ length: 8 }, (_, i) => i),
    profiles: new Uint32Array(8),
    reports: {
      count: 8,
      bytes: Uint8Array.from(reports.flatMap((report) => [...report])),
      offsets: Uint32Array.from({ length: 9 }, (_, i) => i * length),
    },
  });
}

/** Plays a round in which siteA sells this batch to labX, up to the claim window. */
async function sold(level = 1, withdrawn: readonly number[] = []) {
  const batch = batchOf(level);
  const world = new World();
  world.ok(w.stranger, w.register);
  world.ok(w.opener, await w.open());
  world.ok(w.siteA, w.policy());
  const offered = { root: hex(batch.root), classes: [w.offered()] };
  world.ok(w.siteA, { type: "trade.offer", round: 1, batch: offered });
  world.ok(w.labX, w.request({ quota: 7 }));
  world.at(1100).ok(w.seeders[0], w.seed(0));
  const [pair] = world.at(1200).round().pairs;
  if (pair === undefined) throw new Error("nothing was matched");
  const facts: BundleFacts = {
    ...scope,
    requester: w.labX,
    suite: 1,
    chunk: w.publication.chunk,
    batchRoot: hex(batch.root),
    batchCount: 8,
    ranges: pair.ranges,
    profiles: w.publication.profiles,
  };
  // A site that cheats seals by rules of its own: any level, any number of withdrawn rows.
  const own: BundleFacts = {
    ...facts,
    chunk: { ...facts.chunk, withdrawn: 8 },
    profiles: [{ levels: [0, level], bytes: [1, 1], disclosed: 2 }],
  };
  const sealed = await sealBundle(batch, own, { secret, withdrawn: new Set(withdrawn) });
  const { root, keyCommitment } = sealed;
  const grants = [w.granted({ root, keyCommitment })];
  world.ok(w.siteA, { type: "access.grant", round: 1, grants });
  world.at(1300).ok(w.labX, w.read());
  const oneTimeKey = world.round().pairs[0]?.read?.oneTimeKey as string;
  const granted = { ...facts, root, keyCommitment, oneTimeKey };
  const wrappedKey = await wrapKey(granted, sealed.key);
  const releases = [{ requester: w.labX, wrappedKey }];
  world.at(1400).ok(w.siteA, { type: "access.release", round: 1, releases });
  return { world: world.at(1500), released: { ...granted, wrappedKey }, sealed };
}

describe("a bundle", () => {
  test("that is right: no claim of it is founded, and it is paid", async () => {
    const { world, released, sealed } = await sold();
    const opened = await openBundle(released, sealed.content, labSecret);
    expect(opened).toMatchObject({ reports: { count: 7 } });
    expect(world.refused(w.labX, w.claim())).toBe("EMRX_CLAIM_UNFOUNDED");
    world.at(1600).ok(w.stranger, w.settle());
    expect(world.pairs()).toEqual({ "a1 b1": "7 paid" });
  });

  test.each([
    ["another level than its profile has", 0, []],
    ["more rows withdrawn than the publication allows", 1, [0, 1, 2, 3, 4, 5, 6, 7]],
  ] as const)(
    "with %s: opening it gives the claim, which is proven",
    async (_, level, withdrawn) => {
      const { world, released, sealed } = await sold(level, withdrawn);
      const opened = await openBundle(released, sealed.content, labSecret);
      if (!("evidence" in opened)) throw new Error("the requester found nothing wrong");
      const call = {
        type: "access.claim",
        round: 1,
        site: w.siteA,
        evidence: opened.evidence,
      } as const;
      expect(world.refused(w.labY, call)).toBe("EMRX_NOT_ALLOCATED");
      expect(world.ok(w.labX, call)[0]).toMatchObject({ type: "access.claimed", kind: "chunk" });
      world.at(1600).ok(w.stranger, w.settle());
      expect(world.pairs()).toEqual({ "a1 b1": "7 wrong" });
    },
  );

  test("chunks follow the pair's ranges, and none spans two", async () => {
    const { released } = await sold();
    const ranges = released.ranges.map(({ from, to }) => to - from);
    expect(ranges.reduce((a, b) => a + b)).toBe(7);
    expect(chunkPlaces(released)).toHaveLength(
      ranges.reduce((sum, length) => sum + Math.ceil(length / 2), 0),
    );
  });
});

// What parties that deviate can do, and that it harms nobody else. Only they write calls by hand.
import type { Call, ChainAdapter, Identity } from "@emrx/chain-adapter";
import { createIdentity, LedgerError, signCall } from "@emrx/chain-adapter";
import {
  contentIdOf,
  contentIdOfHash,
  createMemoryContentStore,
  wrapKey,
} from "@emrx/chain-adapter/payload";
import { auditExchange, readRound } from "@emrx/exchange";
import { hexToBytes } from "@noble/hashes/utils.js";
import { expect, test } from "vitest";
import { during, intend, openWorld, publication, runRound, type World } from "./world.js";

async function call(ledger: ChainAdapter, signer: Identity, wanted: Call): Promise<string> {
  try {
    const key = String((await ledger.checkpoint()).size);
    await ledger.submit(await signCall(ledger.id, signer, wanted, { key }));
    return "accepted";
  } catch (error) {
    if (error instanceof LedgerError) return error.code;
    throw error;
  }
}

const identityOf = (byte: number): Promise<Identity> =>
  createIdentity({ secretKey: new Uint8Array(32).fill(byte) });

/** Every party but these steps once in a window. */
async function others(
  world: World,
  window: Parameters<typeof during>[2],
  but: readonly object[] = [],
) {
  during(world, world.windows, window);
  for (const party of [...world.seeders, ...world.sites, ...world.labs])
    if (!but.includes(party)) await party.step(1);
}

async function ended(world: World) {
  await runRound(world);
  const round = await readRound(world.ledger, 1);
  if (round === undefined) throw new Error("no round");
  const { ledger, store } = world;
  const audit = await auditExchange({ ledger, store, publications: [publication] });
  expect(audit.checks.filter(({ passed }) => !passed)).toEqual([]);
  expect((await ledger.view({ type: "trade.escrow" })).held).toBe("0");
  return { round, audit };
}

test("content that is not in the store is reported missing: both lose the bond, and nobody else loses anything", async () => {
  const store = createMemoryContentStore();
  const world = await openWorld({ store });
  await intend(world);
  await others(world, "seed");
  await others(world, "grant");
  const [bad] = (await readRound(world.ledger, 1))?.pairs ?? [];
  await store.delete(contentIdOfHash(hexToBytes(bad?.grant?.root ?? "")));
  const { round, audit } = await ended(world);
  for (const { site, requester, outcome } of round.pairs)
    expect(outcome).toBe(site === bad?.site && requester === bad.requester ? "missing" : "paid");
  expect(audit.findings).toEqual([]);
  expect(audit.undecided).toMatchObject([{ parties: [bad?.site, bad?.requester] }]);
  const { forfeited } = await world.ledger.view({ type: "trade.escrow" });
  expect(forfeited).toBe(String(2 * 2 * (bad?.units ?? 0)));
});

test("a key that is not the bundle's is proven wrong by the requester's step: it gets money and bond", async () => {
  const world = await openWorld();
  const { ledger } = world;
  await intend(world);
  await others(world, "seed");
  await others(world, "grant");
  await others(world, "read");
  during(world, world.windows, "release");
  const before = await readRound(ledger, 1);
  const bad = before?.pairs.find(({ site }) => site === world.sites[0]?.id);
  if (bad?.grant === undefined || bad.read === undefined) throw new Error("nothing granted");
  const { site, requester } = bad;
  const pair = { ledger: ledger.id, round: 1, site, requester, root: bad.grant.root };
  const wrappedKey = await wrapKey(
    { ...pair, oneTimeKey: bad.read.oneTimeKey },
    new Uint8Array(32).fill(1),
  );
  const release = {
    type: "access.release",
    round: 1,
    releases: [{ requester, wrappedKey }],
  } as const;
  expect(await call(ledger, await identityOf(1), release)).toBe("accepted");
  const { round, audit } = await ended(world);
  for (const { site: of, requester: to, outcome } of round.pairs)
    expect(outcome).toBe(of === site && to === requester ? "wrong" : "paid");
  expect(audit.findings).toMatchObject([{ culprit: site, kind: "proven-wrong" }]);
  expect(audit.opened).toMatchObject([{ site }]);
});

test("a site that grants nothing, and one that releases nothing, pay their bonds; both are named", async () => {
  const world = await openWorld();
  await intend(world);
  const [lazy, mute] = world.sites as [World["sites"][0], World["sites"][0]];
  await others(world, "seed");
  await others(world, "grant", [lazy]);
  await others(world, "read", [lazy]);
  await others(world, "release", [lazy, mute]);
  during(world, world.windows, "claim");
  const { round, audit } = await ended(world);
  for (const { site, outcome } of round.pairs)
    expect(outcome).toBe(site === lazy.id ? "ungranted" : site === mute.id ? "unreleased" : "paid");
  const kinds = new Map(audit.findings.map(({ culprit, kind }) => [culprit, kind]));
  expect([...kinds]).toEqual(
    expect.arrayContaining([
      [lazy.id, "not-granted"],
      [mute.id, "not-released"],
    ]),
  );
  expect(kinds.size).toBe(2);
});

test("requests that are no good are refused, and stop nobody", async () => {
  const world = await openWorld();
  const { ledger } = world;
  const stranger = await identityOf(222);
  const terms = {
    purpose: "HRESCH",
    weights: { smoker: 1 },
    minimumWorth: 1,
    price: 50,
    quota: 10,
  } as const;
  const ask = (change: object) =>
    call(ledger, stranger, {
      type: "trade.request",
      round: 1,
      terms: { ...terms, ...change },
    } as never);
  expect(await ask({ weights: { unknown: 1 } })).toBe("EMRX_UNKNOWN_ATTRIBUTE");
  expect(await ask({ quota: 1e9 })).toBe("EMRX_OVER_LIMIT");
  expect(await ask({ price: 1e8 })).toBe("EMRX_OVER_LIMIT");
  // This one stands, and is never heard of again.
  expect(await ask({})).toBe("accepted");
  await intend(world);
  const { round, audit } = await ended(world);
  expect(round.pairs.every(({ outcome }) => outcome === "paid")).toBe(true);
  expect(audit.findings).toEqual([]);
});

test("reports that no randomizer made spoil only themselves", async () => {
  const world = await openWorld();
  await intend(world);
  await runRound(world);
  const study = (await world.labs[0]?.step(1))?.study;
  const { addUp } = await import("../src/sites/study.js");
  const { schema } = await import("./world.js");
  expect(study?.deliveries.every(({ malformed }) => malformed === 0)).toBe(true);
  const reports = { count: 1, bytes: new Uint8Array(40), offsets: Uint32Array.of(0, 40) };
  expect(addUp(schema, reports).malformed).toBe(1);
});

test("whoever reads the ledger and the store learns no pseudonym, leaf or report", async () => {
  const world = await openWorld();
  await intend(world);
  await runRound(world);
  const text: string[] = [];
  for await (const { bytes } of world.ledger.entries()) text.push(new TextDecoder().decode(bytes));
  const said = text.join("\n");
  const { keptOffer } = await import("../src/sites/offer-notes.js");
  const { notesIn } = await import("../src/ledger/notes.js");
  const [options] = world.siteOptions;
  const [site] = world.sites;
  if (options === undefined || site === undefined) throw new Error("no site");
  const kept = await keptOffer(
    notesIn(options.memory, world.ledger.id, site.id),
    1,
    options.secret,
  );
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
  for (let leaf = 0; leaf < (kept?.batch.count ?? 0); leaf++) {
    expect(said).not.toContain(hex(kept?.batch.tree.leaf(leaf) ?? new Uint8Array()));
    expect(said).not.toContain(
      hex(kept?.batch.pseudonyms.slice(32 * leaf, 32 * leaf + 32) ?? new Uint8Array()),
    );
  }
  expect(said).not.toContain("patient");
  expect(contentIdOf(new Uint8Array()).length).toBeGreaterThan(10);
});

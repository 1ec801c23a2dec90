// A site and a requester that go over to other keys in the middle of a round.
import { createIdentity } from "@emrx/chain-adapter";
import { partyId } from "@emrx/chain-adapter/identity";
import { createRecipient } from "@emrx/chain-adapter/payload";
import { auditExchange, type PublisherSite, publisherSite, requesterSite } from "@emrx/exchange";
import { announceKeys, replaceKey } from "@emrx/exchange/sites";
import { memoryStore } from "@emrx/ldp-core";
import { expect, test } from "vitest";
import { deliverAll, type Market, match, menus, openMarket, schema } from "./fixture.js";

const code = (expected: string) => expect.objectContaining({ code: expected }) as Error;
const identityOf = (byte: number) => createIdentity({ secretKey: new Uint8Array(32).fill(byte) });

/** The fixture's first site under another key. */
const siteUnder = async (market: Market, key: number, party: string): Promise<PublisherSite> =>
  publisherSite({
    ledger: market.ledger,
    store: market.store,
    schema,
    menus,
    identity: await identityOf(key),
    party,
    secret: new Uint8Array(32).fill(100),
    memory: memoryStore(),
    lifetimeBudget: "8",
  });

test("a site whose key was rotated delivers, sets policies, revokes and is paid under its name", async () => {
  const market = await openMarket();
  const { ledger } = market;
  const [old, publication, lab] = [market.sites[0], market.publications[0], market.labs[0]];
  if (!old || !publication || !lab) throw new Error("an empty market");
  const [first, safe] = [await identityOf(1), await identityOf(201)];
  await announceKeys({ ledger, identity: first, recoveryKey: safe });
  await replaceKey({ ledger, party: old.id, authority: first, next: await identityOf(202) });
  const site = await siteUnder(market, 202, old.id);
  expect(site.id).toBe(old.id);

  const round = await match(market);
  await expect(old.deliver(publication, round)).rejects.toThrow(code("EMRX_KEY_RETIRED"));
  await expect(old.setPolicy([])).rejects.toThrow(code("EMRX_KEY_RETIRED"));
  const delivered = await deliverAll({ ...market, sites: [site, ...market.sites.slice(1)] }, round);
  expect(delivered).toBe(round.result.held.length);
  const bundle = async () =>
    (await ledger.view({ type: "access.grant", round: 1, site: site.id, requester: lab.id }))
      ?.bundle ?? "";
  const before = await bundle();
  await expect(old.revoke(1, lab.id)).rejects.toThrow(code("EMRX_KEY_RETIRED"));
  await expect(old.regrant(publication, round, lab.id)).rejects.toThrow(
    code("EMRX_EXCHANGE_LEDGER"),
  );
  expect(await market.store.has(before)).toBe(true);
  await site.regrant(publication, round, lab.id);
  expect(await bundle()).not.toBe(before);
  // The second version of the policy, though this site object never set the first.
  await site.setPolicy([
    { effect: "permit", attributes: ["*"], levels: ["*"], purposes: ["*"], actors: ["*"] },
  ]);
  const study = await lab.collect(round);
  await lab.evaluate(study);
  expect(study.deliveries.map((delivery) => delivery.site)).toContain(site.id);
  const paid = await ledger.view({ type: "trade.credit", party: site.id });
  expect(Number(paid)).toBeGreaterThan(0);
  const { store } = market;
  const result = await auditExchange({ ledger, store, schema, menus, leafProofs: 30 });
  expect(result.checks.filter(({ passed }) => !passed)).toEqual([]);
});

test("a requester whose key was stolen recovers, and the thief's key reads nothing", async () => {
  const market = await openMarket();
  const { ledger, store } = market;
  const lab = market.labs[0];
  if (!lab) throw new Error("an empty market");
  const [stolen, safe, thief, next] = [
    await identityOf(50),
    await identityOf(203),
    await identityOf(204),
    await identityOf(205),
  ];
  await announceKeys({ ledger, identity: stolen, recoveryKey: safe });
  await replaceKey({ ledger, party: lab.id, authority: stolen, next: thief });
  const nextRecoveryKey = await identityOf(206);
  await replaceKey({ ledger, party: lab.id, authority: safe, next, nextRecoveryKey });
  const round = await match(market);
  await deliverAll(market, round);
  const recipient = await createRecipient({ secret: new Uint8Array(32).fill(150) });
  const as = (identity: typeof next) =>
    requesterSite({ ledger, store, schema, menus, identity, party: lab.id, recipient });
  for (const key of [stolen, thief])
    await expect(as(key).collect(round)).rejects.toThrow(code("EMRX_KEY_RETIRED"));
  const study = await as(next).collect(round);
  expect(study.aggregator.reports).toBeGreaterThan(0);
  await as(next).evaluate(study);
});

test("an operator whose key was rotated runs the round", async () => {
  const market = await openMarket();
  const { ledger, operator } = market;
  const party = partyId(operator);
  const next = await identityOf(207);
  await announceKeys({
    ledger,
    identity: operator,
    recoveryKey: await identityOf(208),
  });
  await replaceKey({ ledger, party, authority: operator, next });
  const round = await match({ ...market, operator: next });
  expect(round.result.held.length).toBeGreaterThan(0);
});

test("a wrong change of keys is refused before it reaches the ledger", async () => {
  const market = await openMarket();
  const { ledger } = market;
  const party = market.sites[0]?.id ?? "";
  const [first, safe, next] = [await identityOf(1), await identityOf(201), await identityOf(202)];
  const replace = (options: Partial<Parameters<typeof replaceKey>[0]>) =>
    replaceKey({ ledger, party, authority: first, next, ...options });
  await expect(replace({})).rejects.toThrow(code("EMRX_EXCHANGE_LEDGER"));
  await announceKeys({ ledger, identity: first, recoveryKey: safe });
  const { size } = await ledger.checkpoint();
  for (const wrong of [
    { authority: next },
    { authority: safe },
    { next: first },
    { authority: next, nextRecoveryKey: next },
    { authority: safe, nextRecoveryKey: safe },
  ])
    await expect(replace(wrong)).rejects.toThrow(code("EMRX_INVALID_KEY_CHANGE"));
  const shortKey = replace({
    authority: safe,
    nextRecoveryKey: { scheme: "ed25519", publicKey: new Uint8Array(31) },
  });
  await expect(shortKey).rejects.toThrow(code("EMRX_INVALID_KEY"));
  expect((await ledger.checkpoint()).size).toBe(size);
});

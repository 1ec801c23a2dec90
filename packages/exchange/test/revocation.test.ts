// Taking access back: what a revoked requester, the others, and whoever kept a copy can still open.
import { createIdentity } from "@emrx/chain-adapter";
import type { GrantState } from "@emrx/chain-adapter/contracts";
import {
  type BundleStatement,
  type ContentStore,
  createMemoryContentStore,
  createRecipient,
  openBundle,
} from "@emrx/chain-adapter/payload";
import {
  auditExchange,
  type Publication,
  type PublisherSite,
  publisherSite,
  type RequesterSite,
  type Round,
  requesterSite,
} from "@emrx/exchange";
import { memoryStore } from "@emrx/ldp-core";
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { beforeEach, describe, expect, test } from "vitest";
import { deliverAll, type Market, match, menus, openMarket, schema } from "./fixture.js";

const code = (expected: string) => expect.objectContaining({ code: expected }) as Error;
/** The fixture's lab `i` derives its keys from these. */
const recipientOf = (i: number) => createRecipient({ secret: new Uint8Array(32).fill(150 + i) });

let market: Market;
let round: Round;
let site: PublisherSite;
let publication: Publication;
/** A lab that the site has granted reports to, and another. */
let lab: RequesterSite;
let other: RequesterSite;

async function start(store?: ContentStore): Promise<void> {
  market = await openMarket(store === undefined ? {} : { store });
  round = await match(market);
  await deliverAll(market, round);
  const [firstSite, firstPublication] = [market.sites[0], market.publications[0]];
  const [first, second] = market.labs;
  if (!firstSite || !firstPublication || !first || !second) throw new Error("an empty market");
  [site, publication, lab, other] = [firstSite, firstPublication, first, second];
}

beforeEach(() => start());

async function grantTo(requester: string): Promise<GrantState> {
  const grant = await market.ledger.view({
    type: "access.grant",
    round: 1,
    site: site.id,
    requester,
  });
  if (grant === null) throw new Error("nothing was granted");
  return grant;
}

/** What the ledger says of the bundle of a grant. */
function statementOf({ requester, root, count }: GrantState): BundleStatement {
  const batchRoot = round.inputs.offers.find((offer) => offer.site === site.id)?.root ?? "";
  const ids = { ledger: market.ledger.id, site: site.id, requester };
  return { ...ids, round: 1, schemaHash: schema.hash, batchRoot, root, count };
}

/** Opens stored content with the wrapped key of a grant, as whoever has the ledger, the content and the key can. */
const openWith = (
  content: Uint8Array<ArrayBuffer>,
  grant: GrantState,
  recipient = recipientOf(0),
) =>
  recipient.then((key) =>
    openBundle({ content, wrappedKey: hexToBytes(grant.wrappedKey) }, statementOf(grant), key),
  );

const sitesOf = async (from: RequesterSite) =>
  (await from.collect(round)).deliveries.map((delivery) => delivery.site);

const passes = async (): Promise<void> => {
  const { ledger, store } = market;
  const result = await auditExchange({ ledger, store, schema, menus, leafProofs: 30 });
  expect(result.checks.filter(({ passed }) => !passed)).toEqual([]);
};

describe("a revoked grant", () => {
  test("is denied by the ledger and gone from the store, and nobody else's is", async () => {
    const grant = await grantTo(lab.id);
    const copy = await market.store.get(grant.bundle);
    const [before, others] = [await sitesOf(lab), await sitesOf(other)];
    expect(before).toContain(site.id);
    expect(others).toContain(site.id);
    await site.revoke(1, lab.id);
    expect((await grantTo(lab.id)).status).toBe("revoked");
    await expect(market.store.get(grant.bundle)).rejects.toThrow(code("EMRX_CONTENT_MISSING"));
    expect(await sitesOf(lab)).toEqual(before.filter((name) => name !== site.id));
    expect(await sitesOf(other)).toEqual(others);
    // What was read stays read: a copy opens with the old key, and only its owner can see to that.
    expect((await openWith(copy, grant)).count).toBe(grant.count);
    await passes();
  });

  test("is not paid for where it was not settled, and its site is not rated; all others are", async () => {
    const study = await lab.collect(round);
    const { pricePerRecord } = study.terms;
    await site.revoke(1, lab.id);
    await lab.evaluate(study);
    const paid = study.deliveries.filter((delivery) => delivery.site !== site.id);
    expect(paid.length).toBeGreaterThan(0);
    const request = await market.ledger.view({
      type: "trade.request",
      round: 1,
      requester: lab.id,
    });
    expect(request?.paid).toBe(
      String(paid.reduce((sum, { count }) => sum + count * pricePerRecord, 0)),
    );
    const scores = await market.ledger.view({ type: "evaluation.scores" });
    expect(scores.map(({ subject }) => subject).sort()).toEqual(
      paid.map((delivery) => delivery.site).sort(),
    );
    await passes();
  });

  test("whose content could not be deleted is finished by revoking again", async () => {
    const inner = createMemoryContentStore();
    let broken = true;
    await start({
      ...inner,
      delete: (id) => (broken ? Promise.reject(new Error("disk")) : inner.delete(id)),
    });
    const { bundle } = await grantTo(lab.id);
    await expect(site.revoke(1, lab.id)).rejects.toThrow("disk");
    expect((await grantTo(lab.id)).status).toBe("revoked");
    expect(await inner.has(bundle)).toBe(true);
    broken = false;
    const { size } = await market.ledger.checkpoint();
    await site.revoke(1, lab.id);
    expect(await inner.has(bundle)).toBe(false);
    expect((await market.ledger.checkpoint()).size).toBe(size);
  });

  test("that was never made changes nothing", async () => {
    const { size } = await market.ledger.checkpoint();
    const stranger = bytesToHex((await createIdentity()).publicKey);
    await expect(site.revoke(1, stranger)).rejects.toThrow(code("EMRX_EXCHANGE_ROUND"));
    await expect(site.revoke(2, lab.id)).rejects.toThrow(code("EMRX_EXCHANGE_ROUND"));
    await expect(site.revoke(1, "00".repeat(32))).rejects.toThrow(code("EMRX_EXCHANGE_ROUND"));
    expect((await market.ledger.checkpoint()).size).toBe(size);
    expect(await sitesOf(lab)).toContain(site.id);
  });
});

describe("a grant made again", () => {
  test("has a new key: the old wrapped key opens nothing in the store, the requester reads on, others too", async () => {
    const old = await grantTo(lab.id);
    const before = await lab.collect(round);
    await site.regrant(publication, round, lab.id);
    const now = await grantTo(lab.id);
    expect(now.version).toBe(old.version + 1);
    expect(now.root).toBe(old.root);
    expect(await market.store.has(old.bundle)).toBe(false);
    const content = await market.store.get(now.bundle);
    await expect(openWith(content, old)).rejects.toThrow(code("EMRX_BUNDLE_LOCKED"));
    expect((await openWith(content, now)).count).toBe(now.count);
    const after = await lab.collect(round);
    expect(after.aggregator.toBytes()).toEqual(before.aggregator.toBytes());
    expect(await sitesOf(other)).toContain(site.id);
    await lab.evaluate(after);
    const request = await market.ledger.view({
      type: "trade.request",
      round: 1,
      requester: lab.id,
    });
    const bought = after.aggregator.reports * after.terms.pricePerRecord;
    expect(request?.paid).toBe(String(bought));
    await passes();
  });

  test("after a revocation is read again, and can be revoked again", async () => {
    await site.revoke(1, lab.id);
    await site.regrant(publication, round, lab.id);
    expect(await sitesOf(lab)).toContain(site.id);
    const { bundle, version } = await grantTo(lab.id);
    await site.revoke(1, lab.id);
    expect(await grantTo(lab.id)).toMatchObject({ status: "revoked", version: version + 1 });
    expect(await market.store.has(bundle)).toBe(false);
    expect(await sitesOf(lab)).not.toContain(site.id);
    await passes();
  });

  test("to a new recipient key shuts out whoever has the old one", async () => {
    const secret = new Uint8Array(32).fill(77);
    const recipient = await createRecipient({ secret });
    await site.regrant(publication, round, lab.id, { recipient: recipient.publicKey });
    const grant = await grantTo(lab.id);
    const content = await market.store.get(grant.bundle);
    await expect(openWith(content, grant)).rejects.toThrow(code("EMRX_BUNDLE_LOCKED"));
    const opened = await openWith(content, grant, createRecipient({ secret }));
    expect(opened.count).toBe(grant.count);
  });

  test("that the ledger failed to take opens nothing until it is made once more", async () => {
    const old = await grantTo(lab.id);
    let down = true;
    const ledger = new Proxy(market.ledger, {
      get(target, name) {
        if (name === "submit" && down) return () => Promise.reject(new Error("no connection"));
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    const same = publisherSite({
      ledger,
      store: market.store,
      schema,
      menus,
      identity: await createIdentity({ secretKey: new Uint8Array(32).fill(1) }),
      secret: new Uint8Array(32).fill(100),
      memory: memoryStore(),
      lifetimeBudget: "8",
    });
    expect(same.id).toBe(site.id);
    await expect(same.regrant(publication, round, lab.id)).rejects.toThrow("no connection");
    expect(await grantTo(lab.id)).toEqual(old);
    await expect(lab.collect(round)).rejects.toThrow(code("EMRX_CONTENT_MISSING"));
    down = false;
    await same.regrant(publication, round, lab.id);
    expect(await sitesOf(lab)).toContain(site.id);
    await passes();
  });

  test("that cannot be right changes nothing", async () => {
    const grant = await grantTo(lab.id);
    const { size } = await market.ledger.checkpoint();
    const [anotherSite, anotherPublication] = [market.sites[1], market.publications[1]];
    if (!anotherSite || !anotherPublication) throw new Error("one site only");
    const unmatched = market.labs[4]?.id ?? "";
    for (const [attempt, expected] of [
      [() => site.regrant({ ...publication, round: 2 }, round, lab.id), "EMRX_EXCHANGE_ROUND"],
      [() => site.regrant(anotherPublication, round, lab.id), "EMRX_EXCHANGE_ROUND"],
      [() => site.regrant(publication, round, unmatched), "EMRX_EXCHANGE_ROUND"],
      [
        () => site.regrant(publication, round, lab.id, { recipient: new Uint8Array(31) }),
        "EMRX_INVALID_KEY",
      ],
      [
        () => site.regrant(publication, round, lab.id, { recipient: new Uint8Array(32) }),
        "EMRX_INVALID_KEY",
      ],
    ] as const)
      await expect(attempt()).rejects.toThrow(code(expected));
    expect((await market.ledger.checkpoint()).size).toBe(size);
    await site.setPolicy([]); // denies everything
    await expect(site.regrant(publication, round, lab.id)).rejects.toThrow(
      code("EMRX_EXCHANGE_LEDGER"),
    );
    expect((await market.ledger.checkpoint()).size).toBe(size + 1);
    expect(await grantTo(lab.id)).toEqual(grant);
    expect(await market.store.has(grant.bundle)).toBe(true);
  });
});

test("a requester that deletes its key has erased what it bought, copies included", async () => {
  const grant = await grantTo(lab.id);
  const copy = await market.store.get(grant.bundle);
  const recipient = await recipientOf(0);
  const identity = await createIdentity({ secretKey: new Uint8Array(32).fill(50) });
  const { ledger, store } = market;
  const same = requesterSite({ ledger, store, schema, menus, identity, recipient });
  expect(same.id).toBe(lab.id);
  expect(await sitesOf(same)).toContain(site.id);
  recipient.forget();
  await expect(same.collect(round)).rejects.toThrow(code("EMRX_BUNDLE_LOCKED"));
  const opened = openWith(copy, grant, Promise.resolve(recipient));
  await expect(opened).rejects.toThrow(code("EMRX_BUNDLE_LOCKED"));
  expect(await sitesOf(other)).toContain(site.id);
});

test("every read is decided for itself: one after the policy changed is denied", async () => {
  await lab.collect(round);
  await lab.collect(round);
  expect((await grantTo(lab.id)).permitted).toBe(2);
  await site.setPolicy([]);
  await expect(lab.collect(round)).rejects.toThrow(code("EMRX_EXCHANGE_LEDGER"));
  expect(await grantTo(lab.id)).toMatchObject({ permitted: 2, denied: 1 });
});

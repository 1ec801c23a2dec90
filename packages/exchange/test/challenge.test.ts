// Every way in which an operator can cheat so that it can be proven is refuted on the ledger by somebody who took part.
import { signCall } from "@emrx/chain-adapter";
import type { Claim } from "@emrx/chain-adapter/calls";
import { auditExchange } from "@emrx/exchange";
import {
  challengeRound,
  finalizeRound,
  findRoundChallenge,
  revealRound,
} from "@emrx/exchange/rounds";
import { describe, expect, test } from "vitest";
import { type Market, match, menus, openMarket, rowsPerSite, schema } from "./fixture.js";
import {
  allocationOf,
  columnsOf,
  honestRound,
  type Published,
  publishRound,
  rowsOf,
} from "./operator.js";

type Honest = Awaited<ReturnType<typeof honestRound>>;
type Forged = Pick<Published, "book" | "partners"> & Partial<Pick<Published, "allocation">>;

/** The matching with other rows; sides that are not given stay. */
const withPartners = (
  { partners }: Honest,
  rows: { publishers?: number[][]; requesters?: number[][] },
): Published["partners"] => {
  const side = (name: "publishers" | "requesters") => {
    const given = rows[name];
    if (given === undefined) return partners[name];
    const { offsets, entries } = columnsOf(given);
    return { offsets, partners: entries };
  };
  return { publishers: side("publishers"), requesters: side("requesters") };
};

const partnerRows = ({ partners }: Honest) => ({
  publishers: rowsOf(partners.publishers.offsets, partners.publishers.partners),
  requesters: rowsOf(partners.requesters.offsets, partners.requesters.partners),
});

const listRows = ({ book }: Honest, side: "publishers" | "requesters") =>
  rowsOf(book[side].offsets, book[side].lists);

const withLists = (
  { book }: Honest,
  side: "publishers" | "requesters",
  rows: number[][],
): Published["book"] => {
  const { offsets, entries } = columnsOf(rows);
  return { ...book, [side]: { ...book[side], offsets, lists: entries } };
};

/** The first agent for which something is found. */
function first<T>(count: number, find: (agent: number) => T | undefined): T {
  for (let agent = 0; agent < count; agent++) {
    const found = find(agent);
    if (found !== undefined) return found;
  }
  throw new Error("the market has no such agent");
}

const insertSorted = (row: readonly number[], value: number): number[] =>
  [...row, value].sort((a, b) => a - b);

const cheats: readonly [string, Claim["kind"], (honest: Honest) => Forged][] = [
  [
    "leaves a pair out",
    "blocking",
    (honest) => {
      const rows = partnerRows(honest);
      const r = rows.requesters.findIndex((row) => row.length > 0);
      const p = rows.requesters[r]?.pop() ?? -1;
      rows.publishers[p] = (rows.publishers[p] ?? []).filter((partner) => partner !== r);
      return { book: honest.book, partners: withPartners(honest, rows) };
    },
  ],
  [
    "gives a patient a worse buyer than it could have",
    "blocking",
    (honest) => {
      // A patient with one buyer is moved from its best requester to one with room further down its list.
      const rows = partnerRows(honest);
      const lists = listRows(honest, "publishers");
      const [p, from, to] = first(lists.length, (agent) => {
        const [best] = rows.publishers[agent] ?? [];
        if (rows.publishers[agent]?.length !== 1 || honest.book.publishers.quotas[agent] !== 1)
          return undefined;
        const list = lists[agent] ?? [];
        const worse = list
          .slice(list.indexOf(best as number) + 1)
          .find((r) => (rows.requesters[r]?.length ?? 0) < (honest.book.requesters.quotas[r] ?? 0));
        return worse === undefined ? undefined : ([agent, best as number, worse] as const);
      });
      rows.publishers[p] = [to];
      rows.requesters[from] = (rows.requesters[from] ?? []).filter((partner) => partner !== p);
      rows.requesters[to] = insertSorted(rows.requesters[to] ?? [], p);
      return { book: honest.book, partners: withPartners(honest, rows) };
    },
  ],
  [
    "sells a record more often than the patient allows",
    "overQuota",
    (honest) => {
      const rows = partnerRows(honest);
      const lists = listRows(honest, "publishers");
      const [p, r] = first(lists.length, (agent) => {
        const full = (rows.publishers[agent]?.length ?? 0) === honest.book.publishers.quotas[agent];
        const more = lists[agent]?.find(
          (request) =>
            !rows.publishers[agent]?.includes(request) &&
            (rows.requesters[request]?.length ?? 0) < (honest.book.requesters.quotas[request] ?? 0),
        );
        return full && more !== undefined ? ([agent, more] as const) : undefined;
      });
      rows.publishers[p] = insertSorted(rows.publishers[p] ?? [], r);
      rows.requesters[r] = insertSorted(rows.requesters[r] ?? [], p);
      return { book: honest.book, partners: withPartners(honest, rows) };
    },
  ],
  [
    "sells a record to somebody the patient does not accept",
    "unacceptable",
    (honest) => {
      const rows = partnerRows(honest);
      const lists = listRows(honest, "publishers");
      const [p, r] = first(lists.length, (agent) => {
        if ((rows.publishers[agent]?.length ?? 0) >= (honest.book.publishers.quotas[agent] ?? 0))
          return undefined;
        const stranger = rows.requesters.findIndex(
          (row, request) =>
            !lists[agent]?.includes(request) &&
            row.length < (honest.book.requesters.quotas[request] ?? 0),
        );
        return stranger < 0 ? undefined : ([agent, stranger] as const);
      });
      rows.publishers[p] = insertSorted(rows.publishers[p] ?? [], r);
      rows.requesters[r] = insertSorted(rows.requesters[r] ?? [], p);
      return { book: honest.book, partners: withPartners(honest, rows) };
    },
  ],
  [
    "tells the two sides different things",
    "oneSided",
    (honest) => {
      const rows = partnerRows(honest);
      const p = rows.publishers.findIndex((row) => row.length > 0);
      rows.publishers[p] = [];
      return {
        book: honest.book,
        partners: withPartners(honest, { publishers: rows.publishers }),
        allocation: honest.allocation,
      };
    },
  ],
  [
    "counts a record twice",
    "duplicate",
    (honest) => {
      const rows = partnerRows(honest);
      const r = rows.requesters.findIndex(
        (row, i) => row.length > 0 && row.length < (honest.book.requesters.quotas[i] ?? 0),
      );
      const row = rows.requesters[r] ?? [];
      rows.requesters[r] = [...row, row.at(-1) ?? 0];
      return {
        book: honest.book,
        partners: withPartners(honest, { requesters: rows.requesters }),
        allocation: honest.allocation,
      };
    },
  ],
  [
    "puts a requester on a list twice",
    "duplicate",
    (honest) => {
      const lists = listRows(honest, "publishers");
      const p = lists.findIndex((row) => row.length > 1);
      lists[p] = [...(lists[p] ?? []), lists[p]?.[0] ?? 0];
      return { book: withLists(honest, "publishers", lists), partners: honest.partners };
    },
  ],
  [
    "puts a requester that does not exist on a list",
    "unadmitted",
    (honest) => {
      const lists = listRows(honest, "publishers");
      lists[5]?.push(honest.book.requesters.quotas.length);
      return { book: withLists(honest, "publishers", lists), partners: honest.partners };
    },
  ],
  [
    "takes a patient off a requester's list",
    "unmutual",
    (honest) => {
      const lists = listRows(honest, "requesters");
      const r = lists.findIndex((row) => row.length > 0);
      lists[r]?.shift();
      return { book: withLists(honest, "requesters", lists), partners: honest.partners };
    },
  ],
  [
    "puts a patient of its own in another's place",
    "omitted",
    (honest) => {
      const { publishers } = honest.book;
      const ids = publishers.ids.slice();
      ids.fill(0xee, 32 * 70, 32 * 71);
      return {
        book: { ...honest.book, publishers: { ...publishers, ids } },
        partners: honest.partners,
      };
    },
  ],
  [
    "puts a requester of its own in another's place",
    "omitted",
    (honest) => {
      const { requesters } = honest.book;
      const ids = requesters.ids.slice();
      ids.fill(0xee, 32, 64);
      return {
        book: { ...honest.book, requesters: { ...requesters, ids } },
        partners: honest.partners,
      };
    },
  ],
  [
    "lets a patient sell more often than it offered",
    "altered",
    (honest) => {
      const { publishers } = honest.book;
      const quotas = publishers.quotas.map((quota, i) => (i === 130 ? quota + 5 : quota));
      return {
        book: { ...honest.book, publishers: { ...publishers, quotas } },
        partners: honest.partners,
      };
    },
  ],
  [
    "lets a requester buy more than it asked for",
    "altered",
    (honest) => {
      const { requesters } = honest.book;
      const quotas = requesters.quotas.map((quota, i) => (i === 2 ? quota + 5 : quota));
      return {
        book: { ...honest.book, requesters: { ...requesters, quotas } },
        partners: honest.partners,
      };
    },
  ],
  [
    "moves money to another site than the matching says",
    "misallocated",
    (honest) => {
      const counts = honest.allocation.counts.map((row) => [...row]);
      const r = honest.allocation.requesters.findIndex((_, i) => (counts[0]?.[i] ?? 0) > 0);
      (counts[0] as number[])[r] = (counts[0]?.[r] ?? 0) - 1;
      (counts[1] as number[])[r] = (counts[1]?.[r] ?? 0) + 1;
      return {
        book: honest.book,
        partners: honest.partners,
        allocation: { ...honest.allocation, counts },
      };
    },
  ],
];

const challenge = (market: Market) =>
  challengeRound({
    ledger: market.ledger,
    store: market.store,
    menus,
    round: 1,
    identity: market.operator, // anyone may; here the identity matters to nobody
  });

describe("an operator who", () => {
  test.each(cheats)("%s is refuted by a proof that it is %s", async (_, kind, forge) => {
    const market = await openMarket();
    const honest = await honestRound(market);
    const forged = forge(honest);
    const stated = forged.allocation ?? allocationOf(honest.inputs, forged.partners);
    await publishRound(market, { ...forged, allocation: stated });
    const deposited = (await market.ledger.view({ type: "trade.escrow" })).deposited;
    expect(await challenge(market)).toBe(kind);
    // It never settles, and all money is back.
    const { escrow, round } = {
      escrow: await market.ledger.view({ type: "trade.escrow" }),
      round: await market.ledger.view({ type: "matching.round", round: 1 }),
    };
    expect(round?.phase).toBe("refuted");
    expect(round?.refutation?.claim).toBe(kind);
    expect(escrow).toEqual({ deposited, held: "0", paid: "0", refunded: deposited });
    const finalize = await signCall(
      market.ledger.id,
      market.operator,
      { type: "matching.finalize", round: 1 },
      { key: "finalize" },
    );
    await expect(market.ledger.submit(finalize)).rejects.toThrow(
      expect.objectContaining({ code: "EMRX_MATCHING_REFUTED" }) as Error,
    );
  });
});

test("in an honest round there is nothing to prove", async () => {
  const market = await openMarket();
  const honest = await honestRound(market);
  await publishRound(market, honest);
  const options = { ledger: market.ledger, store: market.store, menus, round: 1 };
  expect(await findRoundChallenge(options)).toBeUndefined();
  expect(await challenge(market)).toBeUndefined();
});

test("what was published must have the roots on the ledger, or everybody is told so", async () => {
  const market = await openMarket();
  const honest = await honestRound(market);
  const { publishers } = honest.book;
  const quotas = publishers.quotas.map((quota) => quota + 1);
  await publishRound(market, honest, {
    ...honest.book,
    publishers: { ...publishers, quotas },
  });
  await expect(challenge(market)).rejects.toThrow(
    expect.objectContaining({ code: "EMRX_NOT_CHALLENGEABLE" }) as Error,
  );
});

test("a round without a revealed matching has nothing to challenge", async () => {
  const market = await openMarket();
  await expect(challenge(market)).rejects.toThrow(
    expect.objectContaining({ code: "EMRX_EXCHANGE_ROUND" }) as Error,
  );
});

test("lists that do not follow from the public rule are found by the audit, which the ledger cannot", async () => {
  const market = await openMarket();
  const honest = await honestRound(market);
  // A requester's first two candidates change places: still mutual, and stable as long as both are held.
  const lists = listRows(honest, "requesters");
  const rows = partnerRows(honest);
  const r = lists.findIndex(
    (row, i) =>
      row.length > 1 && row.slice(0, 2).every((offer) => rows.requesters[i]?.includes(offer)),
  );
  const row = lists[r] ?? [];
  [row[0], row[1]] = [row[1] ?? 0, row[0] ?? 0];
  const book = withLists(honest, "requesters", lists);
  await publishRound(market, { book, partners: honest.partners, allocation: honest.allocation });
  expect(await challenge(market)).toBeUndefined();
  const call = { type: "matching.finalize", round: 1 } as const;
  await market.ledger.submit(await signCall(market.ledger.id, market.operator, call, { key: "f" }));
  const found = await auditExchange({ ledger: market.ledger, store: market.store, schema, menus });
  expect(found.checks.filter(({ passed }) => !passed).map(({ detail }) => detail)).toEqual([
    "differs: inputs root, published inputs, matching root",
  ]);
});

test("with a challenge window a round is revealed first and finalized when the window is over", async () => {
  let now = 1000;
  const market = await openMarket({ challengeWindow: 60_000, clock: () => now });
  const { ledger, store, operator } = market;
  await revealRound({ ledger, store, schema, menus, operator, round: 1 });
  expect(await challenge(market)).toBeUndefined();
  const finalize = () => finalizeRound({ ledger, operator, round: 1 });
  now += 59_999;
  await expect(finalize()).rejects.toThrow(
    expect.objectContaining({ code: "EMRX_CHALLENGE_OPEN" }) as Error,
  );
  now += 1;
  await finalize(); // the refused attempt does not stand in the way
  expect((await ledger.view({ type: "matching.round", round: 1 }))?.phase).toBe("finalized");
});

test("the operator of the package is honest", async () => {
  const market = await openMarket();
  const round = await match(market);
  expect(round.inputs.offers.reduce((sum, { count }) => sum + count, 0)).toBe(3 * rowsPerSite);
  const options = { ledger: market.ledger, store: market.store, menus, round: 1 };
  expect(await findRoundChallenge(options)).toBeUndefined();
});

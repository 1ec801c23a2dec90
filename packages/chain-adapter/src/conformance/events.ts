// Cases 35 to 49: events and reorganizations.
import { callId } from "../codec/signed-call.js";
import type { Cursor, EventBatch } from "../ledger/port.js";
import { type CaseText, can } from "./case.js";
import type { CaseNeeds } from "./harness.js";
import { bytes32, check, type Market, refused, same } from "./market.js";

/** The first batches of a stream; fails the case if they do not come in time. */
async function takeNow(market: Market, count: number, from?: Cursor): Promise<EventBatch[]> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), market.patience);
  const batches: EventBatch[] = [];
  for await (const batch of market.ledger.events(from, { signal: controller.signal })) {
    batches.push(batch);
    if (batches.length >= count) break;
  }
  clearTimeout(timer);
  check(
    batches.length === count,
    `${batches.length} of ${count} batches of events came within ${market.patience} ms`,
  );
  return batches;
}

/** The same; a case may begin it, and fail before it waits for it. */
function take(market: Market, count: number, from?: Cursor): Promise<EventBatch[]> {
  const taking = takeNow(market, count, from);
  taking.catch(() => undefined);
  return taking;
}

const indicesOf = (batches: readonly EventBatch[]): number[] =>
  batches.map((batch) => (batch.kind === "events" ? batch.index : -1));

/** Calls that are always accepted. */
async function fill(market: Market, count: number): Promise<number[]> {
  const indices: number[] = [];
  for (let i = 0; i < count; i++) {
    const { index } = await market.send(
      "siteA",
      market.policy({ policyId: `fill-${crypto.randomUUID()}` }),
    );
    indices.push(index);
  }
  return indices;
}

const whenReorganized = (needs: CaseNeeds): string | undefined =>
  needs.manifest.supports.reorgs
    ? can("reorganize")(needs)
    : "the ledger never takes an entry back";

export const eventCases: readonly CaseText[] = [
  {
    number: 35,
    title: "subscribe, then write at once: every event comes",
    async run(market) {
      const reading = take(market, 20);
      const calls = await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          market.sign("siteA", market.policy({ policyId: `p${i}` })),
        ),
      );
      const receipts = await Promise.all(calls.map((call) => market.ledger.submit(call)));
      const expected = receipts.map(({ index }) => index).sort((a, b) => a - b);
      same(indicesOf(await reading), expected, "indices of events");
    },
  },
  {
    number: 36,
    title:
      "stopped between delivery and checkpoint: what comes again can be told by its index and call",
    async run(market) {
      await fill(market, 4);
      const all = await take(market, 4);
      same(await take(market, 2, all[1]?.cursor), all.slice(2), "events after an earlier cursor");
      const calls = all.map((batch) => (batch.kind === "events" ? batch.call : ""));
      same(new Set(calls).size, 4, "number of different calls");
    },
  },
  {
    number: 37,
    title: "a cursor that is torn or of another log is refused",
    async run(market) {
      await fill(market, 2);
      const cursor = (await take(market, 2))[1]?.cursor ?? "";
      for (const bad of ["", cursor.slice(0, 3), `${cursor}x`, "junk"]) {
        await refused(take(market, 1, bad), "EMRX_CURSOR", `cursor ${JSON.stringify(bad)}`);
      }
    },
  },
  {
    number: 38,
    title: "events come in the order of the log",
    async run(market) {
      const calls = await Promise.all(
        Array.from({ length: 30 }, (_, i) =>
          market.sign("siteA", market.policy({ policyId: `p${i}` })),
        ),
      );
      await market.ledger.submitBatch(calls);
      const indices = indicesOf(await take(market, 30));
      same(
        indices,
        [...indices].sort((a, b) => a - b),
        "order of events",
      );
      same(new Set(indices).size, 30, "number of different indices");
    },
  },
  {
    number: 39,
    title: "a reader that was away gets what it missed",
    async run(market) {
      await fill(market, 2);
      const cursor = (await take(market, 2))[1]?.cursor;
      const missed = await fill(market, 5);
      same(indicesOf(await take(market, 5, cursor)), missed, "events missed");
    },
  },
  {
    number: 40,
    title:
      "going on from a cursor whose entry was taken back: a retraction first, then the new branch",
    needs: whenReorganized,
    async run(market) {
      await fill(market, 4);
      const last = (await take(market, 4))[3]?.cursor;
      await market.reorganize(2, [4]);
      const [retraction, next] = await take(market, 2, last);
      check(
        retraction?.kind === "retraction" && retraction.from <= 3,
        `the first batch is ${JSON.stringify(retraction)}`,
      );
      check(next?.kind === "events" && next.index === 3, `then comes ${JSON.stringify(next)}`);
    },
  },
  {
    number: 41,
    title: "a slow reader holds nobody up and misses nothing",
    async run(market) {
      const seen: number[] = [];
      const slow = (async () => {
        for await (const batch of market.ledger.events()) {
          await new Promise((done) => setTimeout(done, 5));
          if (batch.kind === "events") seen.push(batch.index);
          if (seen.length === 10) break;
        }
      })();
      slow.catch(() => undefined);
      const written = await fill(market, 10);
      await slow;
      same(seen, written, "events that the slow reader saw");
    },
  },
  {
    number: 43,
    title: "two readers; one stops, the other goes on",
    async run(market) {
      const one = take(market, 1);
      const two = take(market, 3);
      const written = await fill(market, 3);
      same(indicesOf(await one), written.slice(0, 1), "the first reader");
      same(indicesOf(await two), written, "the second reader");
    },
  },
  {
    number: 44,
    title:
      "an entry is final at once, or by the declared rule when enough lies on top, and stays so",
    async run(market) {
      const { finality } = market.ledger.manifest;
      const call = await market.sign("siteA", market.policy({ policyId: "first" }));
      await market.ledger.submit(call);
      const stateNow = async (): Promise<string> =>
        (await market.ledger.status(callId(call))).state;
      let state = await stateNow();
      if (finality.kind === "delayed") same(state, "included", "status with nothing on top");
      for (let on = 1; state === "included" && on <= 200; on++) {
        await fill(market, 1);
        state = await stateNow();
      }
      same(state, "final", "status in the end");
      await fill(market, 1);
      same(await stateNow(), "final", "status of what was final");
    },
  },
  {
    number: 45,
    title: "a call taken back and not included again is dropped, and its effect is gone",
    needs: whenReorganized,
    async run(market) {
      await fill(market, 1);
      const call = await market.sign("labX", market.policy());
      await market.ledger.submit(call);
      await market.reorganize(1, []);
      same((await market.ledger.status(callId(call))).state, "dropped", "status");
      same((await market.policies()).length, 1, "policies");
      await market.ledger.submit(call);
      same((await market.policies()).length, 2, "policies after sending again");
    },
  },
  {
    number: 46,
    title: "a call included again elsewhere has the receipt of its new place",
    needs: whenReorganized,
    async run(market) {
      await fill(market, 2);
      const call = await market.sign("labX", market.policy());
      const before = await market.ledger.submit(call);
      await market.reorganize(2, [before.index]);
      const status = await market.ledger.status(callId(call));
      check(status.state === "included" || status.state === "final", `status is ${status.state}`);
      same(status.receipt.index, before.index - 1, "new index");
      same((await market.ledger.submit(call)).index, before.index - 1, "index when sent again");
    },
  },
  {
    number: 47,
    title: "a confirmed call that is later taken back does not stay confirmed",
    needs: whenReorganized,
    async run(market) {
      const call = await market.sign("siteA", market.policy());
      await market.ledger.submit(call);
      await fill(market, 1);
      same((await market.ledger.status(callId(call))).state, "included", "status before");
      await market.reorganize(2, []);
      same((await market.ledger.status(callId(call))).state, "dropped", "status after");
      same(await market.ledger.view({ type: "access.policies" }), [], "policies after");
    },
  },
  {
    number: 48,
    title: "the checkpoint can go back, and proofs are those of the new branch",
    needs: whenReorganized,
    async run(market) {
      await fill(market, 3);
      const before = await market.ledger.checkpoint();
      await market.reorganize(2, []);
      const after = await market.ledger.checkpoint();
      same(after.size, before.size - 2, "size");
      check(after.root !== before.root, "the root is still that of the lost branch");
      await fill(market, 2);
      const again = await market.ledger.checkpoint();
      same(again.size, before.size, "size again");
      check(again.root !== before.root, "another branch of the same height has another root");
      await refused(market.ledger.prove(bytes32(1)), "EMRX_UNKNOWN_CALL", "a proof of nothing");
    },
  },
];

// Cases 42, 49 and 98 to 105: several clients, and what holds the log stopping, dying or being cut off.
import { callId, decodeSignedCall, type SignedCall } from "../codec/signed-call.js";
import type { ChainAdapter, Receipt } from "../ledger/port.js";
import { type CaseText, can } from "./case.js";
import type { CaseNeeds } from "./harness.js";
import { check, codeOf, type Market, same } from "./market.js";

/** Submits a call until it is acknowledged: what fails in an outage is sent again, which has no second effect. */
async function insist(_market: Market, ledger: ChainAdapter, call: SignedCall): Promise<Receipt> {
  for (;;) {
    try {
      return await ledger.submit(call);
    } catch (error) {
      const { code } = error as { readonly code?: unknown };
      check(code === "EMRX_STORAGE", `a call in an outage ended in ${String(code ?? error)}`);
      await new Promise((done) => setTimeout(done, 20));
    }
  }
}

const policies = (market: Market, prefix: string, count: number): Promise<SignedCall[]> =>
  Promise.all(
    Array.from({ length: count }, (_, i) =>
      market.sign("siteA", market.policy({ policyId: `${prefix}-${i}` })),
    ),
  );

/** Every acknowledged call stands where its receipt says, and no call stands there with effect twice. */
async function allThere(
  ledger: ChainAdapter,
  receipts: readonly Receipt[],
  when: string,
): Promise<void> {
  const { size } = await ledger.checkpoint();
  const ids: (string | undefined)[] = [];
  for await (const { bytes } of ledger.entries(0, size)) {
    try {
      ids.push(callId(decodeSignedCall(bytes)));
    } catch {
      ids.push(undefined); // the genesis
    }
  }
  for (const { id, index } of receipts) {
    check(
      ids[index] === id,
      `entry ${index} was acknowledged and ${index < size ? "is another one" : "is not there"} ${when}; the log has ${size} entries`,
    );
  }
  same(new Set(receipts.map(({ id }) => id)).size, receipts.length, "number of different calls");
}

/** Calls from one client after the other while something happens to what holds the log. */
function during(
  number: number,
  title: string,
  ability: "kill" | "restart" | "partition",
  happen: (market: Market) => Promise<void>,
): CaseText {
  return {
    number,
    title,
    needs: (needs) => onlyDurable(needs) ?? can(ability)(needs),
    async run(market) {
      const calls = await policies(market, ability, 24);
      const receipts: Receipt[] = [];
      let ended = false;
      const happening = (async () => {
        for (let i = 0; i < 2; i++) await happen(market);
        ended = true;
      })();
      happening.catch(() => undefined);
      for (const call of calls) receipts.push(await insist(market, market.ledger, call));
      for (let i = 0; !ended; i++) {
        const [call] = await policies(market, `${ability}-more-${i}`, 1);
        receipts.push(await insist(market, market.ledger, call as SignedCall));
      }
      await happening;
      await allThere(market.ledger, receipts, "afterwards");
      if (market.harness.another === undefined || market.harness.singleWriter) return;
      await allThere(await market.another(), receipts, "for a client opened afterwards");
    },
  };
}

const onlyDurable = ({ manifest }: CaseNeeds): string | undefined =>
  manifest.supports.durable ? undefined : "the ledger does not say that it is durable";

const several = (needs: CaseNeeds): string | undefined =>
  needs.harness.singleWriter ? "the ledger has one writer" : can("another")(needs);

export const outageCases: readonly CaseText[] = [
  {
    number: 42,
    title: "a client that was cut off catches up by itself",
    needs: (needs) => several(needs) ?? can("partition")(needs),
    async run(market) {
      const other = await market.another();
      const heal = await market.harness.partition?.(other);
      const call = await market.sign("siteA", market.policy());
      const { index } = await insist(market, market.ledger, call);
      await heal?.();
      await market.eventually(`a client that was cut off learns of entry ${index}`, async () => {
        const checkpoint = await other.checkpoint();
        return checkpoint.size > index;
      });
    },
  },
  {
    number: 49,
    title: "a client opened while another is cut off is not behind what was acknowledged",
    needs: (needs) => several(needs) ?? can("partition")(needs),
    async run(market) {
      const heal = await market.harness.partition?.(market.ledger);
      const [call] = await policies(market, "p", 1);
      const { index } = await insist(market, market.ledger, call as SignedCall);
      const other = await market.another();
      const { size } = await other.checkpoint();
      check(
        size > index,
        `entry ${index} was acknowledged, and a client opened afterwards has ${size} entries`,
      );
      await heal?.();
    },
  },
  {
    number: 98,
    title: "a ledger opened after an acknowledgement has what was acknowledged",
    needs: (needs) => (several(needs) === undefined ? undefined : can("reopen")(needs)),
    async run(market) {
      for (let i = 0; i < 4; i++) {
        const { index } = await market.send("siteA", market.policy({ policyId: `p${i}` }));
        const alone = several({ harness: market.harness, manifest: market.ledger.manifest });
        if (alone !== undefined) await market.reopen();
        const opened = alone === undefined ? await market.another() : market.ledger;
        const { size } = await opened.checkpoint();
        check(
          size > index,
          `entry ${index} was acknowledged; a ledger opened afterwards has ${size} entries`,
        );
      }
    },
  },
  {
    number: 99,
    title: "a ledger learns by itself of what another client writes, again and again",
    needs: several,
    async run(market) {
      const other = await market.another();
      for (let i = 0; i < 3; i++) {
        const call = await market.sign("siteA", market.policy({ policyId: `p${i}` }));
        const { index } = await other.submit(call);
        await market.eventually(
          `a ledger learns of entry ${index}, written by another client`,
          async () => {
            const { size } = await market.ledger.checkpoint();
            return size > index;
          },
        );
      }
    },
  },
  {
    number: 100,
    title: "what a durable ledger acknowledged outlives what holds it",
    needs: (needs) =>
      onlyDurable(needs) ??
      (can("kill")(needs) === undefined ? undefined : can("restart", "reopen")(needs)),
    async run(market) {
      const calls = await policies(market, "kept", 8);
      const receipts: Receipt[] = [];
      for (const call of calls) receipts.push(await market.ledger.submit(call));
      const { kill, restart, reopen } = market.harness;
      await (kill ?? restart)?.(market.ledger);
      if (reopen !== undefined) await market.reopen();
      await allThere(
        market.ledger,
        receipts,
        `after ${kill === undefined ? "a restart" : "a kill"}`,
      );
    },
  },
  during(
    101,
    "killed while calls are on their way: what was acknowledged is there, once",
    "kill",
    async (market) => {
      await new Promise((done) => setTimeout(done, 20));
      await market.harness.kill?.(market.ledger);
    },
  ),
  during(
    102,
    "restarted while calls are on their way: what was acknowledged is there, once",
    "restart",
    async (market) => {
      await new Promise((done) => setTimeout(done, 20));
      await market.harness.restart?.(market.ledger);
    },
  ),
  during(
    103,
    "cut off while calls are on their way: what was acknowledged is there, once",
    "partition",
    async (market) => {
      const heal = await market.harness.partition?.(market.ledger);
      await new Promise((done) => setTimeout(done, 200));
      await heal?.();
    },
  ),
  {
    number: 104,
    title: "a closed ledger refuses every call",
    async run(market) {
      const call = await market.sign("siteA", market.policy());
      await market.ledger.submit(call);
      await market.ledger.close();
      const { ledger } = market;
      const calls: Record<string, () => Promise<unknown>> = {
        submit: () => ledger.submit(call),
        submitBatch: () => ledger.submitBatch([call]),
        view: () => ledger.view({ type: "trade.escrow" }),
        checkpoint: () => ledger.checkpoint(),
        entries: async () => {
          for await (const _ of ledger.entries(0, 1));
        },
        ...(ledger.manifest.supports.proofs
          ? {
              proveEntry: () => ledger.proveEntry(0),
              proveConsistency: () => ledger.proveConsistency(1),
            }
          : {}),
      };
      for (const [name, ask] of Object.entries(calls)) {
        same(
          await codeOf(ask(), `${name} of a closed ledger`),
          "EMRX_CLOSED",
          `${name} of a closed ledger`,
        );
      }
    },
  },
  {
    number: 105,
    title: "more events than any page holds: every one, in order, once",
    async run(market) {
      const count = market.mostEntries - 1;
      const calls = await policies(market, "many", count);
      const { maxBatch } = market.ledger.manifest.limits;
      for (let from = 0; from < count; from += Math.min(200, maxBatch)) {
        await market.ledger.submitBatch(calls.slice(from, from + Math.min(200, maxBatch)));
      }
      let expected = 1;
      for await (const batch of market.ledger.events()) {
        check(batch.kind === "events", `a ${batch.kind} comes where none was`);
        check(
          batch.index === expected,
          `events of entry ${batch.index} came where those of entry ${expected} come: ` +
            (batch.index > expected
              ? `entry ${expected} was left out`
              : `entry ${batch.index} came again`),
        );
        if (expected++ === count) break;
      }
      same(expected - 1, count, "number of entries with events");
    },
  },
];

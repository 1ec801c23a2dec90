// Cases 1 to 18: submission and order.
import { callId, type SignedCall } from "../codec/signed-call.js";
import { type CaseText, can } from "./case.js";
import { bytes32, check, codeOf, type Market, refused, same } from "./market.js";

/** A call whose answer got lost: the status decides what to do, and sending it again is always right. */
async function afterAccident(market: Market, accident: "before" | "after"): Promise<void> {
  const call = await market.sign("labX", market.policy());
  market.harness.failNext?.(market.ledger, accident);
  let failed = false;
  try {
    await market.ledger.submit(call);
  } catch {
    failed = true;
  }
  if (accident === "before") {
    check(failed, "an append that failed before writing must not be acknowledged");
    same(
      (await market.ledger.status(callId(call))).state,
      "unknown",
      "status of what was never written",
    );
  } else {
    await market.eventually(
      "what was written, though its answer was lost, is seen in the log",
      async () => {
        const { state } = await market.ledger.status(callId(call));
        return state === "included" || state === "final";
      },
    );
  }
  await market.ledger.submit(call);
  same(await market.policies(), ["main 1"], "policies after sending again");
}

export const submissionCases: readonly CaseText[] = [
  {
    number: 1,
    title: "the same call twice: one effect, the same receipt",
    async run(market) {
      const call = await market.sign("labX", market.policy());
      const [a, b] = await Promise.all([market.ledger.submit(call), market.ledger.submit(call)]);
      same(b, a, "the second receipt");
      same(await market.ledger.submit(call), a, "a later receipt");
      same(await market.policies(), ["main 1"], "policies");
    },
  },
  {
    number: 2,
    title: "the same key with another call: a conflict, no effect",
    async run(market) {
      await market.send("labX", market.policy(), { key: "k" });
      const before = await market.ledger.view({ type: "ledger.digest" });
      await market.refuses("labX", market.policy({ policyId: "other" }), "EMRX_CALL_CONFLICT", {
        key: "k",
      });
      same(await market.ledger.view({ type: "ledger.digest" }), before, "the state");
    },
  },
  {
    number: 3,
    title: "the same call from two clients at once: one effect",
    needs: (needs) =>
      needs.harness.singleWriter ? "the ledger has one writer" : can("another")(needs),
    async run(market) {
      const other = await market.another();
      const call = await market.sign("labX", market.policy());
      const [a, b] = await Promise.all([market.ledger.submit(call), other.submit(call)]);
      same([b.id, b.index], [a.id, a.index], "the receipts");
      same(await market.policies(other), ["main 1"], "policies");
    },
  },
  {
    number: 4,
    title: "written, but the answer is lost: sent again, it has no second effect",
    needs: can("failNext"),
    run: (market) => afterAccident(market, "after"),
  },
  {
    number: 5,
    title: "failed before writing: not acknowledged, and sent again it is carried out",
    needs: can("failNext"),
    run: (market) => afterAccident(market, "before"),
  },
  {
    number: 6,
    title: "waiting is given up: the status decides what became of the call",
    async run(market) {
      const call = await market.sign("labX", market.policy());
      const signal = AbortSignal.abort();
      await refused(
        market.ledger.submit(call, { signal }),
        "EMRX_WAIT_ABORTED",
        "an aborted submission",
      );
      await market.ledger.submit(call);
      const { state } = await market.ledger.status(callId(call));
      check(state === "included" || state === "final", `status after sending again is ${state}`);
      same(await market.policies(), ["main 1"], "policies");
    },
  },
  {
    number: 7,
    title: "a response lost twice over: still one effect",
    needs: can("failNext"),
    async run(market) {
      await afterAccident(market, "after");
      const call = await market.sign("labY", market.policy({ policyId: "second" }));
      for (const accident of ["before", "after"] as const) {
        market.harness.failNext?.(market.ledger, accident);
        await market.ledger.submit(call).catch(() => undefined);
      }
      await market.ledger.submit(call);
      same(await market.policies(), ["main 1", "second 1"], "policies");
    },
  },
  {
    number: 8,
    title: "a batch with one bad call: per item or atomic, as declared",
    async run(market) {
      const calls = await Promise.all(
        [1, 3, 2].map((version) => market.sign("siteA", market.policy({ version }))),
      );
      const outcomes = await market.ledger.submitBatch(calls);
      const policy = await market.ledger.view({
        type: "access.policy",
        site: market.key("siteA"),
        policyId: "main",
      });
      if (market.ledger.manifest.batch === "per-item") {
        same(
          outcomes.map(({ accepted }) => accepted),
          [true, false, true],
          "outcomes",
        );
        same(policy?.version, 2, "version");
      } else {
        check(
          outcomes.every(({ accepted }) => !accepted),
          "an atomic batch with a bad call is refused wholly",
        );
        same(policy, null, "policy");
      }
    },
  },
  {
    number: 9,
    title: "a call beyond the declared limit: too large, nothing is sent",
    async run(market) {
      const { maxCallBytes, maxBatch } = market.ledger.manifest.limits;
      const attributes = Array.from({ length: 1000 }, (_, i) => String(i).padStart(120, "a"));
      const rule = {
        effect: "permit",
        attributes,
        levels: ["*"],
        purposes: ["*"],
        actors: ["*"],
      } as const;
      const many = Math.min(1000, Math.ceil(maxCallBytes / 123_000) + 1);
      const call = await market.sign("siteA", market.policy({ rules: Array(many).fill(rule) }));
      const { size } = await market.ledger.checkpoint();
      await refused(market.ledger.submit(call), "EMRX_ENTRY_TOO_LARGE", "a call that is too large");
      const small = await market.sign("siteA", market.policy());
      await refused(
        market.ledger.submitBatch(Array(maxBatch + 1).fill(small)),
        "EMRX_ENTRY_TOO_LARGE",
        "too large a batch",
      );
      same((await market.ledger.checkpoint()).size, size, "number of entries");
    },
  },
  {
    number: 10,
    title: "an empty batch does nothing; an empty list where one is allowed is a value",
    async run(market) {
      const { size } = await market.ledger.checkpoint();
      same(await market.ledger.submitBatch([]), [], "outcomes");
      same((await market.ledger.checkpoint()).size, size, "number of entries");
      await market.send("siteA", market.policy({ rules: [] }));
      const policy = await market.ledger.view({
        type: "access.policy",
        site: market.key("siteA"),
        policyId: "main",
      });
      same(policy?.rules, [], "rules");
    },
  },
  {
    number: 11,
    title:
      "names in any script come back as they were; text that is not Unicode in normal form C is refused",
    async run(market) {
      const site = market.key("siteA");
      for (const policyId of [
        "é",
        "👩‍⚕️",
        "מדיניות",
        "ポリシー",
        "a/b",
        "__proto__",
        "a".repeat(128),
      ]) {
        await market.send("siteA", market.policy({ policyId }));
        const policy = await market.ledger.view({ type: "access.policy", site, policyId });
        same(policy?.policyId, policyId, "policy id");
      }
      for (const policyId of ["e\u0301", "\ud800", "a\u0000", "a".repeat(65_536), ""]) {
        const good = await market.sign("siteA", market.policy({ policyId: "x" }));
        const call = { ...good, call: market.policy({ policyId }) } as SignedCall;
        const code = await codeOf(
          market.ledger.submit(call),
          `policy id ${JSON.stringify(policyId.slice(0, 9))}`,
        );
        check(
          code === "EMRX_INVALID_CALL" || code === "EMRX_NOT_CANONICAL",
          `${code} for a bad policy id`,
        );
      }
    },
  },
  {
    number: 12,
    title: "the largest price and quota are kept exactly",
    async run(market) {
      const limits = { sites: 8, lots: 4000, requests: 8, price: 1_000_000_000 };
      const bonds = { unit: 1_000_000_000, seeder: 0, opener: 0 };
      const largest = { limits, bonds, lotSize: 1_000_000 };
      const { time, events } = await market.send("stranger", market.register(largest));
      const [event] = events;
      check(event?.type === "publication.registered", "a publication has an event");
      const { publication } = event;
      await market.send("opener", await market.opening(market.terms(time, { publication })));
      await market.send("labX", market.request({ price: 1_000_000_000, quota: 0xffff_ffff }));
      const { deposited } = await market.ledger.view({ type: "trade.escrow" });
      same(deposited, (2_000_000_000n * (2n ** 32n - 1n)).toString(), "money in escrow");
    },
  },
  {
    number: 13,
    title: "what the manifest does not declare is refused with a code, and without effect",
    async run(market) {
      const { supports } = market.ledger.manifest;
      const unknown = { type: "no.such.query" } as unknown as { readonly type: "trade.escrow" };
      await refused(market.ledger.view(unknown), "EMRX_INVALID_QUERY", "an unknown query");
      if (!supports.proofs) {
        await refused(market.ledger.proveEntry(0), "EMRX_NOT_SUPPORTED", "a proof");
      }
      await refused(
        market.ledger.status(bytes32(1)).then(({ state }) => {
          same(state, "unknown", "status of a call never made");
          return market.ledger.submit(null as unknown as SignedCall);
        }),
        "EMRX_INVALID_CALL",
        "no call at all",
      );
    },
  },
  {
    number: 14,
    title: "a stale expected version: a conflict that tells the actual one",
    async run(market) {
      await market.send("siteA", market.policy(), { expectedVersion: 0 });
      const next = market.policy({ version: 2 });
      await market.refuses("siteA", next, "EMRX_VERSION_CONFLICT", { expectedVersion: 0 });
      try {
        await market.send("siteA", next, { expectedVersion: 0 });
      } catch (error) {
        const { details } = error as { readonly details?: Record<string, unknown> };
        same(details?.["actual"], 1, "actual version");
      }
      await market.send("siteA", next, { expectedVersion: 1 });
    },
  },
  {
    number: 15,
    title: "two writers who both expect the same version: one succeeds",
    async run(market) {
      await market.send("siteA", market.policy());
      const next = market.policy({ version: 2 });
      const calls = await Promise.all(
        [1, 2].map(() => market.sign("siteA", next, { expectedVersion: 1 })),
      );
      const outcomes = await Promise.all(calls.map((call) => market.ledger.submitBatch([call])));
      const accepted = outcomes.flat().filter((outcome) => outcome.accepted);
      same(accepted.length, 1, "number of calls accepted");
    },
  },
];

// Cases 79 to 85: operation.
import { callId } from "../codec/signed-call.js";
import { auditLedger } from "../ledger/audit-ledger.js";
import { callCost, costReport } from "../ledger/cost.js";
import { type CaseText, can } from "./case.js";
import { check, codeOf, Market, refused, same } from "./market.js";

export const operationCases: readonly CaseText[] = [
  {
    number: 80,
    title:
      "the report of costs is the sum of what the calls cost, refused ones too, and grows with each",
    needs: ({ manifest }) =>
      manifest.supports.entries ? undefined : "the ledger does not give out its entries",
    async run(market) {
      const [rule] = market.policy().rules;
      check(rule !== undefined, "the market's policy has no rule");
      const calls = [
        market.policy(),
        market.policy(), // refused: the version is there
        market.policy({ policyId: "long", rules: Array.from({ length: 30 }, () => rule) }),
        market.request(),
      ];
      const expected = { calls: 0, bytes: 0, signatureChecks: 0, hashes: 0 };
      let last = 0;
      for (const call of calls) {
        const signed = await market.sign("siteA", call);
        const cost = callCost(signed);
        await market.ledger.submitBatch([signed]);
        expected.calls++;
        expected.bytes += cost.bytes;
        expected.signatureChecks += cost.signatureChecks;
        expected.hashes += cost.hashes;
        const found = { calls: 0, bytes: 0, signatureChecks: 0, hashes: 0 };
        for (const line of await costReport(market.ledger.entries())) {
          found.calls += line.calls;
          found.bytes += line.bytes;
          found.signatureChecks += line.signatureChecks;
          found.hashes += line.hashes;
        }
        same(found, expected, "costs reported");
        check(found.bytes > last, "the costs did not grow");
        last = found.bytes;
      }
    },
  },
  {
    number: 81,
    title:
      "closed while calls are under way: each is carried out or refused, and none is lost in silence",
    async run(market) {
      const calls = await Promise.all(
        Array.from({ length: 5 }, (_, i) =>
          market.sign("siteA", market.policy({ policyId: `p${i}` })),
        ),
      );
      const sent = calls.map((call) =>
        market.ledger.submit(call).then(
          () => "done",
          (error) => error.code as string,
        ),
      );
      await market.ledger.close();
      for (const result of await Promise.all(sent)) {
        check(result === "done" || result === "EMRX_CLOSED", `a call ended in ${result}`);
      }
      await refused(market.ledger.checkpoint(), "EMRX_CLOSED", "a closed ledger");
      await market.ledger.close();
    },
  },
  {
    number: 82,
    title: "opened again: idempotency and the status of calls go on",
    needs: can("reopen"),
    async run(market) {
      const call = await market.sign("labX", market.policy());
      const receipt = await market.ledger.submit(call);
      const bad = await market.sign("labX", market.policy());
      await refused(market.ledger.submit(bad), "EMRX_POLICY_VERSION", "the first version again");
      await market.reopen();
      same(await market.ledger.submit(call), receipt, "receipt");
      same((await market.ledger.status(callId(bad))).state, "rejected", "status of a refused call");
      same(await market.policies(), ["main 1"], "policies");
    },
  },
  {
    number: 83,
    title: "another genesis is another ledger: calls for one do not hold on the other",
    async run(market) {
      const other = await Market.open(market.harness);
      try {
        check(other.ledger.id !== market.ledger.id, "two ledgers have the same id");
        const call = await market.sign("labX", market.policy());
        await refused(other.ledger.submit(call), "EMRX_WRONG_LEDGER", "a call for another ledger");
      } finally {
        await other.ledger.close();
        await market.harness.dispose?.(other.ledger);
      }
    },
  },
  {
    number: 85,
    title: "entries of unknown form are passed over, and the audit counts them",
    needs: can("openLog"),
    async run(market) {
      const text = new TextEncoder();
      const log = await market.openLog();
      await log.append([text.encode('{"format":"emrx-call/999"}')]);
      const call = await market.sign("siteA", market.policy());
      same((await market.ledger.submit(call)).index, 2, "index after the unknown entry");
      const audit = await auditLedger(market.ledger);
      same([audit.accepted, audit.invalid, audit.passed], [1, 1, true], "what the audit counts");
      check(
        (await codeOf(market.ledger.prove("00".repeat(32)), "a proof of nothing")) ===
          "EMRX_UNKNOWN_CALL",
        "code",
      );
    },
  },
];

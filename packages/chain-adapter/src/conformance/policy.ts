// Cases 26 to 34: access decisions.
import type { Call, CallOf, Rule } from "../codec/calls.js";
import type { CaseText } from "./case.js";
import { bytes32, check, same } from "./market.js";

const permit: Rule = {
  effect: "permit",
  attributes: ["*"],
  levels: ["*"],
  purposes: ["HRESCH"],
  actors: ["*"],
};

export const policyCases: readonly CaseText[] = [
  {
    number: 26,
    title: "a read and a revocation at once: each decision is bound to one version",
    async run(market) {
      await market.play("granted");
      const read = await market.sign("labX", market.read());
      const revoke = await market.sign("siteA", market.revoke());
      const [readReceipt, revokeReceipt] = await Promise.all([
        market.ledger.submit(read),
        market.ledger.submit(revoke),
      ]);
      const [event] = readReceipt.events;
      check(event?.type === "access.decided", "a read gives a decision");
      const expected = readReceipt.index < revokeReceipt.index ? ["permit", 1] : ["deny", 2];
      same(
        [event.decision, event.grantVersion],
        expected,
        "decision and version, by order in the log",
      );
    },
  },
  {
    number: 27,
    title: "a rule is no longer valid at the very moment it ends",
    async run(market) {
      await market.play("granted");
      const { time } = await market.send("stranger", market.policy({ policyId: "clock" }));
      const ask = async (rule: Rule, at: number): Promise<string> => {
        const policyId = `p${rule.notAfter ?? ""}-${rule.notBefore ?? ""}`;
        const exists = await market.ledger.view({
          type: "access.policy",
          site: market.key("siteA"),
          policyId,
        });
        if (exists === null) await market.send("siteA", market.policy({ policyId, rules: [rule] }));
        const answer = await market.ledger.view({
          type: "access.decision",
          site: market.key("siteA"),
          policyId,
          requester: market.key("labX"),
          purpose: "HRESCH",
          attributes: ["bmi"],
          levels: ["L1"],
          time: at,
        });
        return answer.decision;
      };
      same(
        await ask({ ...permit, notAfter: time }, time - 1),
        "permit",
        "a moment before notAfter",
      );
      same(await ask({ ...permit, notAfter: time }, time), "deny", "at notAfter");
      same(
        await ask({ ...permit, notBefore: time }, time - 1),
        "deny",
        "a moment before notBefore",
      );
      same(await ask({ ...permit, notBefore: time }, time), "permit", "at notBefore");
    },
  },
  {
    number: 28,
    title: "a rule that ran out between grant and read denies the read",
    async run(market) {
      await market.play("finalized");
      const { time } = await market.send("stranger", market.policy({ policyId: "clock" }));
      const rules = [{ ...permit, notAfter: time + 5 * market.window }];
      await market.send("siteA", market.policy({ version: 2, rules }));
      await market.send("siteA", market.grant());
      same(await market.decides(), "permit", "in time");
      await market.wait(6 * market.window);
      same(await market.decides(), "EMRX_POLICY_DENIES", "after it ran out");
    },
  },
  {
    number: 29,
    title: "ledger time decides, not the caller's: it never goes back",
    async run(market) {
      let last = 0;
      for (let i = 0; i < 5; i++) {
        const { time } = await market.send("siteA", market.policy({ version: i + 1 }));
        check(time >= last, `time went back from ${last} to ${time}`);
        last = time;
      }
      same((await market.ledger.checkpoint()).time, last, "time of the checkpoint");
    },
  },
  {
    number: 30,
    title: "revoking twice, or what was never granted, is refused",
    async run(market) {
      await market.play("finalized");
      await market.refuses("siteA", market.revoke(), "EMRX_NO_GRANT");
      await market.send("siteA", market.grant());
      await market.send("siteA", market.revoke());
      await market.refuses("siteA", market.revoke(), "EMRX_GRANT_REVOKED");
      same(await market.decides(), "EMRX_GRANT_REVOKED", "a read after revocation");
    },
  },
  {
    number: 31,
    title: "a grant anew has a higher version, and the old version no longer reads",
    async run(market) {
      await market.play("granted");
      await market.send("siteA", market.revoke());
      await market.send("siteA", market.grant());
      const query = {
        type: "access.grant",
        round: 1,
        site: market.key("siteA"),
        requester: market.key("labX"),
      } as const;
      same((await market.ledger.view(query))?.version, 3, "version");
      same(
        await market.decides(market.read({ grantVersion: 1 })),
        "EMRX_GRANT_STALE",
        "with the old version",
      );
      same(
        await market.decides(market.read({ grantVersion: 3 })),
        "permit",
        "with the new version",
      );
    },
  },
  {
    number: 32,
    title: "deny overrides permit; no rule means deny; a purpose covers those below it",
    async run(market) {
      await market.play("granted");
      const deny: Rule = { ...permit, effect: "deny", attributes: ["sex"] };
      await market.send("siteA", market.policy({ version: 2, rules: [deny, permit] }));
      same(
        await market.decides(market.read({ attributes: ["bmi"] })),
        "permit",
        "an attribute not denied",
      );
      same(
        await market.decides(market.read({ attributes: ["bmi", "sex"] })),
        "EMRX_POLICY_DENIES",
        "one of two denied",
      );
      same(
        await market.decides(market.read({ purpose: "CLINTRCH" })),
        "permit",
        "a purpose below HRESCH",
      );
      same(
        await market.decides(market.read({ purpose: "PurposeOfUse" })),
        "EMRX_POLICY_DENIES",
        "a purpose above it",
      );
      await market.send("siteA", market.policy({ version: 3, rules: [] }));
      same(await market.decides(), "EMRX_POLICY_DENIES", "no rule");
    },
  },
  {
    number: 33,
    title: "a policy for another schema permits nothing of this one",
    async run(market) {
      await market.play("finalized");
      await market.send("siteA", market.policy({ version: 2, schemaHash: bytes32(99) }));
      await market.refuses("siteA", market.grant(), "EMRX_POLICY_DENIES");
    },
  },
  {
    number: 34,
    title: "what is passed on is a part of what the giver has, and ends with it",
    async run(market) {
      await market.play("finalized");
      await market.send("siteA", market.grant(market.terms({ delegation: 1 })));
      const { time } = await market.ledger.checkpoint();
      const pass = (changes: Partial<CallOf<"access.delegate">> = {}): Call => ({
        type: "access.delegate",
        round: 1,
        site: market.key("siteA"),
        grantee: market.key("labX"),
        to: market.key("stranger"),
        attributes: ["bmi"],
        purposes: ["CLINTRCH"],
        depth: 0,
        notAfter: time + 50 * market.window,
        ...changes,
      });
      for (const beyond of [
        pass({ attributes: ["bmi", "income"] }),
        pass({ purposes: ["PurposeOfUse"] }),
        pass({ depth: 1 }),
      ]) {
        await market.refuses("labX", beyond, "EMRX_BEYOND_GRANT");
      }
      await market.refuses("labY", pass(), "EMRX_NO_GRANT");
      await market.send("labX", pass());
      const read = (changes: Partial<CallOf<"access.logAccess">> = {}): Promise<string> => {
        const call = market.read({ grantee: market.key("labX"), purpose: "CLINTRCH", ...changes });
        return market.decides(call, "stranger");
      };
      same(await read(), "permit", "what was passed on");
      check((await read({ attributes: ["sex"] })) !== "permit", "an attribute that was not");
      check((await read({ purpose: "HRESCH" })) !== "permit", "a purpose that was not");
      const further = pass({ to: market.key("labY") });
      await market.refuses("stranger", further, "EMRX_BEYOND_GRANT");
      await market.send("siteA", market.revoke());
      check((await read()) !== "permit", "it outlives the grant that it came from");
    },
  },
];

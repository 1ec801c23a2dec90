// Cases 26 to 34: access decisions.
import type { Rule } from "../codec/calls.js";
import type { AccessQuestion } from "../codec/queries.js";
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
    title: "a read and a revocation at once: their order in the log decides",
    async run(market) {
      await market.play("granted");
      await market.over("grant");
      const read = await market.sign("labX", await market.read());
      const revoke = await market.sign("siteA", market.revoke());
      const [readReceipt, revokeReceipt] = await Promise.all([
        market.ledger.submit(read),
        market.ledger.submit(revoke),
      ]);
      const [event] = readReceipt.events;
      check(event?.type === "access.decided", "a read gives a decision");
      const expected = readReceipt.index < revokeReceipt.index ? "permit" : "deny";
      same(event.decision, expected, "decision, by order in the log");
    },
  },
  {
    number: 27,
    title: "a rule is no longer valid at the very moment it ends",
    async run(market) {
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
      await market.play("seeded");
      await market.over("seed");
      const { windows } = await market.round();
      const rules = [{ ...permit, notAfter: windows.grant }];
      await market.send("siteA", market.policy({ version: 2, rules }));
      await market.send("siteA", market.grant(["labX"], { policyVersion: 2 }));
      await market.over("grant");
      same(await market.decides(await market.read()), "EMRX_POLICY_DENIES", "after it ran out");
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
    title: "revoking twice, or what was never granted, is refused; a revoked grant is not read",
    async run(market) {
      await market.play("seeded");
      await market.over("seed");
      await market.refuses("siteA", market.revoke(), "EMRX_NO_GRANT");
      await market.send("siteA", market.grant());
      await market.send("siteA", market.revoke());
      await market.refuses("siteA", market.revoke(), "EMRX_GRANT_REVOKED");
      await market.refuses("siteA", market.grant(), "EMRX_DUPLICATE_GRANT");
      await market.over("grant");
      same(await market.decides(await market.read()), "EMRX_GRANT_REVOKED", "a read after it");
    },
  },
  {
    number: 31,
    title: "a grant names the policy's version in force; the policy as it is at the read decides",
    async run(market) {
      await market.play("seeded");
      await market.over("seed");
      await market.send("siteA", market.policy({ version: 2 }));
      await market.refuses("siteA", market.grant(), "EMRX_POLICY_VERSION");
      await market.send("siteA", market.grant(["labX", "labY"], { policyVersion: 2 }));
      await market.over("grant");
      same(await market.decides(await market.read(["siteA"], "labY"), "labY"), "permit", "before");
      await market.send("siteA", market.policy({ version: 3, rules: [] }));
      same(await market.decides(await market.read()), "EMRX_POLICY_DENIES", "after");
    },
  },
  {
    number: 32,
    title: "deny overrides permit; no rule means deny; a purpose covers those below it",
    async run(market) {
      const deny: Rule = { ...permit, effect: "deny", attributes: ["sex"] };
      await market.send("siteA", market.policy({ rules: [deny, permit] }));
      const ask = async (changes: Partial<AccessQuestion>): Promise<string> => {
        const { decision } = await market.ledger.view({
          type: "access.decision",
          site: market.key("siteA"),
          policyId: "main",
          requester: market.key("labX"),
          purpose: "HRESCH",
          attributes: ["bmi"],
          levels: ["L1"],
          ...changes,
        });
        return decision;
      };
      same(await ask({}), "permit", "an attribute not denied");
      same(await ask({ attributes: ["bmi", "sex"] }), "deny", "one of two denied");
      same(await ask({ purpose: "CLINTRCH" }), "permit", "a purpose below HRESCH");
      same(await ask({ purpose: "PurposeOfUse" }), "deny", "a purpose above it");
      await market.send("siteA", market.policy({ version: 2, rules: [] }));
      same(await ask({}), "deny", "no rule");
    },
  },
  {
    number: 33,
    title:
      "a policy for another schema, or that permits not every attribute of the profile, grants nothing",
    async run(market) {
      await market.play("seeded");
      await market.over("seed");
      await market.send("siteA", market.policy({ version: 2, schemaHash: bytes32(99) }));
      const second = market.grant(["labX"], { policyVersion: 2 });
      await market.refuses("siteA", second, "EMRX_POLICY_DENIES");
      const rules = [{ ...permit, attributes: ["bmi"] }];
      await market.send("siteA", market.policy({ version: 3, rules }));
      await market.refuses(
        "siteA",
        market.grant(["labX"], { policyVersion: 3 }),
        "EMRX_POLICY_DENIES",
      );
      // siteB's profile withholds the other attribute.
      await market.send("siteB", market.policy({ version: 2, rules }));
      await market.send("siteB", market.grant(["labX"], { policyVersion: 2 }));
    },
  },
  {
    number: 34,
    title: "a refused purpose, one above it, a price below the floor and a loss are not matched",
    async run(market) {
      await market.play("opened");
      await market.send("siteA", market.offer(2, { floor: 1 }));
      await market.send("siteB", market.offer(1, { profile: 1 }));
      await market.send("labX", market.request({ price: 59 }));
      await market.send("labY", market.request({ price: 500, purpose: "PurposeOfUse" }));
      await market.send("stranger", market.request({ price: 500, purpose: "HMARKT" }));
      await market.over("offer");
      await market.send("opener", market.seed("opener"));
      await market.over("seed");
      await market.send("siteB", market.policy());
      await market.send("siteB", market.grant());
      same(await market.pairs(), { "siteB labX": [4, "open"] }, "pairs");
    },
  },
];

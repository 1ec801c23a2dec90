// Cases 64 to 78: matching and evaluation.

import type { Call } from "../codec/calls.js";
import { seedCommitment } from "../contracts/matching.js";
import type { CaseText } from "./case.js";
import { bytes32, check, Market, same } from "./market.js";
import { revealSmall } from "./small-round.js";

export const roundCases: readonly CaseText[] = [
  {
    number: 64,
    title: "a reveal without commitment is refused",
    async run(market) {
      await market.play("offered");
      await market.refuses("operator", market.reveal(), "EMRX_NOT_COMMITTED");
    },
  },
  {
    number: 65,
    title: "a second reveal or a second finalization is refused",
    async run(market) {
      await market.play("revealed");
      await market.refuses("operator", market.reveal(), "EMRX_ALREADY_REVEALED");
      await market.refuses(
        "operator",
        { type: "matching.finalize", round: 1 },
        "EMRX_CHALLENGE_OPEN",
      );
      await market.wait(market.window);
      await market.send("operator", { type: "matching.finalize", round: 1 });
      await market.refuses(
        "operator",
        { type: "matching.finalize", round: 1 },
        "EMRX_ALREADY_FINALIZED",
      );
    },
  },
  {
    number: 66,
    title: "a commitment copied from another operator, round or ledger cannot be opened",
    async run(market) {
      await market.play("offered");
      const opening = {
        round: 1,
        operator: market.key("operator"),
        seed: bytes32(6),
        nonce: bytes32(7),
      };
      for (const copied of [
        seedCommitment({ ...opening, ledger: bytes32(1) }),
        seedCommitment({ ...opening, ledger: market.ledger.id, round: 2 }),
        seedCommitment({ ...opening, ledger: market.ledger.id, operator: market.key("stranger") }),
      ]) {
        await market.send("operator", market.commit({ seedCommitment: copied }));
        await market.refuses("operator", market.reveal(), "EMRX_REVEAL_MISMATCH");
        await market.wait(20 * market.window); // void, so that the round can be committed anew
      }
    },
  },
  {
    number: 67,
    title: "no reveal in time: the round is void and the money comes back",
    async run(market) {
      await market.play("committed");
      await market.refuses(
        "labX",
        { type: "trade.withdraw", round: 1, what: "request" },
        "EMRX_TOO_LATE_TO_WITHDRAW",
      );
      await market.wait(20 * market.window);
      await market.refuses("operator", market.reveal(), "EMRX_REVEAL_LATE");
      await market.send("labX", { type: "trade.withdraw", round: 1, what: "request" });
      same((await market.ledger.view({ type: "trade.escrow" })).refunded, "400", "money refunded");
    },
  },
  {
    number: 68,
    title:
      "a reveal of another number of inputs or pairs than committed to or allocated is refused",
    async run(market) {
      await market.play("committed");
      await market.refuses("operator", market.reveal({ inputsCount: 5 }), "EMRX_REVEAL_MISMATCH");
      await market.refuses("operator", market.reveal({ pairs: 9 }), "EMRX_COUNT_MISMATCH");
      await market.send("operator", market.reveal());
    },
  },
  {
    number: 69,
    title:
      "a blocking pair refutes the matching and money goes back; a claim that is not so does nothing",
    async run(market) {
      // labX would take either of siteA's publishers and likes the second better; it gets one.
      const claim = await revealSmall(market, 0);
      check(claim?.kind === "blocking", `what is wrong is ${claim?.kind}, not a blocking pair`);
      const challenge: Call = { type: "matching.challenge", round: 1, claim };
      await market.send("stranger", challenge);
      await market.wait(market.window);
      const finalize: Call = { type: "matching.finalize", round: 1 };
      await market.refuses("operator", finalize, "EMRX_MATCHING_REFUTED");
      const { deposited, refunded } = await market.ledger.view({ type: "trade.escrow" });
      same([deposited, refunded], ["50", "50"], "money in and back");
      const other = await Market.open(market.harness);
      try {
        same(await revealSmall(other, 1), undefined, "what is wrong with the stable matching");
        await other.refuses("stranger", challenge, "EMRX_CHALLENGE_PROOF");
        await other.wait(other.window);
        await other.send("operator", finalize);
      } finally {
        await other.ledger.close();
        await market.harness.dispose?.(other.ledger);
      }
    },
  },
  {
    number: 70,
    title:
      "a root of inputs changed after the commitment is refused; so is more than was asked for or offered",
    async run(market) {
      await market.play("committed");
      await market.refuses(
        "operator",
        market.reveal({ inputsRoot: bytes32(99) }),
        "EMRX_REVEAL_MISMATCH",
      );
      const parties = { sites: [market.key("siteA")], requesters: [market.key("labX")] };
      const allocate = (count: number, changes = {}): ReturnType<typeof market.reveal> =>
        market.reveal({ pairs: count, allocation: { ...parties, counts: [[count]], ...changes } });
      await market.refuses("operator", allocate(9), "EMRX_OVER_QUOTA");
      await market.refuses("operator", allocate(11), "EMRX_OVER_QUOTA");
      await market.refuses(
        "operator",
        allocate(1, { sites: [market.key("stranger")] }),
        "EMRX_UNKNOWN_PARTY",
      );
    },
  },
  {
    number: 71,
    title: "only who committed may reveal, whoever sees the opening first",
    async run(market) {
      await market.play("committed");
      await market.refuses("stranger", market.reveal(), "EMRX_NOT_COMMITTER");
      await market.refuses("stranger", market.commit({ round: 2 }), "EMRX_NOT_OPERATOR");
    },
  },
  {
    number: 72,
    title: "offers and requests after the commitment are refused",
    async run(market) {
      await market.play("committed");
      await market.refuses("stranger", market.request(), "EMRX_ROUND_CLOSED");
      await market.refuses("stranger", market.offer(), "EMRX_ROUND_CLOSED");
    },
  },
  {
    number: 73,
    title: "a rating by who did not consume is refused",
    async run(market) {
      await market.play("settled");
      await market.refuses("stranger", market.rate(), "EMRX_NOT_CONSUMER");
      await market.refuses(
        "labY",
        market.rate({ subject: market.key("siteB") }),
        "EMRX_NOT_CONSUMER",
      );
      await market.refuses("siteA", market.rate(), "EMRX_NOT_CONSUMER");
    },
  },
  {
    number: 74,
    title: "a second rating is refused",
    async run(market) {
      await market.play("settled");
      await market.send("labX", market.rate());
      await market.refuses("labX", market.rate({ measuredQuality: 0 }), "EMRX_DUPLICATE_RATING");
      const score = await market.ledger.view({
        type: "evaluation.score",
        role: "site",
        subject: market.key("siteA"),
      });
      same(
        [score?.count, score?.measuredSum, score?.absoluteErrorSum],
        [1, "850000", "50000"],
        "score",
      );
    },
  },
  {
    number: 75,
    title: "a rating before settlement, or of what was revoked before it, is refused",
    async run(market) {
      await market.play("delivered");
      await market.refuses("labX", market.rate(), "EMRX_NOT_SETTLED");
      await market.send("siteA", market.revoke());
      await market.send("labX", market.settle());
      await market.refuses("labX", market.rate(), "EMRX_NOT_CONSUMER");
      const { paid, refunded } = await market.ledger.view({ type: "trade.escrow" });
      same([paid, refunded], ["150", "250"], "paid and refunded");
    },
  },
  {
    number: 76,
    title: "sums are exact, and money is conserved over a whole round",
    async run(market) {
      await market.play("settled");
      const escrow = await market.ledger.view({ type: "trade.escrow" });
      same(escrow, { deposited: "540", held: "0", paid: "540", refunded: "0" }, "escrow");
      same(
        await market.ledger.view({ type: "trade.credit", party: market.key("siteA") }),
        "390",
        "siteA's credit",
      );
      await market.send(
        "siteA",
        market.rate({ role: "requester", subject: market.key("labX"), measuredQuality: 1_000_000 }),
      );
      const score = await market.ledger.view({
        type: "evaluation.score",
        role: "requester",
        subject: market.key("labX"),
      });
      same(score?.measuredSum, "1000000", "score of the requester");
    },
  },
];

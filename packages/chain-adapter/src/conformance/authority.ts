// Cases 19 to 25: who may do what.
import { toHex } from "@emrx/internal/bytes";
import { fromHex } from "../codec/hex.js";
import type { CaseText } from "./case.js";
import { bytes32, refused, same } from "./market.js";

/** Order of the group of Ed25519 (RFC 8032 section 5.1). */
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

export const authorityCases: readonly CaseText[] = [
  {
    number: 19,
    title: "a call signed for another ledger is refused",
    async run(market) {
      const call = await market.sign("labX", market.request(), {}, bytes32(1));
      await refused(market.ledger.submit(call), "EMRX_WRONG_LEDGER", "a call for another ledger");
    },
  },
  {
    number: 21,
    title: "a signature does not carry over to another ledger, call, key, deadline or signer",
    async run(market) {
      const foreign = await market.sign("labX", market.request(), {}, bytes32(1));
      const good = await market.sign("labX", market.request());
      for (const forged of [
        { ...foreign, ledger: market.ledger.id },
        { ...good, call: market.request({ quota: 9 }) },
        { ...good, key: "other" },
        { ...good, deadline: 9e15 },
        { ...good, expectedVersion: 0 },
        { ...good, signer: market.key("labY") },
      ]) {
        await refused(
          market.ledger.submit(forged),
          "EMRX_BAD_SIGNATURE",
          "a signature carried over",
        );
      }
    },
  },
  {
    number: 22,
    title: "a call is void from its deadline on, by ledger time",
    async run(market) {
      const { time } = await market.send("siteA", market.policy());
      await market.wait(market.window);
      await market.refuses("labX", market.request(), "EMRX_CALL_EXPIRED", { deadline: time + 1 });
      await market.send("labX", market.request(), { deadline: time + 1000 * market.window });
    },
  },
  {
    number: 23,
    title: "a signature altered into another that lax verifiers accept is refused",
    async run(market) {
      const call = await market.sign("labX", market.request());
      const signature = fromHex(call.signature);
      let s = 0n;
      for (let i = 63; i >= 32; i--) s = (s << 8n) | BigInt(signature[i] as number);
      s += ORDER;
      for (let i = 32; i < 64; i++) {
        signature[i] = Number(s & 255n);
        s >>= 8n;
      }
      const forged = { ...call, signature: toHex(signature) };
      await refused(market.ledger.submit(forged), "EMRX_BAD_SIGNATURE", "s plus the group order");
      const zero = { ...call, signer: bytes32(1), signature: "0".repeat(128) };
      await refused(market.ledger.submit(zero), "EMRX_BAD_SIGNATURE", "a key of small order");
    },
  },
  {
    number: 24,
    title: "nobody acts for another: revoking, delivering, withdrawing, revealing",
    async run(market) {
      await market.play("committed");
      await market.refuses("stranger", market.reveal(), "EMRX_NOT_COMMITTER");
      await market.send("operator", market.reveal());
      await market.wait(market.window);
      await market.send("stranger", { type: "matching.finalize", round: 1 });
      await market.send("siteA", market.grant());
      await market.refuses("siteB", market.revoke(), "EMRX_NO_GRANT");
      await market.refuses("stranger", market.deliver(), "EMRX_NO_GRANT");
      await market.refuses(
        "stranger",
        { type: "trade.withdraw", round: 1, what: "request" },
        "EMRX_NO_REQUEST",
      );
      same(
        await market.decides(market.read(), "stranger"),
        "EMRX_NO_GRANT",
        "a read by a stranger",
      );
      same(await market.decides(), "permit", "a read by the grantee");
    },
  },
];

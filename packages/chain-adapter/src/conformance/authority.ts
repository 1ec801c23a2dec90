// Cases 19 to 25: who may do what.
import { toHex } from "@emrx/internal/bytes";
import { fromHex } from "../codec/hex.js";
import type { CaseText } from "./case.js";
import { bytes32, check, refused, same } from "./market.js";

/** Order of the group of Ed25519 (RFC 8032 section 5.1). */
const ED25519_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
/** Order of the group of secp256k1 (SEC 2 section 2.4.1). */
const SECP256K1_ORDER = 0xffffffff_ffffffff_ffffffff_fffffffe_baaedce6_af48a03b_bfd25e8c_d0364141n;

/** A whole number in bytes, the highest first, and back. */
const numberIn = (bytes: Uint8Array): bigint => BigInt(`0x${toHex(bytes)}`);
const bytesOf = (number: bigint): Uint8Array<ArrayBuffer> =>
  fromHex(number.toString(16).padStart(64, "0"));

/** Another signature that a verifier accepts which does not insist on one form, by scheme. */
const twins: Readonly<Record<string, (signature: Uint8Array) => Uint8Array>> = {
  // s + order instead of s, both the lowest byte first
  ed25519: (signature) => {
    const s = numberIn(signature.slice(32).reverse()) + ED25519_ORDER;
    return Uint8Array.of(...signature.subarray(0, 32), ...bytesOf(s).reverse());
  },
  // order - s instead of s, and the other recovery byte
  secp256k1: (signature) => {
    const s = SECP256K1_ORDER - numberIn(signature.subarray(32, 64));
    return Uint8Array.of(...signature.subarray(0, 32), ...bytesOf(s), 55 - (signature[64] ?? 0));
  },
};

export const authorityCases: readonly CaseText[] = [
  {
    number: 19,
    title: "a call signed for another ledger is refused",
    async run(market) {
      const call = await market.sign("labX", market.policy(), {}, bytes32(1));
      await refused(market.ledger.submit(call), "EMRX_WRONG_LEDGER", "a call for another ledger");
    },
  },
  {
    number: 21,
    title: "a signature does not carry over to another ledger, call, key, deadline or signer",
    async run(market) {
      const foreign = await market.sign("labX", market.policy(), {}, bytes32(1));
      const good = await market.sign("labX", market.policy());
      const another = await market.sign("labY", market.policy());
      for (const forged of [
        { ...foreign, ledger: market.ledger.id },
        { ...good, call: market.policy({ policyId: "other" }) },
        { ...good, key: "other" },
        { ...good, deadline: 9e15 },
        { ...good, expectedVersion: 0 },
        { ...good, signer: another.signer },
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
      await market.refuses("labX", market.policy(), "EMRX_CALL_EXPIRED", { deadline: time + 1 });
      await market.send("labX", market.policy(), { deadline: time + 1000 * market.window });
    },
  },
  {
    number: 23,
    title: "a signature altered into another that lax verifiers accept is refused",
    async run(market) {
      const call = await market.sign("labX", market.policy());
      const [scheme = "", digits = ""] = call.signature.split(":");
      const twin = twins[scheme]?.(fromHex(digits));
      check(twin !== undefined, `the kit knows no second form of signatures of ${scheme}`);
      const forged = { ...call, signature: `${scheme}:${toHex(twin)}` };
      await refused(market.ledger.submit(forged), "EMRX_BAD_SIGNATURE", "another form of it");
      // A key that is the neutral element of Ed25519, under which a lax verifier takes anything.
      const signer = `ed25519:01${"00".repeat(31)}`;
      const zero = { ...call, signer, signature: `ed25519:01${"00".repeat(63)}` };
      await refused(market.ledger.submit(zero), "EMRX_BAD_SIGNATURE", "a key of small order");
    },
  },
  {
    number: 24,
    title:
      "nobody acts for another: seeding, granting, reading, releasing, revoking, settling early",
    async run(market) {
      await market.play("offered");
      await market.over("offer");
      await market.refuses("stranger", market.seed("opener"), "EMRX_NOT_SEEDER");
      await market.refuses("seeder", market.seed("opener"), "EMRX_SEED_MISMATCH");
      await market.send("opener", market.seed("opener"));
      await market.over("seed");
      await market.refuses("stranger", market.grant(), "EMRX_NOT_ALLOCATED");
      await market.send("siteA", market.grant());
      await market.refuses("siteB", market.revoke(), "EMRX_NO_GRANT");
      await market.over("grant");
      await market.refuses("stranger", await market.read(), "EMRX_NOT_ALLOCATED");
      same(await market.decides(await market.read()), "permit", "a read by the grantee");
      await market.over("read");
      await market.refuses("siteB", market.release("labX"), "EMRX_NO_PERMIT");
      await market.send("siteA", market.release("labX"));
      const early = market.settle({ sites: [market.key("siteA")] });
      await market.refuses("stranger", early, "EMRX_NOT_ALLOCATED");
      await market.refuses("siteA", market.settle(), "EMRX_WRONG_WINDOW");
      await market.send("labX", early);
    },
  },
];

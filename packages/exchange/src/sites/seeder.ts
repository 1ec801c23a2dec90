// A seeder: commits to a share of a round's seed, and shows it when its time comes.
import {
  type RoundTerms,
  type Seeder as SeederConsent,
  signSeeder,
} from "@emrx/chain-adapter/calls";
import { partyId } from "@emrx/chain-adapter/identity";
import { deferred, integer, object, optional, type Shape, text } from "@emrx/internal/shape";
import { bytesToHex } from "@noble/hashes/utils.js";
import { check, roundShape } from "../errors/check.js";
import { submitCall } from "../ledger/calls.js";
import { derived } from "../ledger/derive.js";
import {
  inTurn,
  type PartyOptions,
  presentRound,
  type StepReport,
  settleRound,
} from "../round/step.js";
import { checkParty } from "./check-party.js";

const termsShape: Shape<RoundTerms> = /* @__PURE__ */ deferred(() => {
  const ends = { offer: integer(0), seed: integer(0), grant: integer(0) };
  return object({
    round: roundShape,
    publication: text({ form: /^[0-9a-f]{64}$/ }),
    windows: object({ ...ends, read: integer(0), release: integer(0), claim: integer(0) }),
    issuerKey: optional(text()),
  });
});

/** A seeder. Made by {@link seeder}. */
export interface Seeder {
  /** Its name on the ledger. */
  readonly id: string;
  /** Signs a round that somebody will open with this seeder's bond. */
  consent(terms: RoundTerms): Promise<SeederConsent>;
  /** Shows the share when its window is open; settles the round at its end. */
  step(round: number): Promise<StepReport>;
}

/**
 * A seeder. Its share of a round's seed follows from its secret, the ledger and the round, so it needs to remember nothing.
 *
 * @param options - ledger, identity, secret
 * @returns the seeder
 * @throws ExchangeError `EMRX_EXCHANGE_MEMORY` for a secret of less than 32 bytes
 * @example
 * ```ts
 * import { createGenesis, createIdentity, memoryLedger } from "@emrx/chain-adapter";
 * import { seeder } from "@emrx/exchange";
 *
 * const ledger = await memoryLedger({ genesis: createGenesis({ name: "trial" }) });
 * const secret = crypto.getRandomValues(new Uint8Array(32));
 * const ours = seeder({ ledger, identity: await createIdentity(), secret });
 * (await ours.step(1)).did; // => []
 * ```
 */
export function seeder(options: PartyOptions): Seeder {
  const { ledger, identity, secret } = checkParty(options);
  const id = options.party ?? partyId(identity);
  const turn = inTurn();
  const share = (round: number): string =>
    bytesToHex(derived(secret, ledger.id, "seed share", id, round));
  return {
    id,
    consent: async (given) => {
      const terms = check(termsShape, given, "terms");
      return signSeeder(ledger.id, identity, terms, { share: share(terms.round), party: id });
    },
    step: (given) =>
      turn(async () => {
        const number = check(roundShape, given, "round");
        const round = await presentRound(options, number);
        if (round === undefined) return { did: [] };
        const own = round.seeders.find((other) => other.seeder === id);
        const did: string[] = [];
        if (round.phase === "seed" && own !== undefined && own.share === undefined) {
          const call = { type: "matching.seed", round: number, share: share(number) } as const;
          const outcome = await submitCall(ledger, identity, call);
          if ("refused" in outcome) throw outcome.error;
          did.push(`showed the share of round ${number}`);
        }
        did.push(...(await settleRound(options, round)));
        if (round.phase === "offer" && own !== undefined)
          return { did, next: { what: "show the share", at: round.windows.offer } };
        if (round.phase === "settle" || round.phase === "void") return { did };
        return { did, next: { what: "settle", at: round.windows.claim } };
      }),
  };
}

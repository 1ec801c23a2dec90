// round: opening one, with everything that is fixed from then on; and the shares of its seed.
import { rsaPublicKey } from "../blind-tokens/blind-signature.js";
import type { OpenRound, ShowSeed } from "../codec/calls.js";
import { fromHex } from "../codec/hex.js";
import type { SeederState } from "../codec/round-view.js";
import { seedCommitment, seederMessage } from "../codec/seeder.js";
import { LedgerError } from "../errors.js";
import { decodePublicKey, partyId, signatureBytes } from "../identity/public-key.js";
import { verifySignatureSync } from "../identity/scheme.js";
import { hold } from "./money.js";
import { partyOf } from "./parties.js";
import { emptyMap, mapGet, mapSet } from "./persistent-map.js";
import { type CallResult, type Refusal, reject } from "./result.js";
import type { CallContext, ContractState, RoundState } from "./state.js";
import { roundIn, withRound } from "./windows.js";

/** The parties whose consent an opening brings, or what is wrong with one of them. */
function consenting(
  state: ContractState,
  call: OpenRound,
  ledger: string,
): readonly SeederState[] | Refusal {
  const found: SeederState[] = [];
  for (const [i, { key: text, commitment, signature }] of call.seeders.entries()) {
    const key = decodePublicKey(text);
    const party = partyOf(state, partyId(key));
    if ("rejection" in party) return party;
    const seeder = party.party;
    if (found.some((other) => other.seeder === seeder)) {
      return reject("EMRX_SEEDER", `seeders[${i}] is ${seeder}, who is named before`);
    }
    const message = seederMessage(ledger, call, commitment);
    if (!verifySignatureSync(key, message, signatureBytes(key.scheme, signature))) {
      return reject("EMRX_SEEDER", `seeders[${i}] did not sign this round`);
    }
    found.push({ seeder, commitment });
  }
  return found;
}

export function openRound(
  state: ContractState,
  call: OpenRound,
  { ledger, genesis, signer: opener, time }: CallContext,
): CallResult {
  const { type: _, seeders: __, ...terms } = call;
  const { round, publication, windows, issuerKey } = terms;
  if (mapGet(state.rounds, String(round)) !== undefined) {
    return reject("EMRX_ROUND_EXISTS", `round ${round} was opened already; take another number`);
  }
  const bonds = mapGet(state.publications, publication)?.document.bonds;
  if (bonds === undefined) {
    return reject("EMRX_NO_PUBLICATION", `publication ${publication} is not on the ledger`);
  }
  if (time >= windows.offer) {
    const message = `windows.offer ends at ${windows.offer}; it is ${time} already`;
    return reject("EMRX_WRONG_WINDOW", message, { until: windows.offer });
  }
  if (issuerKey !== undefined) {
    try {
      rsaPublicKey(fromHex(issuerKey));
    } catch (error) {
      if (!(error instanceof LedgerError)) throw error;
      return reject("EMRX_ISSUER_KEY", error.message);
    }
  }
  const seeders = consenting(state, call, ledger);
  if ("rejection" in seeders) return seeders;
  const bond = BigInt(genesis.openers.includes(opener) ? 0 : bonds.opener);
  const held = bond + BigInt(bonds.seeder) * BigInt(seeders.length);
  const rounds = mapSet<RoundState>(state.rounds, String(round), {
    ...terms,
    opener,
    openedAt: time,
    held: bond.toString(),
    admitted: emptyMap(),
    inputs: { offers: emptyMap(), requests: emptyMap(), seeders },
    pairs: emptyMap(),
    settled: 0,
    version: 1,
  });
  return {
    state: { ...state, rounds, money: hold(state.money, held) },
    events: [{ type: "round.opened", round, opener, publication, held: held.toString() }],
  };
}

export function showSeed(
  state: ContractState,
  { round: number, share }: ShowSeed,
  { ledger, signer: seeder, time }: CallContext,
): CallResult {
  const held = roundIn(state, number, ["seed"], time);
  if ("rejection" in held) return held;
  const { round } = held;
  const { inputs } = round;
  const own = inputs.seeders.find((other) => other.seeder === seeder);
  if (own === undefined) {
    return reject("EMRX_NOT_SEEDER", `${seeder} is no seeder of round ${number}`);
  }
  if (own.share !== undefined) {
    return reject("EMRX_SEED_SHOWN", `${seeder} has shown its share of round ${number} already`);
  }
  if (own.commitment !== seedCommitment({ ledger, round: number, seeder, share })) {
    return reject("EMRX_SEED_MISMATCH", `the share is not the one that ${seeder} committed to`);
  }
  const seeders = inputs.seeders.map((other) => (other === own ? { ...own, share } : other));
  return {
    state: withRound(state, round, { inputs: { ...inputs, seeders } }),
    events: [{ type: "matching.seeded", round: number, seeder }],
  };
}

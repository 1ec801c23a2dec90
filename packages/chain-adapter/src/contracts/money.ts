// Money: it enters with an offer, a request or a bond, and leaves to a party or to nobody. The ledger counts claims; whoever
// keeps the money pays by them. deposited = held + paid + returned + forfeited, and credits = paid + returned, always.
import type { Amount, Hex32 } from "../codec/fields.js";
import { mapGet, mapSet } from "./persistent-map.js";
import { add, subtract } from "./result.js";
import type { Escrow, MoneyState } from "./state.js";

/** Money with an amount more in escrow. */
export function hold({ escrow, credits }: MoneyState, amount: Amount | bigint): MoneyState {
  const { deposited, held } = escrow;
  return {
    escrow: { ...escrow, deposited: add(deposited, amount), held: add(held, amount) },
    credits,
  };
}

/** Money with an amount of the escrow given to a party: `returned` to who deposited it, `paid` to another. */
export function give(
  money: MoneyState,
  party: Hex32,
  amount: Amount | bigint,
  as: "returned" | "paid",
): MoneyState {
  const { escrow, credits } = take(money, amount, as);
  return {
    escrow,
    credits:
      BigInt(amount) === 0n
        ? credits
        : mapSet(credits, party, add(mapGet(credits, party) ?? "0", amount)),
  };
}

/** Money with an amount of the escrow given to nobody. */
export const forfeit = (money: MoneyState, amount: Amount | bigint): MoneyState =>
  take(money, amount, "forfeited");

function take(
  { escrow, credits }: MoneyState,
  amount: Amount | bigint,
  as: keyof Omit<Escrow, "deposited" | "held">,
): MoneyState {
  return {
    escrow: { ...escrow, held: subtract(escrow.held, amount), [as]: add(escrow[as], amount) },
    credits,
  };
}

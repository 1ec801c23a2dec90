// Identities that are the same in every run, and short ways to sign.
import { type Call, type CallOptions, type SignedCall, signCall } from "../../src/calls.js";
import { createIdentity, type Identity, partyId } from "../../src/identity.js";
import type { ChainAdapter } from "../../src/ledger.js";
import { policy } from "../contracts/world.js";

export const identity = (byte: number): Promise<Identity> =>
  createIdentity({ secretKey: new Uint8Array(32).fill(byte) });

/** The party that an identity acts for. */
export const keyOf = (who: Identity): string => partyId(who);

let fresh = 0;

/** Signs a call for a ledger, under a key of its own unless one is given. */
export async function sign(
  ledger: Pick<ChainAdapter, "id">,
  who: Identity,
  call: Call,
  options: Partial<CallOptions> = {},
): Promise<SignedCall> {
  return signCall(ledger.id, who, call, { key: `key-${fresh++}`, ...options });
}

/** A signed call that is always accepted: a new policy. */
export async function anyCall(
  ledger: Pick<ChainAdapter, "id">,
  who: Identity,
  name: string = `p-${fresh++}`,
): Promise<SignedCall> {
  return sign(ledger, who, policy({ policyId: name }), { key: `key-${name}` });
}

/** The code of what a promise throws. */
export async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
    return "nothing thrown";
  } catch (error) {
    return (error as { code?: unknown }).code ?? error;
  }
}

/** The first items of a stream. */
export async function take<T>(stream: AsyncIterable<T>, count: number): Promise<T[]> {
  const items: T[] = [];
  if (count === 0) return items;
  for await (const item of stream) {
    items.push(item);
    if (items.length === count) break;
  }
  return items;
}

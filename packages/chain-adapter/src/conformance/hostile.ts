// Case 106: what no caller should send. Each call is answered or refused with a code; nothing else comes out, and nothing
// changes.
import type { SignedCall } from "../codec/signed-call.js";
import type { ChainAdapter } from "../ledger/port.js";
import type { CaseText } from "./case.js";
import { check, type Market, same } from "./market.js";

/** Twenty thousand lists, one in the other. */
function deep(): unknown {
  let value: unknown = [];
  for (let i = 0; i < 20_000; i++) value = [value];
  return value;
}

const circle: Record<string, unknown> = {};
circle["self"] = circle;

/** Values of every kind, and some that only look right. */
export const hostileValues: readonly unknown[] = [
  undefined,
  null,
  true,
  0,
  -1,
  0.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  2 ** 53,
  10n,
  "",
  "00",
  "\ud800",
  "__proto__",
  "a".repeat(100_000),
  Symbol("s"),
  () => 0,
  {},
  [],
  [null],
  new Array(3),
  new Uint8Array(3),
  new ArrayBuffer(8),
  new Map(),
  new Date(Number.NaN),
  Object.create(null),
  circle,
  deep(),
  new Proxy(
    {},
    {
      get() {
        throw new Error("no member can be read");
      },
    },
  ),
];

/** The calls of a ledger, each with a hostile value in one place. */
function callsOf(
  ledger: ChainAdapter,
  signed: SignedCall,
): Readonly<Record<string, (value: never) => Promise<unknown> | AsyncIterable<unknown>>> {
  const first = async (stream: () => AsyncIterable<unknown>): Promise<unknown> => {
    for await (const item of stream()) return item;
    return undefined;
  };
  const type = "access.policy";
  return {
    submit: (value) => ledger.submit(value),
    "submit, call": (value) => ledger.submit({ ...signed, call: value }),
    "submit, key": (value) => ledger.submit({ ...signed, key: value }),
    "submit, signer": (value) => ledger.submit({ ...signed, signer: value }),
    "submit, signature": (value) => ledger.submit({ ...signed, signature: value }),
    "submit, deadline": (value) => ledger.submit({ ...signed, deadline: value }),
    "submit, options": (value) => ledger.submit(signed, value),
    "submit, signal": (value) => ledger.submit(signed, { signal: value }),
    submitBatch: (value) => ledger.submitBatch(value),
    "submitBatch, item": (value) => ledger.submitBatch([value]),
    status: (value) => ledger.status(value),
    view: (value) => ledger.view(value),
    "view, type": (value) => ledger.view({ type: value }),
    "view, member": (value) => ledger.view({ type, site: value, policyId: value }),
    "view, round": (value) => ledger.view({ type: "round.state", round: value }),
    events: (value) => first(() => ledger.events(value, { signal: AbortSignal.abort() })),
    "events, options": (value) => first(() => ledger.events(undefined, value)),
    entries: (value) => first(() => ledger.entries(value)),
    "entries, to": (value) => first(() => ledger.entries(0, value)),
    prove: (value) => ledger.prove(value),
    "prove, size": (value) => ledger.prove("00", value),
    proveEntry: (value) => ledger.proveEntry(value),
    "proveEntry, size": (value) => ledger.proveEntry(0, value),
    proveConsistency: (value) => ledger.proveConsistency(value),
    "proveConsistency, second": (value) => ledger.proveConsistency(1, value),
  };
}

/** A value, for people. */
function nameOf(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "string") return JSON.stringify(value.slice(0, 20));
  return typeof value === "object" && value !== null ? "an object" : String(value);
}

/** What came of a hostile call, unless it was answered or refused with a code. */
async function wrong(ask: () => unknown): Promise<string | undefined> {
  try {
    await ask();
    return undefined;
  } catch (error) {
    const { code } = (error ?? {}) as { readonly code?: unknown };
    return typeof code === "string" && code.startsWith("EMRX_") ? undefined : String(error);
  }
}

export const hostileCases: readonly CaseText[] = [
  {
    number: 106,
    title: "whatever is sent is answered or refused with a code, and changes nothing",
    async run(market: Market) {
      const signed = await market.sign("siteA", market.policy());
      await market.ledger.submit(signed);
      const before = await market.ledger.checkpoint();
      for (const [name, call] of Object.entries(callsOf(market.ledger, signed))) {
        for (const value of hostileValues) {
          const what = await wrong(() => call(value as never));
          check(what === undefined, `${name} given ${nameOf(value)} ended in ${what}`);
        }
      }
      same(await market.ledger.checkpoint(), before, "the checkpoint after hostile calls");
    },
  },
];

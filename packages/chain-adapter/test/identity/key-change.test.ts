import { createIdentity, type Identity } from "@emrx/chain-adapter";
import {
  applyKeyChange,
  applyKeyChangeSync,
  createEvmIdentity,
  encodePublicKey,
  type KeyChange,
  type KeyState,
  partyId,
  registerKeys,
  signKeyChange,
} from "@emrx/chain-adapter/identity";
import { fc, property } from "@emrx/testkit";
import { sha256 } from "@noble/hashes/sha2.js";
import { beforeAll, expect, test } from "vitest";
import { hex } from "../merkle/reference.js";

const identity = (fill: number): Promise<Identity> =>
  createIdentity({ secretKey: new Uint8Array(32).fill(fill) });
type Six = [Identity, Identity, Identity, Identity, Identity, Identity];
let [site, next, later, safe, safer, thief] = [] as unknown as Six;
let state: KeyState;
let rotation: KeyChange;
beforeAll(async () => {
  [site, next, later, safe, safer, thief] = (await Promise.all(
    [1, 2, 3, 4, 5, 6].map(identity),
  )) as Six;
  state = registerKeys("trial", site, safe);
  rotation = await signKeyChange(state, { kind: "rotation", authority: site, next });
});
/** Both ways of following, which must decide alike. */
async function follow(from: KeyState, change: KeyChange): Promise<KeyState> {
  const [now, later] = await Promise.allSettled([
    (async () => applyKeyChangeSync(from, change))(),
    applyKeyChange(from, change),
  ]);
  expect(now).toEqual(later);
  if (now.status === "rejected") throw now.reason;
  return now.value;
}
const refused = (message: RegExp) =>
  expect.objectContaining({
    code: "EMRX_INVALID_KEY_CHANGE",
    message: expect.stringMatching(message),
  });
test("a rotation moves the current key and keeps name and recovery key", async () => {
  const after = await follow(state, rotation);
  expect(after).toEqual({ ...state, current: partyId(next), sequence: 1 });
  const second = await signKeyChange(after, { kind: "rotation", authority: next, next: later });
  expect((await follow(after, second)).name).toBe(partyId(site));
  // The first key has no say any more.
  const stale = await signKeyChange(after, { kind: "rotation", authority: site, next: later });
  await expect(follow(after, stale)).rejects.toThrow(refused(/signed by the current key/));
});

test("a lost key is recovered, and the recovery key is replaced with it", async () => {
  const recovery = await signKeyChange(state, {
    kind: "recovery",
    authority: safe,
    next,
    nextRecoveryKey: safer,
  });
  const after = await follow(state, recovery);
  expect(after.current).toBe(partyId(next));
  expect(after.recovery).not.toBe(state.recovery);
  // The recovery key that has been shown is worth nothing now.
  const again = await signKeyChange(after, {
    kind: "recovery",
    authority: safe,
    next: later,
    nextRecoveryKey: safe,
  });
  await expect(follow(after, again)).rejects.toThrow(refused(/recovery key that was announced/));
});

test("a thief of the current key can rotate, but cannot keep the owner from recovering", async () => {
  const stolen = await follow(
    state,
    await signKeyChange(state, { kind: "rotation", authority: site, next: thief }),
  );
  expect(stolen.current).toBe(partyId(thief));
  const recovery = await signKeyChange(stolen, {
    kind: "recovery",
    authority: safe,
    next: later,
    nextRecoveryKey: safer,
  });
  const back = await follow(stolen, recovery);
  expect(back.current).toBe(partyId(later));
  // Nor can the thief announce another recovery key.
  const grab = {
    ...(await signKeyChange(stolen, { kind: "rotation", authority: thief, next: later })),
  };
  await expect(follow(stolen, { ...grab, nextRecovery: "00".repeat(32) })).rejects.toThrow(
    refused(/cannot change the recovery key/),
  );
});

test("every part is bound: changing any one is refused", async () => {
  const flip = (text: string): string => text.slice(0, -1) + (text.endsWith("0") ? "1" : "0");
  const changes: readonly (readonly [Partial<KeyChange>, RegExp])[] = [
    [{ sequence: 1 }, /sequence is 1; the keys stand at 0/],
    [{ kind: "recovery" }, /signed by the recovery key/],
    [{ kind: "other" as never }, /kind is "other" .* expected one of "rotation", "recovery"/],
    [
      { kind: "other" as never, authority: encodePublicKey(safe) },
      /kind is "other" .* expected one of "rotation", "recovery"/,
    ],
    [{ next: encodePublicKey(later) }, /signature of .* is wrong/],
    [{ nextRecovery: flip(rotation.nextRecovery) }, /cannot change the recovery key/],
    [{ authority: encodePublicKey(thief) }, /signed by the current key/],
    [{ authoritySignature: flip(rotation.authoritySignature) }, /signature of .* is wrong/],
    [{ nextSignature: flip(rotation.nextSignature) }, /signature of .* is wrong/],
    [{ nextSignature: rotation.authoritySignature }, /signature of .* is wrong/],
    [{ next: rotation.next.toUpperCase() }, /change\.next is .* expected a public key/],
    [{ next: rotation.next.slice(2) }, /change\.next is .* expected a public key/],
    [
      { nextRecovery: `${rotation.nextRecovery}00` },
      /change\.nextRecovery is .* expected 64 lowercase/,
    ],
    [{ authoritySignature: "" }, /change\.authoritySignature is .* expected a signature/],
    [
      { nextSignature: rotation.nextSignature.slice(2) },
      /change\.nextSignature is .* expected a signature/,
    ],
    [{ authority: 7 as never }, /change\.authority is .* expected a public key/],
    // What only turns into the right text is no text.
    [
      { next: { length: 64, toString: () => rotation.next } as never },
      /change\.next is .* expected a public key/,
    ],
  ];
  for (const [change, problem] of changes) {
    await expect(follow(state, { ...rotation, ...change })).rejects.toThrow(refused(problem));
  }
  for (const other of [
    registerKeys("other ledger", site, safe),
    { ...state, name: partyId(thief) },
    { ...state, sequence: 1 },
  ]) {
    await expect(follow(other, rotation)).rejects.toThrow(refused(/./));
  }
});

test("a new key that its namer does not hold is refused", async () => {
  const borrowed = { ...next, sign: thief.sign };
  const claim = await signKeyChange(state, { kind: "rotation", authority: site, next: borrowed });
  await expect(follow(state, claim)).rejects.toThrow(refused(/signature of .* is wrong/));
});

test("a key does not follow itself, and a shown recovery key is not announced again", async () => {
  const same = await signKeyChange(state, { kind: "rotation", authority: site, next: site });
  await expect(follow(state, same)).rejects.toThrow(refused(/is the current one/));
  const shown = await signKeyChange(state, {
    kind: "recovery",
    authority: safe,
    next,
    nextRecoveryKey: safe,
  });
  await expect(follow(state, shown)).rejects.toThrow(refused(/announce another/));
});

test("a rotation with a recovery key, or a recovery without one, is not signed", async () => {
  const choice = { authority: site, next };
  await expect(signKeyChange(state, { ...choice, kind: "recovery" })).rejects.toThrow(refused(/./));
  await expect(
    signKeyChange(state, { ...choice, kind: "rotation", nextRecoveryKey: safe }),
  ).rejects.toThrow(refused(/./));
  expect(() =>
    registerKeys("trial", site, { scheme: "ed25519", publicKey: new Uint8Array(31) }),
  ).toThrow(expect.objectContaining({ code: "EMRX_INVALID_KEY" }));
  expect(() => registerKeys("", site, safe)).toThrow(
    expect.objectContaining({ code: "EMRX_INVALID_LABEL" }),
  );
});

property(
  "whatever comes, only listed errors leave and the state stays",
  [fc.record({ kind: fc.anything(), sequence: fc.anything(), next: fc.anything() }), fc.boolean()],
  async (noise, keep) => {
    const before = JSON.stringify(state);
    await expect(follow(state, { ...(keep ? rotation : {}), ...noise } as never)).rejects.toThrow(
      refused(/./),
    );
    expect(JSON.stringify(state)).toBe(before);
  },
);

const sized = (...parts: readonly (readonly number[])[]): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(parts.flatMap((part) => [0, 0, 0, part.length, ...part]));
const ascii = (text: string): number[] => [...new TextEncoder().encode(text)];
const digitsOf = (digits: string): number[] =>
  (digits.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16));

test("parties are named, and recovery keys announced, by the documented hashes", () => {
  const hashOf = (domain: string, key: Identity): string =>
    hex(sha256(sized(ascii(domain), ascii(key.scheme), [...key.publicKey])));
  expect(state).toEqual({
    ledger: "trial",
    name: hashOf("emrx/party/1", site),
    current: hashOf("emrx/party/1", site),
    recovery: hashOf("emrx/recovery/1", safe),
    sequence: 0,
  });
});

test("the signed bytes are the documented ones", async () => {
  const message = sized(
    ascii("emrx/key-change/1"),
    ascii("trial"),
    digitsOf(state.name),
    digitsOf(state.current),
    [0, 0, 0, 0, 0, 0, 0, 0],
    ascii("rotation"),
    ascii(`ed25519:${hex(next.publicKey)}`),
    digitsOf(state.recovery),
    ascii(`ed25519:${hex(site.publicKey)}`),
  );
  expect(rotation.authoritySignature).toBe(`ed25519:${hex(await site.sign(message))}`);
  expect(rotation.nextSignature).toBe(`ed25519:${hex(await next.sign(message))}`);
});

test("a key of one scheme is followed by a key of another, and recovered by either", async () => {
  const evmIdentity = (fill: number): Identity =>
    createEvmIdentity({ secretKey: new Uint8Array(32).fill(fill) });
  const [evm, evmSafe] = [evmIdentity(3), evmIdentity(4)];
  const start = registerKeys("trial", site, evmSafe);
  const moved = await follow(
    start,
    await signKeyChange(start, { kind: "rotation", authority: site, next: evm }),
  );
  expect(moved.current).toBe(partyId(evm));
  const back = await signKeyChange(moved, {
    kind: "recovery",
    authority: evmSafe,
    next,
    nextRecoveryKey: safe,
  });
  expect(await follow(moved, back)).toMatchObject({ current: partyId(next), sequence: 2 });
  // A signature under another scheme than its key's is none.
  const renamed = { ...back, nextSignature: back.authoritySignature };
  await expect(follow(moved, renamed)).rejects.toThrow(refused(/signature of .* is wrong/));
});

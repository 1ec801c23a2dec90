import { createIdentity, type Identity } from "@emrx/chain-adapter";
import {
  applyKeyChange,
  applyKeyChangeSync,
  type KeyChange,
  type KeyState,
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
  state = registerKeys("trial", site.publicKey, safe.publicKey);
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
  expect(after).toEqual({ ...state, current: hex(next.publicKey), sequence: 1 });
  const second = await signKeyChange(after, { kind: "rotation", authority: next, next: later });
  expect((await follow(after, second)).name).toBe(hex(site.publicKey));
  // The first key has no say any more.
  const stale = await signKeyChange(after, { kind: "rotation", authority: site, next: later });
  await expect(follow(after, stale)).rejects.toThrow(refused(/signed by the current key/));
});

test("a lost key is recovered, and the recovery key is replaced with it", async () => {
  const recovery = await signKeyChange(state, {
    kind: "recovery",
    authority: safe,
    next,
    nextRecoveryKey: safer.publicKey,
  });
  const after = await follow(state, recovery);
  expect(after.current).toBe(hex(next.publicKey));
  expect(after.recovery).not.toBe(state.recovery);
  // The recovery key that has been shown is worth nothing now.
  const again = await signKeyChange(after, {
    kind: "recovery",
    authority: safe,
    next: later,
    nextRecoveryKey: safe.publicKey,
  });
  await expect(follow(after, again)).rejects.toThrow(refused(/recovery key that was announced/));
});

test("a thief of the current key can rotate, but cannot keep the owner from recovering", async () => {
  const stolen = await follow(
    state,
    await signKeyChange(state, { kind: "rotation", authority: site, next: thief }),
  );
  expect(stolen.current).toBe(hex(thief.publicKey));
  const recovery = await signKeyChange(stolen, {
    kind: "recovery",
    authority: safe,
    next: later,
    nextRecoveryKey: safer.publicKey,
  });
  const back = await follow(stolen, recovery);
  expect(back.current).toBe(hex(later.publicKey));
  // Nor can the thief announce another recovery key.
  const grab = {
    ...(await signKeyChange(stolen, { kind: "rotation", authority: thief, next: later })),
  };
  await expect(follow(stolen, { ...grab, nextRecovery: "00".repeat(32) })).rejects.toThrow(
    refused(/cannot change the recovery key/),
  );
});

test("every part is bound: changing any one is refused", async () => {
  const flip = (text: string): string => (text.startsWith("0") ? "1" : "0") + text.slice(1);
  const changes: readonly (readonly [Partial<KeyChange>, RegExp])[] = [
    [{ sequence: 1 }, /sequence is 1; the keys stand at 0/],
    [{ kind: "recovery" }, /signed by the recovery key/],
    [{ kind: "other" as never }, /kind is neither/],
    [{ kind: "other" as never, authority: hex(safe.publicKey) }, /kind is neither/],
    [{ next: hex(later.publicKey) }, /signature of .* is wrong/],
    [{ nextRecovery: flip(rotation.nextRecovery) }, /cannot change the recovery key/],
    [{ authority: hex(thief.publicKey) }, /signed by the current key/],
    [{ authoritySignature: flip(rotation.authoritySignature) }, /signature of .* is wrong/],
    [{ nextSignature: flip(rotation.nextSignature) }, /signature of .* is wrong/],
    [{ nextSignature: rotation.authoritySignature }, /signature of .* is wrong/],
    [{ next: rotation.next.toUpperCase() }, /next must be 64 lowercase/],
    [{ next: rotation.next.slice(2) }, /next must be 64 lowercase/],
    [{ nextRecovery: `${rotation.nextRecovery}00` }, /nextRecovery must be 64 lowercase/],
    [{ authoritySignature: "" }, /authoritySignature must be 128 lowercase/],
    [{ nextSignature: rotation.nextSignature.slice(2) }, /nextSignature must be 128 lowercase/],
    [{ authority: 7 as never }, /authority must be 64 lowercase/],
    // What only turns into the right text is no text.
    [{ next: { length: 64, toString: () => rotation.next } as never }, /next must be 64 lowercase/],
  ];
  for (const [change, problem] of changes) {
    await expect(follow(state, { ...rotation, ...change })).rejects.toThrow(refused(problem));
  }
  for (const other of [
    registerKeys("other ledger", site.publicKey, safe.publicKey),
    { ...state, name: hex(thief.publicKey) },
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
    nextRecoveryKey: safe.publicKey,
  });
  await expect(follow(state, shown)).rejects.toThrow(refused(/announce another/));
});

test("a rotation with a recovery key, or a recovery without one, is not signed", async () => {
  const choice = { authority: site, next };
  await expect(signKeyChange(state, { ...choice, kind: "recovery" })).rejects.toThrow(refused(/./));
  await expect(
    signKeyChange(state, { ...choice, kind: "rotation", nextRecoveryKey: safe.publicKey }),
  ).rejects.toThrow(refused(/./));
  expect(() => registerKeys("trial", site.publicKey, new Uint8Array(31))).toThrow(
    expect.objectContaining({ code: "EMRX_INVALID_KEY" }),
  );
  expect(() => registerKeys("", site.publicKey, safe.publicKey)).toThrow(
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

test("the recovery key is announced by the documented hash", () => {
  const domain = new TextEncoder().encode("emrx/recovery/1");
  const announced = sha256(Uint8Array.of(0, 0, 0, 15, ...domain, 0, 0, 0, 32, ...safe.publicKey));
  expect(state).toEqual({
    ledger: "trial",
    name: hex(site.publicKey),
    current: hex(site.publicKey),
    recovery: hex(announced),
    sequence: 0,
  });
});

test("the signed bytes are the documented ones", async () => {
  const bytes = (digits: string): number[] =>
    (digits.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16));
  const parts = [
    [...new TextEncoder().encode("emrx/key-change/1")],
    [...new TextEncoder().encode("trial")],
    bytes(state.name),
    bytes(state.current),
    [0, 0, 0, 0, 0, 0, 0, 0],
    [...new TextEncoder().encode("rotation")],
    bytes(hex(next.publicKey)),
    bytes(state.recovery),
    bytes(state.current),
  ];
  const message = Uint8Array.from(parts.flatMap((part) => [0, 0, 0, part.length, ...part]));
  expect(rotation.authoritySignature).toBe(hex(await site.sign(message)));
  expect(rotation.nextSignature).toBe(hex(await next.sign(message)));
});

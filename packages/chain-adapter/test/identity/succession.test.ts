import {
  createIdentity,
  type Identity,
  registerKeys,
  type Succession,
  signSuccession,
  succeed,
} from "@emrx/chain-adapter";
import { fc, property } from "@emrx/testkit";
import { expect, test } from "vitest";
import { hex } from "../merkle/reference.js";

const identity = (fill: number): Promise<Identity> =>
  createIdentity({ secretKey: new Uint8Array(32).fill(fill) });
const [site, next, later, safe, safer, thief] = (await Promise.all(
  [1, 2, 3, 4, 5, 6].map(identity),
)) as [Identity, Identity, Identity, Identity, Identity, Identity];
const state = registerKeys("trial", site.publicKey, safe.publicKey);
const refused = (message: RegExp) =>
  expect.objectContaining({
    code: "EMRX_INVALID_SUCCESSION",
    message: expect.stringMatching(message),
  });
const rotation = await signSuccession(state, { kind: "rotation", authority: site, next });

test("a rotation moves the current key and keeps name and recovery key", async () => {
  const after = await succeed(state, rotation);
  expect(after).toEqual({ ...state, current: hex(next.publicKey), sequence: 1 });
  const second = await signSuccession(after, { kind: "rotation", authority: next, next: later });
  expect((await succeed(after, second)).name).toBe(hex(site.publicKey));
  // The first key has no say any more.
  const stale = await signSuccession(after, { kind: "rotation", authority: site, next: later });
  await expect(succeed(after, stale)).rejects.toThrow(refused(/signed by the current key/));
});

test("a lost key is recovered, and the recovery key is replaced with it", async () => {
  const recovery = await signSuccession(state, {
    kind: "recovery",
    authority: safe,
    next,
    nextRecoveryKey: safer.publicKey,
  });
  const after = await succeed(state, recovery);
  expect(after.current).toBe(hex(next.publicKey));
  expect(after.recovery).not.toBe(state.recovery);
  // The recovery key that has been shown is worth nothing now.
  const again = await signSuccession(after, {
    kind: "recovery",
    authority: safe,
    next: later,
    nextRecoveryKey: safe.publicKey,
  });
  await expect(succeed(after, again)).rejects.toThrow(refused(/recovery key that was announced/));
});

test("a thief of the current key can rotate, but cannot keep the owner from recovering", async () => {
  const stolen = await succeed(
    state,
    await signSuccession(state, { kind: "rotation", authority: site, next: thief }),
  );
  expect(stolen.current).toBe(hex(thief.publicKey));
  const recovery = await signSuccession(stolen, {
    kind: "recovery",
    authority: safe,
    next: later,
    nextRecoveryKey: safer.publicKey,
  });
  const back = await succeed(stolen, recovery);
  expect(back.current).toBe(hex(later.publicKey));
  // Nor can the thief announce another recovery key.
  const grab = {
    ...(await signSuccession(stolen, { kind: "rotation", authority: thief, next: later })),
  };
  await expect(succeed(stolen, { ...grab, nextRecovery: "00".repeat(32) })).rejects.toThrow(
    refused(/cannot change the recovery key/),
  );
});

test("every part is bound: changing any one is refused", async () => {
  const flip = (text: string): string => (text.startsWith("0") ? "1" : "0") + text.slice(1);
  const changes: Partial<Succession>[] = [
    { sequence: 1 },
    { kind: "recovery" },
    { kind: "other" as never },
    { next: hex(later.publicKey) },
    { nextRecovery: flip(rotation.nextRecovery) },
    { authority: hex(thief.publicKey) },
    { authoritySignature: flip(rotation.authoritySignature) },
    { nextSignature: flip(rotation.nextSignature) },
    { nextSignature: rotation.authoritySignature },
    { next: rotation.next.toUpperCase() },
    { next: rotation.next.slice(2) },
    { authoritySignature: "" },
    { authority: 7 as never },
  ];
  for (const change of changes) {
    await expect(succeed(state, { ...rotation, ...change })).rejects.toThrow(refused(/./));
  }
  for (const other of [
    registerKeys("other ledger", site.publicKey, safe.publicKey),
    { ...state, name: hex(thief.publicKey) },
    { ...state, sequence: 1 },
  ]) {
    await expect(succeed(other, rotation)).rejects.toThrow(refused(/./));
  }
});

test("a new key that its namer does not hold is refused", async () => {
  const borrowed = { ...next, sign: thief.sign };
  const claim = await signSuccession(state, { kind: "rotation", authority: site, next: borrowed });
  await expect(succeed(state, claim)).rejects.toThrow(refused(/signature of .* is wrong/));
});

test("a key does not follow itself, and a shown recovery key is not announced again", async () => {
  const same = await signSuccession(state, { kind: "rotation", authority: site, next: site });
  await expect(succeed(state, same)).rejects.toThrow(refused(/is the current one/));
  const shown = await signSuccession(state, {
    kind: "recovery",
    authority: safe,
    next,
    nextRecoveryKey: safe.publicKey,
  });
  await expect(succeed(state, shown)).rejects.toThrow(refused(/announce another/));
});

test("a rotation with a recovery key, or a recovery without one, is not signed", async () => {
  const choice = { authority: site, next };
  await expect(signSuccession(state, { ...choice, kind: "recovery" })).rejects.toThrow(
    refused(/./),
  );
  await expect(
    signSuccession(state, { ...choice, kind: "rotation", nextRecoveryKey: safe.publicKey }),
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
    await expect(succeed(state, { ...(keep ? rotation : {}), ...noise } as never)).rejects.toThrow(
      refused(/./),
    );
    expect(JSON.stringify(state)).toBe(before);
  },
);

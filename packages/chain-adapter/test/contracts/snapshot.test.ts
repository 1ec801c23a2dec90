import { expect, test } from "vitest";
import { decodeCanonical, encodeCanonical } from "../../src/codec.js";
import { dumpState, loadState } from "../../src/contracts/snapshot.js";
import { applyCall, initialState, stateDigest } from "../../src/contracts.js";
import * as actors from "./actors.js";
import * as w from "./world.js";
import { World, worldAt } from "./world.js";

test("a state written and read again is the same state", () => {
  const world = worldAt("settled");
  world.ok(w.labX, w.rate());
  const json = decodeCanonical(encodeCanonical(dumpState(world.state)));
  expect(stateDigest(loadState(json))).toBe(stateDigest(world.state));
  expect(dumpState(loadState(json))).toEqual(dumpState(world.state));
});

test("what came with rules 2 is written and read again, too, and every bit of it counts", () => {
  const world = worldAt("granted", 2);
  const digests = new Set([stateDigest(world.state)]);
  const step = (signer: string, call: Parameters<typeof world.ok>[1]) => {
    world.ok(signer, call);
    digests.add(stateDigest(world.state));
    const json = decodeCanonical(encodeCanonical(dumpState(world.state)));
    expect(dumpState(loadState(json))).toEqual(dumpState(world.state));
  };
  step(w.labX, w.delegate());
  step(w.operator, { type: "trade.openRound", round: 3, issuerKey: actors.issuerKey });
  step(actors.keys.first, { type: "identity.register", recovery: actors.recoveryHash });
  step(w.stranger, {
    type: "identity.changeKey",
    name: actors.keys.first,
    change: actors.rotation,
  });
  expect(digests.size).toBe(5);
  const { spentTokens } = loadState(dumpState(world.state)).trade;
  expect(spentTokens.size).toBe(0);
  const opened = new World();
  opened.ok(w.operator, { type: "trade.openRound", round: 1, issuerKey: actors.issuerKey });
  const before = stateDigest(opened.state);
  opened.ok(w.siteA, w.offer({ token: actors.tokenA }));
  const again = loadState(dumpState(opened.state));
  expect(stateDigest(again)).not.toBe(before);
  const { ledger, genesis } = w;
  const result = applyCall(again, w.request({ token: actors.tokenA }), {
    ledger,
    genesis,
    signer: w.siteA,
    time: 0,
  });
  expect(result).toMatchObject({ rejection: { code: "EMRX_TOKEN_SPENT" } });
});

test("the rules in force are part of the state, and those of version 1 leave no trace", () => {
  expect(loadState(dumpState(initialState(1)))).toEqual(initialState(1));
  expect(loadState(dumpState(initialState()))).toEqual(initialState());
  expect(Object.keys(dumpState(initialState(1))).sort()).toEqual([
    "access",
    "evaluation",
    "matching",
    "trade",
  ]);
  expect(stateDigest(initialState(1))).not.toBe(stateDigest(initialState(2)));
});

test("any accepted call changes the digest", () => {
  const world = worldAt("granted");
  const seen = new Set([stateDigest(initialState()), stateDigest(world.state)]);
  world.ok(w.labX, w.read());
  seen.add(stateDigest(world.state));
  world.ok(w.siteA, w.revoke());
  seen.add(stateDigest(world.state));
  expect(seen.size).toBe(4);
});

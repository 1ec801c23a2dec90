import { expect, test } from "vitest";
import { dumpState, loadState } from "../../src/contracts/snapshot.js";
import { decodeCanonical, encodeCanonical, initialState, stateDigest } from "../../src/index.js";
import * as w from "./world.js";
import { worldAt } from "./world.js";

test("a state written and read again is the same state", () => {
  const world = worldAt("settled");
  world.ok(w.labX, w.rate());
  const json = decodeCanonical(encodeCanonical(dumpState(world.state)));
  expect(stateDigest(loadState(json))).toBe(stateDigest(world.state));
  expect(dumpState(loadState(json))).toEqual(dumpState(world.state));
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

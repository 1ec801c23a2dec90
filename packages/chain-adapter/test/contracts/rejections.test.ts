// Every code that a contract refuses with, and a way to it. The type makes the list complete.

import { toHex } from "@emrx/internal/bytes";
import { describe, expect, test } from "vitest";
import type { Call } from "../../src/calls.js";
import { applySignedCall } from "../../src/contracts/apply.js";
import type { RejectionCode } from "../../src/errors.js";
import { commitKey } from "../../src/payload/bundle-keys.js";
import { oneTimePublicKey, wrapKey } from "../../src/payload.js";
import * as actors from "./actors.js";
import * as w from "./world.js";
import { World, worldAt } from "./world.js";

const opening = await w.open();
const elsewhere = await w.open({ round: 2 });
const withTokens = await w.open({ issuerKey: actors.issuerKey });

/** A world with a publication, and a round opened by this call. */
function openedBy(call: Call): World {
  const world = new World();
  world.ok(w.stranger, w.register);
  world.ok(w.opener, call);
  return world;
}
/** A world in which a party has announced its recovery key. */
function registered(): World {
  const world = new World();
  world.ok(actors.keys.first, { type: "identity.register", recovery: actors.recoveryHash });
  return world;
}
const changeKey = (change = actors.rotation): Call => ({
  type: "identity.changeKey",
  name: actors.keys.first,
  change,
});
const denyAll = w.policy({ version: 2, rules: [] });

/** Signed calls are checked for deadline and version before their contract sees them. */
function signed(extra: {
  readonly deadline?: number;
  readonly expectedVersion?: number;
}): RejectionCode {
  const world = new World();
  const call = { format: "emrx-call/1", ledger: w.ledger, call: w.policy(), key: "k" } as const;
  const context = { ledger: w.ledger, genesis: w.genesis, signer: w.siteA, time: world.time };
  const whole = { ...call, signer: `ed25519:${w.siteA}`, signature: "", ...extra };
  const result = applySignedCall(world.state, whole, context);
  if (!("rejection" in result)) throw new Error("it was accepted");
  return result.rejection.code;
}

const ways: { readonly [C in RejectionCode]: readonly (() => RejectionCode)[] } = {
  EMRX_CALL_EXPIRED: [() => signed({ deadline: 1000 })],
  EMRX_VERSION_CONFLICT: [() => signed({ expectedVersion: 1 })],
  EMRX_KEY_RETIRED: [
    () => {
      const world = registered();
      world.ok(w.stranger, changeKey());
      return world.refused(actors.keys.first, w.policy());
    },
  ],
  EMRX_KEY_TAKEN: [
    () => {
      const world = registered();
      world.ok(w.stranger, changeKey());
      return world.refused(w.stranger, changeKey());
    },
  ],
  EMRX_KEYS_REGISTERED: [
    () =>
      registered().refused(actors.keys.first, { type: "identity.register", recovery: w.hash(1) }),
  ],
  EMRX_KEYS_UNKNOWN: [() => new World().refused(w.stranger, changeKey())],
  EMRX_INVALID_KEY_CHANGE: [() => registered().refused(w.stranger, changeKey(actors.theft))],

  EMRX_PUBLICATION_KNOWN: [() => worldAt("opened").refused(w.siteA, w.register)],
  EMRX_NO_PUBLICATION: [() => new World().refused(w.opener, opening)],
  EMRX_ROUND_EXISTS: [() => worldAt("settled").refused(w.opener, opening)],
  EMRX_NO_ROUND: [
    () => new World().refused(w.siteA, w.offer()),
    () => new World().refused(w.siteA, w.grant()),
    () => new World().refused(w.labX, w.rate()),
    () => new World().refused(w.stranger, w.settle()),
  ],
  EMRX_WRONG_WINDOW: [
    () => {
      const world = new World();
      world.ok(w.stranger, w.register);
      return world.at(1100).refused(w.opener, opening);
    },
    ...(
      [
        ["opened", 1100, w.siteA, w.offer()],
        ["opened", 1100, w.labX, w.request()],
        ["opened", 1099, w.seeders[0], w.seed(0)],
        ["seeded", 1200, w.seeders[0], w.seed(0)],
        ["seeded", 1199, w.siteA, w.grant()],
        ["seeded", 1300, w.siteA, w.grant()],
        ["granted", 1299, w.labX, w.read()],
        ["granted", 1400, w.labX, w.read()],
        ["granted", 1299, w.labX, w.missing(w.siteA)],
        ["granted", 1400, w.labX, w.missing(w.siteA)],
        ["read", 1399, w.siteA, w.release()],
        ["read", 1500, w.siteA, w.release()],
        ["released", 1499, w.labX, w.claim()],
        ["released", 1600, w.labX, w.claim()],
        ["released", 1599, w.stranger, w.settle()],
        ["read", 1399, w.labX, w.settle({ sites: [w.siteA] })],
        ["seeded", 1199, w.siteA, w.revoke()],
      ] as const
    ).map(
      ([stage, time, who, call]) =>
        () =>
          worldAt(stage).at(time).refused(who, call),
    ),
  ],
  EMRX_ROUND_VOID: [
    () => worldAt("offered").at(1200).refused(w.siteA, w.grant()),
    () => worldAt("offered").at(1200).refused(w.seeders[0], w.seed(0)),
  ],
  EMRX_SEEDER: [
    ...[
      { ...opening, seeders: elsewhere.seeders },
      { ...opening, seeders: [opening.seeders[0], opening.seeders[0]] },
      { ...opening, windows: { ...opening.windows, claim: 1601 } },
      { ...opening, issuerKey: actors.issuerKey },
    ].map((call) => () => {
      const world = new World();
      world.ok(w.stranger, w.register);
      return world.refused(w.opener, call as Call);
    }),
  ],
  EMRX_NOT_SEEDER: [() => worldAt("offered").at(1100).refused(w.siteA, w.seed(0))],
  EMRX_SEED_SHOWN: [() => worldAt("seeded").refused(w.seeders[0], w.seed(0))],
  EMRX_SEED_MISMATCH: [() => worldAt("offered").at(1100).refused(w.seeders[0], w.seed(1))],

  EMRX_ISSUER_KEY: [
    () => {
      const world = new World();
      world.ok(w.stranger, w.register);
      return world.refused(w.opener, { ...opening, issuerKey: "00".repeat(256) });
    },
  ],
  EMRX_NO_ADMISSION: [
    () => worldAt("opened").refused(w.siteA, { ...w.offer(), token: actors.tokenA }),
  ],
  EMRX_ADMISSION_REQUIRED: [
    () => openedBy(withTokens).refused(w.siteA, w.offer()),
    () => openedBy(withTokens).refused(w.labX, w.request()),
  ],
  EMRX_TOKEN_REFUSED: [
    () => openedBy(withTokens).refused(w.siteA, { ...w.offer(), token: actors.foreignToken }),
    () => openedBy(withTokens).refused(w.siteB, { ...w.offer(), token: actors.tokenA }),
  ],

  EMRX_CHOICE: [
    ...[{ profile: 2 }, { floor: 2 }, { buyers: 2 }].map(
      (beyond) => () => worldAt("opened").refused(w.siteA, w.offer(w.offered(beyond))),
    ),
    () => worldAt("opened").refused(w.siteA, w.offer(w.offered(), w.offered({ lots: 1 }))),
  ],
  EMRX_UNKNOWN_ATTRIBUTE: [
    () => worldAt("opened").refused(w.labX, w.request({ weights: { bmi: 1, age: 1 } })),
  ],
  EMRX_OVER_LIMIT: [
    () => worldAt("opened").refused(w.siteA, w.offer(w.offered({ lots: 5 }))),
    () =>
      worldAt("opened").refused(
        w.siteA,
        w.offer(w.offered({ lots: 3 }), w.offered({ lots: 2, floor: 1 })),
      ),
    () => worldAt("opened").refused(w.labX, w.request({ price: 1001 })),
    () => worldAt("opened").refused(w.labX, w.request({ quota: 4 * 4 * 4 + 1 })),
  ],
  EMRX_ROUND_FULL: [
    () => {
      const world = worldAt("offered");
      for (const byte of [1, 2]) world.ok(w.hash(byte), w.offer());
      return world.refused(w.hash(3), w.offer());
    },
    () => {
      const world = worldAt("offered");
      for (const byte of [1, 2]) world.ok(w.hash(byte), w.request());
      return world.refused(w.hash(3), w.request());
    },
  ],
  EMRX_NO_OFFER: [() => worldAt("offered").refused(w.labX, w.withdraw("offer"))],
  EMRX_NO_REQUEST: [() => worldAt("offered").refused(w.siteA, w.withdraw("request"))],

  EMRX_NOT_ALLOCATED: [
    () => worldAt("seeded").at(1200).refused(w.siteB, w.grant(w.labY)),
    () => worldAt("granted").at(1300).refused(w.labY, w.read(w.siteB)),
    () => worldAt("released").refused(w.stranger, w.settle({ sites: [w.siteA] })),
    () => worldAt("settled").refused(w.stranger, w.rate()),
  ],
  EMRX_NO_POLICY: [
    () => {
      const grants = [w.granted({ policyId: "none" })];
      const call = { type: "access.grant", round: 1, grants } as const;
      return worldAt("seeded").at(1200).refused(w.siteA, call);
    },
  ],
  EMRX_POLICY_VERSION: [
    () => new World().refused(w.siteA, w.policy({ version: 2 })),
    () => worldAt("opened").refused(w.siteA, w.policy({ version: 0 })),
    () => {
      const world = worldAt("seeded").at(1200);
      world.ok(w.siteA, w.policy({ version: 2 }));
      return world.refused(w.siteA, w.grant());
    },
  ],
  EMRX_POLICY_DENIES: [
    ...[
      denyAll,
      w.policy({ version: 2, schemaHash: w.hash(9) }),
      w.policy({ version: 2, rules: [{ ...w.anybody, attributes: ["bmi"] }] }),
      w.policy({ version: 2, rules: [{ ...w.anybody, levels: ["L1"] }] }),
      w.policy({ version: 2, rules: [{ ...w.anybody, actors: [w.labY] }] }),
      w.policy({ version: 2, rules: [{ ...w.anybody, purposes: ["CLINTRCH"] }] }),
      w.policy({ version: 2, rules: [{ ...w.anybody, notAfter: 1200 }] }),
    ].map((policy) => () => {
      const world = worldAt("seeded").at(1200);
      world.ok(w.siteA, policy);
      const grants = [w.granted({ policyVersion: 2 })];
      return world.refused(w.siteA, { type: "access.grant", round: 1, grants });
    }),
  ],
  EMRX_DUPLICATE_GRANT: [() => worldAt("granted").refused(w.siteA, w.grant())],
  EMRX_NO_GRANT: [
    () => worldAt("seeded").at(1300).refused(w.labX, w.read()),
    () => worldAt("seeded").at(1300).refused(w.labX, w.missing(w.siteA)),
    () => worldAt("seeded").at(1300).refused(w.siteA, w.revoke()),
  ],
  EMRX_GRANT_REVOKED: [
    () => {
      const world = worldAt("granted");
      world.ok(w.siteA, w.revoke());
      return world.refused(w.siteA, w.revoke());
    },
    () => {
      const world = worldAt("granted").at(1300);
      world.ok(w.siteA, w.revoke());
      return world.refused(w.labX, w.missing(w.siteA));
    },
    () => {
      const world = worldAt("read").at(1400);
      world.ok(w.siteA, w.revoke());
      return world.refused(w.siteA, w.release());
    },
  ],
  EMRX_ALREADY_READ: [
    () => worldAt("read").refused(w.labX, w.read()),
    () => worldAt("read").refused(w.labX, w.missing(w.siteA)),
    () => {
      const world = worldAt("granted").at(1300);
      world.ok(w.labX, w.missing(w.siteA));
      return world.refused(w.labX, w.read());
    },
  ],
  EMRX_NO_PERMIT: [
    () => worldAt("granted").at(1400).refused(w.siteA, w.release()),
    () => {
      const world = worldAt("granted").at(1300);
      world.ok(w.siteA, denyAll);
      world.ok(w.labX, w.read());
      return world.at(1400).refused(w.siteA, w.release());
    },
    () => {
      const world = worldAt("granted").at(1300);
      world.ok(w.labX, w.missing(w.siteA));
      return world.at(1400).refused(w.siteA, w.release());
    },
  ],
  EMRX_ALREADY_RELEASED: [() => worldAt("released").refused(w.siteA, w.release())],
  EMRX_NOT_RELEASED: [
    () => worldAt("read").at(1500).refused(w.labX, w.claim()),
    () =>
      worldAt("read")
        .at(1500)
        .refused(w.labX, w.settle({ sites: [w.siteA] })),
  ],
  EMRX_ALREADY_CLAIMED: [
    () => {
      const world = worldAt("released").at(1500);
      world.ok(w.labX, w.claim());
      return world.refused(w.labX, w.claim());
    },
    () => {
      const world = worldAt("released").at(1500);
      world.ok(w.labX, w.claim());
      return world.refused(w.labX, w.settle({ sites: [w.siteA] }));
    },
  ],
  EMRX_CLAIM_UNPROVEN: [
    () =>
      worldAt("released")
        .at(1500)
        .refused(w.labX, w.claim(w.siteA, w.hash(1))),
  ],
  EMRX_CLAIM_UNFOUNDED: [() => rightlyReleased().refused(w.labX, w.claim())],
  EMRX_ALREADY_SETTLED: [
    () => worldAt("settled").refused(w.stranger, w.settle()),
    () => worldAt("settled").refused(w.labX, w.settle({ sites: [w.siteA] })),
    () => {
      const world = worldAt("released").at(1500);
      world.ok(w.labX, w.settle({ sites: [w.siteA] }));
      return world.refused(w.labX, w.claim());
    },
  ],

  EMRX_NOT_PAID: [
    () => worldAt("released").refused(w.labX, w.rate()),
    () => {
      const world = worldAt("released").at(1500);
      world.ok(w.labX, w.claim());
      world.at(1600).ok(w.stranger, w.settle());
      return world.refused(w.labX, w.rate());
    },
  ],
  EMRX_DUPLICATE_RATING: [
    () => {
      const world = worldAt("settled");
      world.ok(w.labX, w.rate());
      return world.refused(w.labX, w.rate());
    },
  ],
};

/** A world in which siteA has released the key that it committed to. */
const key = new Uint8Array(32).fill(9);
const pair = { ledger: w.ledger, round: 1, site: w.siteA, requester: w.labX };
const keyCommitment = toHex(commitKey(pair, key));
const oneTimeKey = await oneTimePublicKey(new Uint8Array(32).fill(0x46));
const wrappedKey = await wrapKey({ ...pair, root: w.hash(10), oneTimeKey }, key);
function rightlyReleased(): World {
  const world = worldAt("seeded").at(1200);
  const grants = [w.granted({ keyCommitment })];
  world.ok(w.siteA, { type: "access.grant", round: 1, grants });
  world.at(1300).ok(w.labX, w.read());
  const releases = [{ requester: w.labX, wrappedKey }];
  world.at(1400).ok(w.siteA, { type: "access.release", round: 1, releases });
  return world.at(1500);
}

describe.each(Object.entries(ways))("%s", (code, found) => {
  test.each(found.map((way, i) => [i + 1, way] as const))("way %d", (_, way) => {
    expect(way()).toBe(code);
  });
});

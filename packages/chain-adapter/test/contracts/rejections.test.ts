import { describe, expect, test } from "vitest";
import type { Call, CallOf } from "../../src/calls.js";
import { applySignedCall } from "../../src/contracts/apply.js";
import { applyCall } from "../../src/contracts.js";
import type { RejectionCode } from "../../src/errors.js";
import type { KeyChange } from "../../src/identity.js";
import * as actors from "./actors.js";
import { greed, greedy, honest, playedRound, refutedRound } from "./played.js";
import * as w from "./world.js";
import { World, worldAt } from "./world.js";

/** The code of a signed call with a deadline or expected version. */
function signedCode(
  world: World,
  signer: string,
  call: Call,
  extra: { readonly deadline?: number; readonly expectedVersion?: number },
): string {
  const signed = {
    format: "emrx-call/1",
    ledger: w.ledger,
    call,
    signer,
    key: "k",
    signature: "",
    ...extra,
  } as const;
  const { ledger, genesis } = w;
  const result = applySignedCall(world.state, signed, {
    ledger,
    genesis,
    signer,
    time: world.time,
  });
  return "rejection" in result ? result.rejection.code : "accepted";
}

const openRound = (issuerKey: string = actors.issuerKey) =>
  ({ type: "trade.openRound", round: 1, issuerKey }) as const;

/** A world whose first round needs tokens. */
function opened(): World {
  const world = new World();
  world.ok(w.operator, openRound());
  return world;
}

const changeKey = (change: KeyChange) =>
  ({ type: "identity.changeKey", name: actors.keys.first, change }) as const;

/** A world in which a party announced its recovery key. */
function registered(): World {
  const world = new World();
  world.ok(actors.keys.first, { type: "identity.register", recovery: actors.recoveryHash });
  return world;
}

/** A world in which labX passed a part of its grant on to the helper, for a hundred milliseconds. */
function delegated(): World {
  const world = worldAt("granted", 2);
  world.ok(w.labX, w.delegate({ notAfter: world.time + 100 }));
  return world;
}

/** What the helper may just pass on to the assistant, with changes. */
const onward = (changes: Partial<CallOf<"access.delegate">> = {}): Call =>
  w.delegate({ to: w.assistant, depth: 0, notAfter: 1150, ...changes });

/** For every code, situations in which exactly it must come. The type makes the list complete. */
const situations: Record<RejectionCode, Record<string, () => string>> = {
  EMRX_CALL_EXPIRED: {
    "at the deadline itself": () =>
      signedCode(new World(), w.siteA, w.policy(), { deadline: 1000 }),
  },
  EMRX_VERSION_CONFLICT: {
    "something exists that should not": () =>
      signedCode(worldAt("offered"), w.labX, w.request(), { expectedVersion: 0 }),
    "a grant was revoked meanwhile": () => {
      const world = worldAt("granted");
      world.ok(w.siteA, w.revoke());
      return signedCode(world, w.siteA, w.revoke(), { expectedVersion: 1 });
    },
  },
  EMRX_NOT_OPERATOR: {
    "a stranger commits": () => worldAt("offered").refused(w.stranger, w.commit()),
    "a stranger publishes an issuer key": () => new World().refused(w.stranger, openRound()),
    "a stranger changes the rules": () =>
      new World(1).refused(w.stranger, { type: "ledger.adopt", rules: 2 }),
  },
  EMRX_ROUND_CLOSED: {
    "an offer after the commit": () => worldAt("committed").refused(w.stranger, w.offer()),
    "a request after the commit": () => worldAt("committed").refused(w.stranger, w.request()),
    "a request after the end": () => worldAt("settled").refused(w.stranger, w.request()),
  },
  EMRX_DUPLICATE_OFFER: {
    "a second offer": () => worldAt("offered").refused(w.siteA, w.offer({ count: 11 })),
    "after withdrawing the first": () => {
      const world = worldAt("offered");
      world.ok(w.siteA, w.withdraw("offer"));
      return world.refused(w.siteA, w.offer());
    },
  },
  EMRX_DUPLICATE_REQUEST: {
    "a second request": () => worldAt("offered").refused(w.labX, w.request({ quota: 1 })),
  },
  EMRX_NO_OFFER: {
    "withdrawing what was never offered": () =>
      worldAt("offered").refused(w.labX, w.withdraw("offer")),
    "a grant by one who offered nothing": () => worldAt("finalized").refused(w.stranger, w.grant()),
  },
  EMRX_NO_REQUEST: {
    "withdrawing what was never asked for": () =>
      worldAt("offered").refused(w.siteA, w.withdraw("request")),
    "settling for a stranger": () => worldAt("finalized").refused(w.labX, w.settle(w.stranger)),
    "granting to a stranger": () =>
      worldAt("finalized").refused(w.siteA, w.grant(w.terms({ requester: w.stranger }))),
  },
  EMRX_REQUEST_CLOSED: {
    "settling after the matching was refuted": () => refutedRound().refused(w.labX, w.settle()),
    "withdrawing what was refunded": () => refutedRound().refused(w.labX, w.withdraw("request")),
    "settling twice": () => worldAt("settled").refused(w.labX, w.settle()),
    "withdrawing what was settled": () => worldAt("settled").refused(w.labX, w.withdraw("request")),
    "withdrawing twice": () => {
      const world = worldAt("offered");
      world.ok(w.labX, w.withdraw("request"));
      return world.refused(w.labX, w.withdraw("request"));
    },
    "granting to one who withdrew": () => {
      const world = worldAt("finalized");
      world.ok(w.labX, w.withdraw("request"));
      return world.refused(w.siteA, w.grant());
    },
    "a first grant after settlement": () => {
      const world = worldAt("finalized").wait(1000);
      world.ok(w.labX, w.settle());
      return world.refused(w.siteA, w.grant());
    },
    "delivering after settlement": () => {
      const world = worldAt("granted").wait(1000);
      world.ok(w.labX, w.settle());
      return world.refused(w.siteA, w.deliver());
    },
  },
  EMRX_OFFER_WITHDRAWN: {
    "withdrawing twice": () => {
      const world = worldAt("offered");
      world.ok(w.siteA, w.withdraw("offer"));
      return world.refused(w.siteA, w.withdraw("offer"));
    },
    "granting after withdrawing": () => {
      const world = worldAt("finalized");
      world.ok(w.siteA, w.withdraw("offer"));
      return world.refused(w.siteA, w.grant());
    },
  },
  EMRX_SELF_TRADE: {
    "a site grants to itself": () =>
      worldAt("finalized").refused(w.siteA, w.grant(w.terms({ requester: w.siteA }))),
  },
  EMRX_NOT_ALLOCATED: {
    "a grant to one matched with others only": () =>
      worldAt("finalized").refused(w.siteB, w.grant(w.terms({ requester: w.labY }))),
  },
  EMRX_COUNT_MISMATCH: {
    "a commitment to more inputs than there are": () =>
      worldAt("offered").refused(w.operator, w.commit({ inputsCount: 16 })),
    "a commitment that counts what was withdrawn": () => {
      const world = worldAt("offered");
      world.ok(w.siteB, w.withdraw("offer"));
      return world.refused(w.operator, w.commit());
    },
    "a reveal with another total": () =>
      worldAt("committed").refused(w.operator, w.reveal({ pairs: 11 })),
    "a grant of fewer records than matched": () =>
      worldAt("finalized").refused(w.siteA, w.grant(w.terms({ count: 4 }))),
    "a delivery of more than granted": () =>
      worldAt("granted").refused(w.siteA, w.deliver({ count: 6 })),
    "a delivery of another bundle": () =>
      worldAt("granted").refused(w.siteA, w.deliver({ bundle: w.cid("other") })),
  },
  EMRX_DUPLICATE_DELIVERY: {
    "delivering twice": () => worldAt("delivered").refused(w.siteA, w.deliver()),
  },
  EMRX_DELIVERY_LATE: {
    "at the end of the window itself": () =>
      worldAt("granted").wait(1000).refused(w.siteA, w.deliver()),
  },
  EMRX_DELIVERY_PENDING: {
    "before all have delivered": () => {
      const world = worldAt("granted");
      world.ok(w.siteA, w.deliver());
      return world.refused(w.labX, w.settle());
    },
    "by another before the end of the window": () =>
      worldAt("delivered").wait(999).refused(w.siteA, w.settle()),
  },
  EMRX_TOO_LATE_TO_WITHDRAW: {
    "while the round is matched": () =>
      worldAt("committed").wait(99).refused(w.labX, w.withdraw("request")),
    "a request under which keys were granted": () =>
      worldAt("granted").refused(w.labX, w.withdraw("request")),
    "even if the grant was revoked": () => {
      const world = worldAt("granted");
      world.ok(w.siteA, w.revoke());
      world.ok(w.siteB, w.revoke());
      return world.refused(w.labX, w.withdraw("request"));
    },
    "an offer under which keys were granted": () =>
      worldAt("granted").refused(w.siteA, w.withdraw("offer")),
  },
  EMRX_NO_POLICY: {
    "a grant under an unknown policy": () =>
      worldAt("finalized").refused(w.siteA, w.grant(w.terms({ policyId: "none" }))),
    "a grant under another site's policy": () => {
      const world = worldAt("finalized");
      world.ok(w.siteB, w.policy({ policyId: "b" }));
      return world.refused(w.siteA, w.grant(w.terms({ policyId: "b" })));
    },
  },
  EMRX_POLICY_VERSION: {
    "a first version of 2": () => new World().refused(w.siteA, w.policy({ version: 2 })),
    "the same version again": () => worldAt("offered").refused(w.siteA, w.policy()),
    "a version left out": () => worldAt("offered").refused(w.siteA, w.policy({ version: 3 })),
  },
  EMRX_POLICY_DENIES: {
    "a purpose that no rule names": () => {
      const world = worldAt("finalized");
      world.ok(w.siteA, w.policy({ version: 2, rules: [] }));
      return world.refused(w.siteA, w.grant());
    },
    "a policy for another schema": () => {
      const world = worldAt("finalized");
      world.ok(w.siteA, w.policy({ version: 2, schemaHash: w.hash(99) }));
      return world.refused(w.siteA, w.grant());
    },
  },
  EMRX_NO_GRANT: {
    "revoking what was never granted": () => worldAt("finalized").refused(w.siteA, w.revoke()),
    "delivering what was never granted": () => worldAt("finalized").refused(w.siteA, w.deliver()),
    "passing on what was never granted": () => worldAt("finalized").refused(w.labX, w.delegate()),
    "passing on what another holds": () => worldAt("granted", 2).refused(w.stranger, w.delegate()),
    "ending what was never passed on": () =>
      worldAt("granted", 2).refused(w.labX, w.revokeDelegation()),
    "ending what another passed on": () => delegated().refused(w.helper, w.revokeDelegation()),
  },
  EMRX_GRANT_REVOKED: {
    "ending twice what was passed on": () => {
      const world = delegated();
      world.ok(w.labX, w.revokeDelegation());
      return world.refused(w.siteA, w.revokeDelegation());
    },
    "passing on after the giver lost it": () => {
      const world = delegated();
      world.ok(w.labX, w.revokeDelegation());
      return world.refused(w.helper, onward());
    },
    "passing on after the grant was revoked": () => {
      const world = delegated();
      world.ok(w.siteA, w.revoke());
      return world.refused(w.helper, onward());
    },
    "passing on after the grant was given anew": () => {
      const world = delegated();
      world.ok(w.siteA, w.grant(w.terms({ delegation: 2 })));
      return world.refused(w.helper, onward());
    },
    "revoking twice": () => {
      const world = worldAt("granted");
      world.ok(w.siteA, w.revoke());
      return world.refused(w.siteA, w.revoke());
    },
    "delivering after revoking": () => {
      const world = worldAt("granted");
      world.ok(w.siteA, w.revoke());
      return world.refused(w.siteA, w.deliver());
    },
  },
  EMRX_GRANT_STALE: {
    "reading under an old version is denied": () => {
      const world = worldAt("granted");
      world.ok(w.siteA, w.grant(w.terms({ wrappedKey: "dd".repeat(64) })));
      const [event] = world.ok(w.labX, w.read());
      return event?.type === "access.decided" ? (event.reason ?? "permit") : "";
    },
  },
  EMRX_DUPLICATE_GRANT: {
    "one requester twice in a batch": () =>
      worldAt("finalized").refused(w.siteA, w.grant(w.terms(), w.terms())),
    "passing on twice to one who holds it": () =>
      delegated().refused(w.labX, w.delegate({ notAfter: 1150 })),
    "passing on to one who has it from another": () => {
      const world = delegated();
      world.ok(w.labX, w.delegate({ to: w.assistant, notAfter: 1150 }));
      return world.refused(w.helper, onward());
    },
  },
  EMRX_NOT_COMMITTED: {
    "a reveal out of the blue": () => worldAt("offered").refused(w.operator, w.reveal()),
  },
  EMRX_ALREADY_COMMITTED: {
    "a second commitment": () => worldAt("committed").refused(w.operator, w.commit()),
    "a commitment to a finished round": () => worldAt("finalized").refused(w.operator, w.commit()),
  },
  EMRX_ALREADY_REVEALED: {
    "a second reveal": () => worldAt("revealed").refused(w.operator, w.reveal()),
  },
  EMRX_NOT_REVEALED: {
    "finalizing an open round": () => worldAt("offered").refused(w.operator, w.finalize),
    "finalizing a committed round": () => worldAt("committed").refused(w.operator, w.finalize),
    "challenging a committed round": () => worldAt("committed").refused(w.labX, w.challenge()),
    "challenging an open round": () => worldAt("offered").refused(w.labX, w.challenge()),
  },
  EMRX_NOT_COMMITTER: {
    "a reveal by another": () => worldAt("committed").refused(w.stranger, w.reveal()),
  },
  EMRX_REVEAL_LATE: {
    "at the end of the window itself": () =>
      worldAt("committed").wait(100).refused(w.operator, w.reveal()),
  },
  EMRX_REVEAL_MISMATCH: {
    "another root of inputs": () =>
      worldAt("committed").refused(w.operator, w.reveal({ inputsRoot: w.hash(99) })),
    "another number of inputs": () =>
      worldAt("committed").refused(w.operator, w.reveal({ inputsCount: 5 })),
    "another seed": () => worldAt("committed").refused(w.operator, w.reveal({ seed: w.hash(99) })),
    "another nonce": () =>
      worldAt("committed").refused(w.operator, w.reveal({ nonce: w.hash(99) })),
  },
  EMRX_OVER_QUOTA: {
    "more than the requester asked for": () =>
      worldAt("committed").refused(
        w.operator,
        w.reveal({
          allocation: {
            ...w.allocation,
            counts: [
              [5, 3],
              [3, 0],
            ],
          },
          pairs: 11,
        }),
      ),
    "more than the site offered": () =>
      worldAt("committed").refused(
        w.operator,
        w.reveal({
          allocation: {
            ...w.allocation,
            counts: [
              [4, 2],
              [4, 0],
            ],
          },
        }),
      ),
  },
  EMRX_UNKNOWN_PARTY: {
    "a site that offered nothing": () =>
      worldAt("committed").refused(
        w.operator,
        w.reveal({ allocation: { ...w.allocation, sites: [w.siteA, w.stranger] } }),
      ),
    "a requester that asked for nothing": () =>
      worldAt("committed").refused(
        w.operator,
        w.reveal({ allocation: { ...w.allocation, requesters: [w.labX, w.stranger] } }),
      ),
    "a requester that withdrew": () => {
      const world = worldAt("offered");
      world.ok(w.labY, w.withdraw("request"));
      world.ok(w.operator, w.commit({ inputsCount: 14 }));
      return world.refused(w.operator, w.reveal({ inputsCount: 14 }));
    },
  },
  EMRX_CHALLENGE_OPEN: {
    "a moment before the window ends": () =>
      worldAt("revealed").wait(49).refused(w.operator, w.finalize),
  },
  EMRX_NOT_FINALIZED: {
    "a grant in the challenge window": () => worldAt("revealed").refused(w.siteA, w.grant()),
    "a delivery in the challenge window": () => worldAt("revealed").refused(w.siteA, w.deliver()),
    "a settlement in the challenge window": () => worldAt("revealed").refused(w.labX, w.settle()),
  },
  EMRX_ALREADY_FINALIZED: {
    "finalizing twice": () => worldAt("finalized").refused(w.operator, w.finalize),
    "a challenge that comes too late, though it would have been right": () => {
      const world = playedRound(greedy).wait(50);
      world.ok(w.operator, w.finalize);
      return world.refused(w.labX, greed(greedy));
    },
  },
  EMRX_NOT_CONSUMER: {
    "a rating by a stranger": () => worldAt("settled").refused(w.stranger, w.rate()),
    "a rating in the wrong role": () =>
      worldAt("settled").refused(w.labX, w.rate({ role: "requester" })),
    "a rating of a site that did not deliver": () =>
      worldAt("settled").refused(w.labY, w.rate({ subject: w.siteB })),
    "a rating of what was revoked before settlement": () => {
      const world = worldAt("delivered");
      world.ok(w.siteA, w.revoke());
      world.ok(w.labX, w.settle());
      return world.refused(w.labX, w.rate());
    },
  },
  EMRX_NOT_SETTLED: {
    "a rating before settlement": () => worldAt("delivered").refused(w.labX, w.rate()),
  },
  EMRX_RULES_VERSION: {
    "rules that are in force already": () =>
      new World().refused(w.operator, { type: "ledger.adopt", rules: 2 }),
    "rules beyond the next": () =>
      new World().refused(w.operator, { type: "ledger.adopt", rules: 4 }),
  },
  EMRX_KEY_RETIRED: {
    "the key that was followed": () => {
      const world = registered();
      world.ok(w.stranger, changeKey(actors.rotation));
      return world.refused(actors.keys.first, w.offer());
    },
    "with an expected version, too": () => {
      const world = registered();
      world.ok(w.stranger, changeKey(actors.rotation));
      return signedCode(world, actors.keys.first, w.offer(), { expectedVersion: 0 });
    },
  },
  EMRX_KEY_TAKEN: {
    "a party's own first key again": () =>
      registered().refused(w.stranger, {
        type: "identity.changeKey",
        name: actors.keys.first,
        change: { ...actors.rotation, next: actors.publicKeys.first },
      }),
    "another party's key": () => {
      const world = registered();
      world.ok(actors.keys.second, { type: "identity.register", recovery: w.hash(1) });
      return world.refused(w.stranger, changeKey(actors.rotation));
    },
  },
  EMRX_KEYS_REGISTERED: {
    "announcing a recovery key twice": () =>
      registered().refused(actors.keys.first, { type: "identity.register", recovery: w.hash(1) }),
    "by the key that followed": () => {
      const world = registered();
      world.ok(w.stranger, changeKey(actors.rotation));
      return world.refused(actors.keys.second, { type: "identity.register", recovery: w.hash(1) });
    },
  },
  EMRX_KEYS_UNKNOWN: {
    "a key that announced no recovery key": () =>
      new World().refused(w.stranger, changeKey(actors.rotation)),
  },
  EMRX_INVALID_KEY_CHANGE: {
    "a thief who signs alone": () => registered().refused(w.stranger, changeKey(actors.theft)),
    "the same statement twice": () => {
      const world = registered();
      world.ok(w.stranger, changeKey(actors.rotation));
      return world.refused(
        w.stranger,
        changeKey({ ...actors.rotation, next: actors.publicKeys.third, sequence: 0 }),
      );
    },
    "a signature for another ledger": () => {
      const { ledger, genesis } = w;
      const world = new World();
      const context = { ledger: w.hash(1), genesis, time: 0 };
      const register = { type: "identity.register", recovery: actors.recoveryHash } as const;
      const elsewhere = applyCall(world.state, register, { ...context, signer: actors.keys.first });
      if (!("state" in elsewhere)) return "refused";
      const result = applyCall(elsewhere.state, changeKey(actors.rotation), {
        ...context,
        signer: w.stranger,
      });
      return "rejection" in result && ledger !== context.ledger ? result.rejection.code : "taken";
    },
  },
  EMRX_NO_OFFERS_ROOT: {
    "a batch without the root of its offers": () => {
      const { offersRoot: _, ...bare } = w.offer() as CallOf<"trade.offerBatch">;
      return new World().refused(w.siteA, bare);
    },
  },
  EMRX_ROUND_STARTED: {
    "a second issuer key": () => opened().refused(w.operator, openRound(actors.foreignKey)),
    "after the first offer": () => {
      const world = new World();
      world.ok(w.siteA, w.offer());
      return world.refused(w.operator, openRound());
    },
    "after the first request": () => {
      const world = new World();
      world.ok(w.labX, w.request());
      return world.refused(w.operator, openRound());
    },
    "after the commit": () => {
      const world = new World();
      world.ok(w.siteA, w.offer({ round: 2 }));
      world.ok(w.operator, w.commit({ round: 2, inputsCount: 10 }));
      return world.refused(w.operator, { ...openRound(), round: 2 });
    },
  },
  EMRX_ISSUER_KEY: {
    "an even number": () => new World().refused(w.operator, openRound("fe".repeat(256))),
    "a key of fewer bits than it has room for": () =>
      new World().refused(w.operator, openRound(`00${"ff".repeat(256)}`)),
  },
  EMRX_NO_ADMISSION: {
    "a token where none is needed": () =>
      new World().refused(w.siteA, w.offer({ token: actors.tokenA })),
  },
  EMRX_ADMISSION_REQUIRED: {
    "an offer without a token": () => opened().refused(w.siteA, w.offer()),
    "a request without a token": () => opened().refused(w.labX, w.request()),
  },
  EMRX_TOKEN_REFUSED: {
    "a token of another issuer": () =>
      opened().refused(w.siteA, w.offer({ token: actors.foreignToken })),
    "a token of another round": () =>
      opened().refused(w.siteA, w.offer({ token: actors.otherRoundToken })),
    "a token of another, seen on its way": () =>
      opened().refused(w.siteB, w.offer({ token: actors.tokenA })),
    "a damaged token": () => opened().refused(w.labX, w.request({ token: actors.damagedToken })),
  },
  EMRX_TOKEN_SPENT: {
    "a token that somebody else spent": () => {
      const world = opened();
      world.ok(w.siteA, w.offer({ token: actors.tokenA }));
      return world.refused(w.siteB, w.offer({ token: actors.tokenA }));
    },
    "one token for an offer and a request": () => {
      const world = opened();
      world.ok(w.siteA, w.offer({ token: actors.tokenA }));
      return world.refused(w.siteA, w.request({ token: actors.tokenA }));
    },
  },
  EMRX_GRANT_EXPIRED: {
    "passing on what is no longer valid": () => {
      const world = worldAt("granted", 2);
      world.ok(w.labX, w.delegate({ notAfter: world.time + 10 }));
      return world.wait(10).refused(w.helper, w.delegate({ to: w.assistant, depth: 0 }));
    },
  },
  EMRX_BEYOND_GRANT: {
    "a grant that may not be passed on": () =>
      worldAt("granted").refused(w.labX, w.delegate({ depth: 0 })),
    "as deep as the grant itself": () =>
      worldAt("granted", 1).refused(w.labX, w.delegate({ depth: 1 })),
    "an attribute that was not granted": () =>
      worldAt("granted", 2).refused(w.labX, w.delegate({ attributes: ["bmi", "age"] })),
    "a wider purpose than the request's": () =>
      worldAt("granted", 2).refused(w.labX, w.delegate({ purposes: ["PurposeOfUse"] })),
    "one purpose of two too many": () =>
      worldAt("granted", 2).refused(w.labX, w.delegate({ purposes: ["CLINTRCH", "HMARKT"] })),
    "an attribute that the giver was not given": () =>
      delegated().refused(w.helper, onward({ attributes: ["sex"] })),
    "a wider purpose than the giver's": () =>
      delegated().refused(w.helper, onward({ purposes: ["HRESCH"] })),
    "further than the giver may": () => delegated().refused(w.helper, onward({ depth: 1 })),
    "longer than the giver may": () => {
      const world = delegated();
      return world.refused(w.helper, onward({ notAfter: world.time + 101 }));
    },
    "without an end where the giver has one": () => {
      const { notAfter: _, ...endless } = onward() as CallOf<"access.delegate">;
      return delegated().refused(w.helper, endless);
    },
  },
  EMRX_DELEGATION_CIRCLE: {
    "to oneself": () => worldAt("granted", 2).refused(w.labX, w.delegate({ to: w.labX })),
    "back to the site": () => worldAt("granted", 2).refused(w.labX, w.delegate({ to: w.siteA })),
    "back to the giver": () => delegated().refused(w.helper, onward({ to: w.labX })),
  },
  EMRX_CHALLENGE_PROOF: {
    "evidence that shows nothing": () => worldAt("revealed").refused(w.labX, w.challenge()),
  },
  EMRX_CHALLENGE_UNFOUNDED: {
    "a claim that the evidence contradicts": () => playedRound().refused(w.labX, greed(honest)),
  },
  EMRX_NOT_CHALLENGEABLE: {
    "a matching committed under rules 1": () => {
      const world = new World(1);
      const { offersRoot: _, ...bare } = w.offer() as CallOf<"trade.offerBatch">;
      world.ok(w.siteA, bare);
      world.ok(w.labX, w.request());
      world.ok(w.operator, w.commit());
      world.ok(w.operator, { type: "ledger.adopt", rules: 2 });
      const allocation = { sites: [w.siteA], requesters: [w.labX], counts: [[1]] };
      world.ok(w.operator, w.reveal({ allocation, pairs: 1 }));
      return world.refused(w.labX, w.challenge());
    },
  },
  EMRX_MATCHING_REFUTED: {
    "finalizing it": () => refutedRound().wait(50).refused(w.operator, w.finalize),
    "challenging it again": () => refutedRound().refused(w.labX, w.challenge()),
  },
  EMRX_DUPLICATE_RATING: {
    "rating twice": () => {
      const world = worldAt("settled");
      world.ok(w.labX, w.rate());
      return world.refused(w.labX, w.rate({ measuredQuality: 0 }));
    },
  },
};

describe.each(Object.entries(situations))("%s", (code, tries) => {
  test.each(Object.entries(tries))("%s", (_, attempt) => {
    expect(attempt()).toBe(code);
  });
});

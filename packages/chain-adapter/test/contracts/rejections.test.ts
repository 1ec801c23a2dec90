import { describe, expect, test } from "vitest";
import { applySignedCall } from "../../src/contracts/apply.js";
import type { Call, RejectionCode } from "../../src/index.js";
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
  },
  EMRX_GRANT_REVOKED: {
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

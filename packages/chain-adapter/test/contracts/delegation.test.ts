// Passing grants on, against an evaluator that keeps a plain history and looks everything up anew each time.
import { fc, property } from "@emrx/testkit";
import { describe, expect, test } from "vitest";
import type { Rule } from "../../src/calls.js";
import { answer } from "../../src/contracts/view.js";
import type { Purpose } from "../../src/contracts.js";
import * as w from "./world.js";
import { type World, worldAt } from "./world.js";

const people = [w.labX, w.helper, w.assistant, w.stranger];
// By hand from the HL7 table: what each code covers among those that occur here.
const covers: Record<string, readonly string[]> = {
  HRESCH: ["HRESCH", "CLINTRCH", "CLINTRCHPC"],
  CLINTRCH: ["CLINTRCH", "CLINTRCHPC"],
  CLINTRCHPC: ["CLINTRCHPC"],
  HMARKT: ["HMARKT"],
};
const purposes = Object.keys(covers) as Purpose[];

/** One thing that was passed on. */
interface Gift {
  readonly from: string;
  readonly to: string;
  readonly attributes: readonly string[];
  readonly purposes: readonly string[];
  readonly depth: number;
  readonly until: number;
  ended: boolean;
  /** Whether its giver has held something else since. */
  void: boolean;
}

/** What somebody may do by a chain of gifts from the grant on, none of which has ended. */
interface Right {
  readonly attributes: readonly string[];
  readonly purposes: readonly string[];
  readonly depth: number;
  readonly until: number;
  readonly chain: readonly string[];
}

/** The naive evaluator: follows the gifts from the grantee outwards, never upwards. */
function rights(
  gifts: readonly Gift[],
  grantLive: boolean,
  depth: number,
  time: number,
): Map<string, Right> {
  const found = new Map<string, Right>();
  if (!grantLive) return found;
  found.set(w.labX, {
    attributes: ["bmi", "sex"],
    purposes: ["HRESCH"],
    depth,
    until: Number.POSITIVE_INFINITY,
    chain: [w.labX],
  });
  // A gift follows its giver's right; gifts were made in this order.
  for (const gift of gifts) {
    const giver = found.get(gift.from);
    if (giver === undefined || gift.ended || gift.void) continue;
    found.set(gift.to, { ...gift, chain: [...giver.chain, gift.to] });
  }
  for (const [holder, { chain }] of [...found]) {
    const expired = chain.some((link) => (found.get(link)?.until ?? 0) <= time);
    if (expired) found.delete(holder);
  }
  return found;
}

const subset = (a: readonly string[], b: readonly string[]): boolean =>
  a.every((value) => b.includes(value));
const covered = (wanted: readonly string[], by: readonly string[]): boolean =>
  wanted.every((code) => by.some((general) => covers[general]?.includes(code)));

const step = fc.record({
  kind: fc.constantFrom(
    "give",
    "give",
    "give",
    "give",
    "give",
    "end",
    "read",
    "read",
    "read",
    "revoke",
    "wait",
  ),
  who: fc.constantFrom(0, 0, 0, 1, 1, 1, 2, 3),
  to: fc.constantFrom(0, 1, 1, 2, 2, 3),
  attributes: fc.constantFrom(["bmi"], ["bmi"], ["bmi", "sex"], ["age"]),
  purpose: fc.constantFrom(...purposes, "HRESCH" as const, "CLINTRCH" as const),
  depth: fc.nat({ max: 3 }),
  until: fc.constantFrom(20, 60, 60),
});

const seen = { given: 0, refused: 0, permitted: 0, denied: 0, onward: 0 };

property(
  "who may pass on and who may read is what a naive evaluator says, after any history",
  [fc.array(step, { minLength: 10, maxLength: 40 })],
  (steps) => {
    const world = worldAt("granted", 4);
    const start = world.time;
    let gifts: Gift[] = [];
    let live = true;
    for (const { kind, who, to, attributes, purpose, depth, until } of steps) {
      const person = people[who] as string;
      const other = people[to] as string;
      const now = rights(gifts, live, 4, world.time);
      const right = now.get(person);
      if (kind === "wait") world.wait(5);
      else if (kind === "revoke" && who === 0 && to === 0) {
        const again = world.try(w.siteA, w.revoke());
        expect("state" in again).toBe(live);
        live = false;
      } else if (kind === "give") {
        const end = start + until;
        const may =
          right !== undefined &&
          !right.chain.includes(other) &&
          !now.has(other) &&
          depth < right.depth &&
          subset(attributes, right.attributes) &&
          covered([purpose], right.purposes) &&
          end <= right.until;
        const result = world.try(
          person,
          w.delegate({ to: other, attributes, purposes: [purpose], depth, notAfter: end }),
        );
        expect("state" in result, JSON.stringify(result)).toBe(may);
        seen[may ? "given" : "refused"]++;
        if (may && person !== w.labX) seen.onward++;
        if (may) {
          // Whatever the receiver had passed on before is void: it came of something else. It may still be ended.
          gifts = gifts.filter((gift) => gift.to !== other);
          for (const gift of gifts) if (gift.from === other) gift.void = true;
          gifts.push({
            from: person,
            to: other,
            attributes,
            purposes: [purpose],
            depth,
            until: end,
            ended: false,
            void: false,
          });
        }
      } else if (kind === "end") {
        const mine = gifts.find((gift) => gift.from === person && gift.to === other && !gift.ended);
        const result = world.try(person, w.revokeDelegation(other));
        expect("state" in result).toBe(mine !== undefined);
        if (mine !== undefined) mine.ended = true;
      } else if (kind === "read") {
        const versions = answer(world.state, { type: "access.delegations", round: 1 }, 0);
        const version = versions.find((link) => link.to === person)?.version ?? 1;
        const grantee = person === w.labX ? {} : { grantee: w.labX };
        const [event] = world.ok(
          person,
          w.read({ attributes, purpose, grantVersion: version, ...grantee }),
        );
        const may =
          right !== undefined &&
          subset(attributes, right.attributes) &&
          covered([purpose], right.purposes);
        const decided = event?.type === "access.decided" ? event.decision : "";
        expect(decided, JSON.stringify(event)).toBe(may ? "permit" : "deny");
        seen[may ? "permitted" : "denied"]++;
      }
    }
  },
  { numRuns: 400 },
);

test("the histories had everything", () => {
  for (const [what, times] of Object.entries(seen)) expect(times, what).toBeGreaterThan(0);
});

describe("a read under what was passed on", () => {
  const open = () => {
    const world = worldAt("granted", 2);
    world.ok(w.labX, w.delegate());
    return world;
  };
  const decision = (world: ReturnType<typeof open>, call = w.read()): unknown => {
    const [event] = world.ok(w.helper, { ...call, ...{ grantee: w.labX } } as typeof call);
    return event?.type === "access.decided" ? [event.decision, event.reason] : event;
  };
  const clinical = w.read({ purpose: "CLINTRCH" });

  test("is decided for the grantee's bundle and logged with whose grant it was", () => {
    const world = open();
    const [event] = world.ok(w.helper, { ...clinical, grantee: w.labX } as typeof clinical);
    expect(event).toEqual({
      type: "access.decided",
      round: 1,
      site: w.siteA,
      requester: w.helper,
      grantee: w.labX,
      purpose: "CLINTRCH",
      attributes: ["bmi"],
      decision: "permit",
      grantVersion: 1,
      policyVersion: 1,
    });
    const grant = answer(
      world.state,
      { type: "access.grant", round: 1, site: w.siteA, requester: w.labX },
      0,
    );
    expect([grant?.permitted, grant?.denied]).toEqual([1, 0]);
  });

  test("is denied beyond its purposes, its attributes, its version, and without naming whose grant it is", () => {
    expect(decision(open(), w.read())).toEqual(["deny", "EMRX_POLICY_DENIES"]);
    expect(decision(open(), w.read({ purpose: "CLINTRCH", attributes: ["sex"] }))).toEqual([
      "deny",
      "EMRX_POLICY_DENIES",
    ]);
    expect(decision(open(), w.read({ purpose: "CLINTRCH", grantVersion: 2 }))).toEqual([
      "deny",
      "EMRX_GRANT_STALE",
    ]);
    const [event] = open().ok(w.helper, clinical);
    expect(event).toMatchObject({ decision: "deny", reason: "EMRX_NO_GRANT", grantVersion: 0 });
  });

  test("ends when the grant is revoked, given anew, or its own time is over", () => {
    const world = open();
    world.ok(w.siteA, w.revoke());
    expect(decision(world, clinical)).toEqual(["deny", "EMRX_GRANT_REVOKED"]);
    world.ok(w.siteA, w.grant(w.terms({ delegation: 2 })));
    expect(decision(world, clinical)).toEqual(["deny", "EMRX_GRANT_REVOKED"]);
    world.ok(w.labX, w.delegate({ notAfter: world.time + 10 }));
    const again = w.read({ purpose: "CLINTRCH", grantVersion: 2 });
    world.wait(9);
    expect(decision(world, again)).toEqual(["permit", undefined]);
    world.wait(1);
    expect(decision(world, again)).toEqual(["deny", "EMRX_GRANT_EXPIRED"]);
  });

  test("follows the policy: a rule that denies the reader, or anybody it came through, overrides", () => {
    const permit: Rule = { ...w.anybody, purposes: ["*"] };
    for (const denied of [w.helper, w.labX]) {
      const world = open();
      const deny: Rule = { ...permit, effect: "deny", actors: [denied] };
      world.ok(w.siteA, w.policy({ version: 2, rules: [permit, deny] }));
      expect(decision(world, clinical)).toEqual(["deny", "EMRX_POLICY_DENIES"]);
    }
    // A permit for the grantee alone is enough: the reader reads by it.
    const world = open();
    world.ok(w.siteA, w.policy({ version: 2, rules: [{ ...permit, actors: [w.labX] }] }));
    expect(decision(world, clinical)).toEqual(["permit", undefined]);
    world.ok(w.siteA, w.policy({ version: 3, rules: [{ ...permit, actors: [w.helper] }] }));
    expect(decision(world, clinical)).toEqual(["deny", "EMRX_POLICY_DENIES"]);
  });
});

test("obligations of every rule that permits a part go with a permit, each once, and stand in the log", () => {
  const world = worldAt("granted");
  const permit: Rule = { ...w.anybody, purposes: ["*"] };
  world.ok(
    w.siteA,
    w.policy({
      version: 2,
      rules: [
        { ...permit, obligations: ["LOG", "DELAFTER"] },
        { ...permit, attributes: ["bmi"], obligations: ["LOG", "ANONY"] },
        { ...permit, attributes: ["sex"], obligations: ["MASK"] },
        { ...permit, effect: "deny", attributes: ["age"], obligations: ["NEVER"] },
      ],
    }),
  );
  const [event] = world.ok(w.labX, w.read());
  expect(event).toMatchObject({ decision: "permit", obligations: ["ANONY", "DELAFTER", "LOG"] });
  expect(answer(world.state, w.question({ attributes: ["sex"] }), 0)).toEqual({
    decision: "permit",
    policyVersion: 2,
    obligations: ["DELAFTER", "LOG", "MASK"],
  });
  expect(answer(world.state, w.question({ attributes: ["sex", "age"] }), 0)).toEqual({
    decision: "deny",
    reason: "EMRX_POLICY_DENIES",
    policyVersion: 2,
  });
});

/** The world after a grant that may be passed on, under these rules. */
function passable(...rules: readonly Rule[]): World {
  const world = worldAt("finalized");
  world.ok(w.siteA, w.policy({ version: 2, rules }));
  world.ok(w.siteA, w.grant(w.terms({ delegation: 2 })));
  return world;
}
const decision = (world: World, reader: string, changes: object) => {
  const [event] = world.ok(reader, w.read({ ...changes } as never));
  return event as { readonly decision: string; readonly obligations?: readonly string[] };
};

test("a rule that denies the holder one attribute of several, or one level, denies reading them together", () => {
  for (const denied of [{ attributes: ["sex"] }, { levels: ["L2"] }]) {
    const world = passable(w.anybody, {
      ...w.anybody,
      ...denied,
      effect: "deny",
      actors: [w.helper],
    } as Rule);
    world.ok(w.labX, w.delegate({ attributes: ["bmi", "sex"], purposes: ["HRESCH"] }));
    const mine = { grantee: w.labX, purpose: "HRESCH" };
    expect(decision(world, w.helper, { ...mine, attributes: ["bmi", "sex"] }).decision).toBe(
      "deny",
    );
    // The grantee is not concerned, and levels are always all of the grant's.
    expect(decision(world, w.labX, { attributes: ["bmi", "sex"] }).decision).toBe("permit");
    const alone = "attributes" in denied ? "permit" : "deny";
    expect(decision(world, w.helper, { ...mine, attributes: ["bmi"] }).decision).toBe(alone);
  }
});

test("passed on for several purposes, each of them permits reading, and passing on for it", () => {
  const world = passable(w.anybody);
  world.ok(w.labX, w.delegate({ purposes: ["DSRCH", "POARCH"] }));
  const read = (reader: string, purpose: string) =>
    decision(world, reader, { grantee: w.labX, purpose }).decision;
  expect(["DSRCH", "POARCH", "TRANSRCH", "HRESCH"].map((code) => read(w.helper, code))).toEqual([
    "permit",
    "permit",
    "deny",
    "deny",
  ]);
  const further = { to: w.assistant, depth: 0 };
  expect(
    world.refused(w.helper, w.delegate({ ...further, purposes: ["POARCH", "TRANSRCH"] })),
  ).toBe("EMRX_BEYOND_GRANT");
  world.ok(w.helper, w.delegate({ ...further, purposes: ["POARCH"] }));
  expect(["POARCH", "DSRCH"].map((code) => read(w.assistant, code))).toEqual(["permit", "deny"]);
});

test("the obligations of every rule that permits a part go with a read, each once, in order", () => {
  const world = passable(
    { ...w.anybody, attributes: ["sex"], obligations: ["SEX", "DELAFTER"] },
    { ...w.anybody, attributes: ["bmi"], obligations: ["DELAFTER", "BMI"] },
    { ...w.anybody, attributes: ["age"], obligations: ["AGE"] },
  );
  expect(decision(world, w.labX, { attributes: ["bmi", "sex"] }).obligations).toEqual([
    "BMI",
    "DELAFTER",
    "SEX",
  ]);
  expect(decision(world, w.labX, { attributes: ["sex"] }).obligations).toEqual(["DELAFTER", "SEX"]);
});

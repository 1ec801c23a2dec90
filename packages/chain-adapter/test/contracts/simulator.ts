// Rounds of random honest and deviating parties at the level of calls, and the properties that must hold whatever they do.
// What is off the ledger is a model.
import {
  type Call,
  type LedgerEvent,
  type OfferedClass,
  type PairView,
  type Publication,
  publicationHash,
  type RequestTerms,
  type RoundView,
  type Rule,
} from "../../src/calls.js";
import { dumpState, loadState } from "../../src/contracts/snapshot.js";
import { answer } from "../../src/contracts/view.js";
import {
  type applyCall,
  type ContractState,
  initialState,
  type Purpose,
  purposeCovers,
} from "../../src/contracts.js";
import {
  chunkOf,
  contents,
  isContent,
  isGood,
  oneTimeSecret,
  rightKey,
  rootOf,
} from "./model-claim.js";
import * as w from "./world.js";

/** The publication of these rounds: room for everybody to offer and to ask. */
export const publication: Publication = {
  ...w.publication,
  name: "simulated",
  limits: { ...w.publication.limits, sites: 8, requests: 8 },
};
const { bonds, lotSize, buyers, floors, profiles, attributes, purposeCosts } = publication;
const register: Call = { type: "publication.register", publication };
const opening = await w.open({ publication: publicationHash(publication) });
const { windows } = opening;

/** Numbers that a seed decides (xorshift32). */
class Dice {
  #state: number;
  constructor(seed: number) {
    this.#state = Math.imul(seed, 0x9e3779b1) || 1;
    for (let i = 0; i < 8; i++) this.below(1);
  }
  below(n: number): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return (x >>> 0) % n;
  }
  chance(percent: number): boolean {
    return this.below(100) < percent;
  }
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }
}

interface Party {
  readonly name: string;
  readonly honest: boolean;
}

type Window = keyof typeof windows;
const order: readonly Window[] = ["offer", "seed", "grant", "read", "release", "claim"];
const purposesAsked: readonly Purpose[] = [
  ...Array<Purpose>(6).fill("HRESCH"),
  "CLINTRCH",
  "HMARKT",
  "PurposeOfUse",
  "ETREAT",
];

/** One round, from its seed to what was violated in it. */
export class Simulation {
  readonly violated: string[] = [];
  state: ContractState = initialState();
  time = 1000;
  readonly #dice: Dice;
  readonly #apply: typeof applyCall;
  readonly #sites: readonly Party[];
  readonly #labs: readonly Party[];
  readonly #seeds: readonly [boolean, boolean];
  /** Roots whose content is in the store, and those that were at some time. */
  readonly #store = new Set<string>();
  readonly #ever = new Set<string>();
  /** What an honest requester fetched, by "site/requester". */
  readonly #fetched = new Map<string, string>();
  /** Pairs whose honest site revoked them. */
  readonly #revoked = new Set<string>();
  /** Money that went in with accepted calls, counted without the contract. */
  readonly #deposited = new Map<string, number>();
  /** What each requester asked for with its last accepted call. */
  readonly #asked = new Map<string, RequestTerms>();
  #decidedIn?: ContractState;

  constructor(seed: number, apply: typeof applyCall) {
    this.#dice = new Dice(seed);
    this.#apply = apply;
    const parties = (first: number): Party[] =>
      Array.from({ length: 1 + this.#dice.below(3) }, (_, i) => ({
        name: w.hash(first + i),
        honest: this.#dice.chance(60),
      }));
    this.#sites = parties(0xa1);
    this.#labs = parties(0xb1);
    this.#seeds = this.#dice.chance(90) ? [true, this.#dice.chance(70)] : [false, false];
  }

  #fail(property: string): void {
    if (!this.violated.includes(property)) this.violated.push(property);
  }

  view(): RoundView {
    return answer(this.state, { type: "round.state", round: 1 }, this.time) as RoundView;
  }

  /** Makes a call; its events, or undefined where it is refused. */
  #call(signer: string, call: Call): readonly LedgerEvent[] | undefined {
    const context = { ledger: w.ledger, genesis: w.genesis, signer, time: this.time };
    const result = this.#apply(this.state, call, context);
    if ("rejection" in result) return undefined;
    this.state = result.state;
    const { deposited, held, paid, returned, forfeited } = this.state.money.escrow;
    const total = [held, paid, returned, forfeited].reduce((sum, part) => sum + Number(part), 0);
    if (total !== Number(deposited)) this.#fail("3 money is not conserved");
    const put = (amount: number): void => {
      this.#deposited.set(signer, (this.#deposited.get(signer) ?? 0) + amount);
    };
    if (call.type === "trade.offer" && call.batch !== undefined)
      put(unitsOf(call.batch.classes) * bonds.unit);
    if (call.type === "trade.request") {
      if (call.terms === undefined) this.#asked.delete(signer);
      else this.#asked.set(signer, call.terms);
    }
    if (call.type === "trade.request" && call.terms !== undefined)
      put(call.terms.quota * (call.terms.price + bonds.unit));
    return result.events;
  }

  /** A call of an honest party: nobody can make it fail, wholly or in part, and doing it again does nothing. */
  #honest(signer: string, call: Call): void {
    const events = this.#call(signer, call);
    if (events === undefined) {
      this.#fail(`2 an honest ${call.type} is refused`);
      return;
    }
    if (events.some(({ type }) => type === "item.refused"))
      this.#fail(`2 an item of an honest ${call.type} is refused`);
    const facts = (): string =>
      JSON.stringify([this.state.money.escrow.held, this.view().pairs, this.view().settled]);
    const before = facts();
    this.#call(signer, call);
    if (facts() !== before) this.#fail(`8 doing ${call.type} twice is not doing it once`);
  }

  #upload(root: string): void {
    this.#store.add(root);
    this.#ever.add(root);
  }

  // Honest parties: what is due in a window.

  #siteActs(site: string, window: Window): void {
    const dice = this.#dice;
    const own = (): readonly PairView[] => this.view().pairs.filter((pair) => pair.site === site);
    if (window === "offer") {
      const rules = [{ ...w.anybody, purposes: ["*"] as const }];
      this.#call(site, w.policy({ rules }));
      this.#honest(site, { type: "trade.offer", round: 1, batch: this.#batch() });
    } else if (window === "grant") {
      const grants = own().map(({ requester }) => {
        const root = rootOf("good", site, requester);
        this.#upload(root);
        return w.granted({ requester, root });
      });
      if (grants.length > 0) this.#honest(site, { type: "access.grant", round: 1, grants });
    } else if (window === "read" && dice.chance(20)) {
      const pair = own().find(({ grant }) => grant !== undefined);
      if (pair === undefined) return;
      this.#revoked.add(`${site}/${pair.requester}`);
      this.#store.delete(rootOf("good", site, pair.requester));
      this.#honest(site, w.revoke(pair.requester));
    } else if (window === "release") {
      const releases = own().flatMap(({ requester, grant, read, revoked }) =>
        grant && read?.decision === "permit" && !revoked
          ? [{ requester, wrappedKey: rightKey(grant.root) }]
          : [],
      );
      if (releases.length > 0) this.#honest(site, { type: "access.release", round: 1, releases });
    } else if (window === "claim" && dice.chance(20)) {
      // A patient changes its mind too late: what was released stays paid.
      const pair = own().find(({ wrappedKey, revoked }) => wrappedKey !== undefined && !revoked);
      if (pair !== undefined) this.#honest(site, w.revoke(pair.requester));
    }
  }

  #labActs(lab: string, window: Window): void {
    const pairs =
      window === "offer" ? [] : this.view().pairs.filter((pair) => pair.requester === lab);
    if (window === "offer") {
      this.#honest(lab, { type: "trade.request", round: 1, terms: this.#terms() });
    } else if (window === "read") {
      const live = pairs.filter(({ grant, revoked }) => grant && !revoked);
      const there = ({ site, grant }: PairView): boolean => {
        const root = grant?.root ?? "";
        const fits = this.#store.has(root) && isContent(root);
        if (fits) this.#fetched.set(`${site}/${lab}`, root);
        return fits;
      };
      const got = live.filter(there).map(({ site }) => site);
      const lost = live.map(({ site }) => site).filter((site) => !got.includes(site));
      if (got.length > 0) this.#honest(lab, w.read(...got));
      if (lost.length > 0) this.#honest(lab, w.missing(...lost));
    } else if (window === "claim") {
      for (const { site, grant, wrappedKey } of pairs) {
        const root = this.#fetched.get(`${site}/${lab}`);
        if (grant === undefined || wrappedKey === undefined || root === undefined) continue;
        const claim = { type: "access.claim", round: 1, site } as const;
        if (wrappedKey !== rightKey(root))
          this.#honest(lab, { ...claim, evidence: { kind: "key", secret: oneTimeSecret } });
        else if (!isGood(root, site, lab)) this.#honest(lab, { ...claim, evidence: chunkOf(root) });
        else if (this.#dice.chance(40)) this.#honest(lab, w.settle({ sites: [site] }));
      }
    }
  }

  // Deviating parties: any call with any parameters.

  #classes(): OfferedClass[] {
    const dice = this.#dice;
    const chosen = new Map<string, OfferedClass>();
    for (let i = 0; i < 1 + dice.below(2); i++) {
      const one = {
        profile: dice.below(2),
        floor: dice.pick([0, 0, 1]),
        buyers: dice.below(2),
        lots: 1 + dice.below(2),
      };
      chosen.set(JSON.stringify({ ...one, lots: 0 }), one);
    }
    return [...chosen.values()];
  }

  #batch(): NonNullable<ReturnType<typeof w.offer>["batch"]> {
    return { root: w.hash(3), classes: this.#classes() };
  }

  #terms(): RequestTerms {
    const dice = this.#dice;
    return {
      purpose: dice.pick(purposesAsked),
      weights: dice.pick([{ bmi: 1 }, { sex: 1 }, { bmi: 2, sex: 1 }]),
      minimumWorth: dice.pick([1, 1, 250_000, 400_000]),
      price: dice.pick([9, 10, 40, 60, 61, 61, 200]),
      quota: 1 + dice.below(20),
    };
  }

  /** Does what an honest party would, but for one thing or the other. */
  #almost(name: string, window: Window): void {
    const dice = this.#dice;
    const pairs = this.view().pairs.filter((pair) => pair.site === name || pair.requester === name);
    const [asSite, asLab] = [
      pairs.filter(({ site }) => site === name),
      pairs.filter(({ requester }) => requester === name),
    ];
    const policy = answer(this.state, { type: "access.policy", site: name, policyId: "main" }, 0);
    const setPolicy = (rules: readonly Rule[]): void => {
      this.#call(name, w.policy({ rules, version: (policy?.version ?? 0) + 1 }));
    };
    if (window === "offer") {
      setPolicy([{ ...w.anybody, purposes: ["*"] }]);
      if (this.#sites.some((site) => site.name === name))
        this.#call(name, { type: "trade.offer", round: 1, batch: this.#batch() });
      else this.#call(name, { type: "trade.request", round: 1, terms: this.#terms() });
    } else if (window === "grant" && asSite.length > 0) {
      const grants = asSite.map(({ requester }) => {
        const root = rootOf(dice.pick(contents), name, requester);
        if (isContent(root) && dice.chance(90)) this.#upload(root);
        return w.granted({ requester, root, policyVersion: policy?.version ?? 1 });
      });
      this.#call(name, { type: "access.grant", round: 1, grants });
      if (dice.chance(25)) setPolicy([]);
    } else if (window === "read") {
      if (dice.chance(40)) setPolicy([]);
      for (const { site, grant } of asLab)
        if (grant) this.#call(name, dice.chance(70) ? w.read(site) : w.missing(site));
    } else if (window === "release") {
      for (const { requester, grant } of asSite) {
        const wrappedKey = dice.chance(60) ? rightKey(grant?.root ?? w.hash(1)) : "ee".repeat(80);
        const releases = [{ requester, wrappedKey }];
        if (dice.chance(80)) this.#call(name, { type: "access.release", round: 1, releases });
        if (dice.chance(20)) this.#call(name, w.revoke(requester));
      }
    } else if (window === "claim") {
      for (const { site, grant } of asLab) {
        const evidence = dice.chance(50)
          ? ({ kind: "key", secret: oneTimeSecret } as const)
          : chunkOf(grant?.root ?? "");
        this.#call(name, { type: "access.claim", round: 1, site, evidence });
      }
    }
  }

  #deviates(name: string): void {
    const dice = this.#dice;
    const anybody = (): string =>
      dice.pick([...this.#sites, ...this.#labs, { name: w.stranger }]).name;
    const some = <T>(one: () => T): [T, ...T[]] => [
      one(),
      ...Array.from({ length: dice.below(3) }, one),
    ];
    const calls: readonly (() => Call)[] = [
      () => ({
        type: "trade.offer",
        round: 1,
        ...(dice.chance(30) ? {} : { batch: this.#batch() }),
      }),
      () => ({
        type: "trade.request",
        round: 1,
        ...(dice.chance(30) ? {} : { terms: this.#terms() }),
      }),
      () => {
        const key = `${name}/main`;
        const view = answer(this.state, { type: "access.policy", site: name, policyId: "main" }, 0);
        const rules = dice.chance(50) ? [] : [{ ...w.anybody, purposes: ["*"] as const }];
        return w.policy({ rules, version: key === "" ? 0 : (view?.version ?? 0) + 1 });
      },
      () => ({
        type: "access.grant",
        round: 1,
        grants: some(() => {
          const requester = anybody();
          const kind = dice.pick(contents);
          const root = rootOf(kind, dice.chance(80) ? name : anybody(), requester);
          if (kind !== "absent" && dice.chance(80)) this.#upload(root);
          return w.granted({ requester, root, policyVersion: 1 + dice.below(2) });
        }),
      }),
      () => w.read(...some(anybody)),
      () => w.missing(...some(anybody)),
      () => ({
        type: "access.release",
        round: 1,
        releases: some(() => {
          const requester = anybody();
          const root = this.view().pairs.find(
            (pair) => pair.site === name && pair.requester === requester,
          )?.grant?.root;
          const isRight = root !== undefined && dice.chance(60);
          return { requester, wrappedKey: isRight ? rightKey(root) : "ee".repeat(80) };
        }),
      }),
      () => w.revoke(...some(anybody)),
      () => w.claim(anybody(), dice.chance(50) ? oneTimeSecret : w.hash(1)),
      () => {
        const site = anybody();
        const root = dice.chance(70) ? rootOf(dice.pick(contents), site, name) : w.hash(9);
        return { type: "access.claim", round: 1, site, evidence: chunkOf(root) };
      },
      () => w.settle({ sites: some(anybody) }),
      () => w.settle({ most: 1 + dice.below(9) }),
      () => w.seed(dice.pick([0, 1])),
      () => w.rate({ subject: anybody(), role: dice.pick(["site", "requester"]) }),
      () => ({ type: "ledger.batch", calls: [w.revoke(anybody()), w.read(anybody())] }) as Call,
    ];
    this.#call(name, dice.pick(calls)());
    if (dice.chance(15)) this.#store.delete(dice.pick([...this.#store, ""]));
  }

  /** The content of an honest site stays where it is, unless it takes it away itself. */
  #keepHonestContents(): void {
    for (const site of this.#sites.filter(({ honest }) => honest))
      for (const lab of this.#labs) {
        const root = rootOf("good", site.name, lab.name);
        if (this.#ever.has(root) && !this.#revoked.has(`${site.name}/${lab.name}`))
          this.#store.add(root);
      }
  }

  /** Plays the round, window by window, everybody's actions in a random order; then anybody settles. */
  run(): this {
    const dice = this.#dice;
    this.#call(w.stranger, register);
    this.#call(w.opener, opening);
    let frozen = "";
    const inputs = (): string => {
      const { offers, requests } = this.view();
      return JSON.stringify([offers, requests]);
    };
    for (const [i, window] of order.entries()) {
      const from = i === 0 ? 1000 : windows[order[i - 1] as Window];
      const acts: (() => void)[] = [];
      for (const { name, honest } of this.#sites)
        acts.push(...(honest ? [() => this.#siteActs(name, window)] : this.#many(name, window)));
      for (const { name, honest } of this.#labs)
        acts.push(...(honest ? [() => this.#labActs(name, window)] : this.#many(name, window)));
      if (window === "seed")
        for (const of of [0, 1] as const)
          if (this.#seeds[of]) acts.push(() => this.#honest(w.seeders[of], w.seed(of)));
      for (let at = 0; acts.length > 0; at++) {
        this.time = Math.min(from + at, windows[window] - 1);
        this.#keepHonestContents();
        acts.splice(dice.below(acts.length), 1)[0]?.();
      }
      if (window === "offer") frozen = inputs();
      else if (inputs() !== frozen) this.#fail("6 inputs changed after closing");
      if (window === "seed") this.#decidedIn = this.state;
    }
    this.time = windows.claim;
    for (let i = 0; i < 100 && Number(this.state.money.escrow.held) > 0; i++)
      this.#call(w.stranger, w.settle({ most: 1 + dice.below(20) }));
    this.#judge();
    return this;
  }

  #many(name: string, window: Window): (() => void)[] {
    const acts = Array.from({ length: this.#dice.below(5) }, () => () => this.#deviates(name));
    return this.#dice.chance(80) ? [...acts, () => this.#almost(name, window)] : acts;
  }

  // What must hold in the end.

  #judge(): void {
    const view = this.view();
    if (this.state.money.escrow.held !== "0") this.#fail("1 money is locked after the round");
    const { credits, escrow } = this.state.money;
    const credit = (name: string): number =>
      Number(answer(this.state, { type: "trade.credit", party: name }, 0));
    if (credits.size > 0) {
      const everybody = [...this.#sites, ...this.#labs].map(({ name }) => name);
      const all = [...everybody, ...w.seeders, w.opener, w.stranger].map(credit);
      if (all.reduce((a, b) => a + b) !== Number(escrow.paid) + Number(escrow.returned))
        this.#fail("3 credits are not what was paid and returned");
    }
    const priceOf = (lab: string): number => this.#asked.get(lab)?.price ?? 0;
    for (const { name } of [...this.#sites, ...this.#labs]) {
      let balance = 0;
      for (const { site, requester, units, outcome } of view.pairs) {
        const price = units * priceOf(requester);
        const bond = units * bonds.unit;
        const [toSite, toLab] =
          outcome === "paid"
            ? [price, -price]
            : outcome === "missing"
              ? [-bond, -bond]
              : [-bond, bond];
        if (name === site) balance += toSite;
        if (name === requester) balance += toLab;
      }
      if (credit(name) !== (this.#deposited.get(name) ?? 0) + balance)
        this.#fail("3, 4 a balance is not what the pairs' outcomes say");
    }
    for (const pair of view.pairs) this.#judgePair(pair);
    this.#judgeMatching(view);
  }

  #judgePair({ site, requester, grant, read, wrappedKey, outcome, ranges }: PairView): void {
    const isHonest = (parties: readonly Party[], of: string): boolean =>
      parties.some(({ name, honest }) => honest && name === of);
    const [siteHonest, labHonest] = [isHonest(this.#sites, site), isHonest(this.#labs, requester)];
    const key = `${site}/${requester}`;
    const root = grant?.root ?? "";
    const hasKey = wrappedKey === rightKey(root);
    if (
      labHonest &&
      outcome === "paid" &&
      !(hasKey && this.#fetched.get(key) === root && isGood(root, site, requester))
    )
      this.#fail("4 an honest requester pays for garbage or for nothing");
    if (labHonest && siteHonest && outcome === "missing")
      this.#fail("4 two honest parties lose a pair");
    const isRevoked = this.#revoked.has(key);
    if (siteHonest && !isRevoked && outcome !== "paid" && outcome !== "missing")
      this.#fail("4 an honest site is not paid");
    const hasData = hasKey && this.#ever.has(root) && isGood(root, site, requester);
    if (siteHonest && hasData && outcome !== "paid")
      this.#fail("4 a requester has the data unpaid");
    if (siteHonest && isRevoked && (wrappedKey !== undefined || outcome === "paid"))
      this.#fail("9 something opens after revocation");
    if (wrappedKey !== undefined && read?.decision !== "permit")
      this.#fail("5 a key without a permit");
    const { purpose } = this.#asked.get(requester) as RequestTerms;
    if (ranges.some(({ profile }) => isRefused(profile, purpose)))
      this.#fail("5 a refused purpose is matched");
  }

  #judgeMatching(view: RoundView): void {
    if (this.#decidedIn === undefined) return;
    const restored = loadState(JSON.parse(JSON.stringify(dumpState(this.#decidedIn))));
    const again = answer(restored, { type: "round.state", round: 1 }, windows.seed) as RoundView;
    const given = ({ pairs }: RoundView) =>
      pairs.map(({ site, requester, ranges }) => [site, requester, ranges]);
    if (JSON.stringify(given(again)) !== JSON.stringify(given(view)))
      this.#fail("7 the decision is not a function of the frozen inputs");
    if (view.phase === "void") {
      if (view.pairs.length > 0) this.#fail("7 a void round has pairs");
      return;
    }
    for (const problem of instabilities(view, this.#asked)) this.#fail(`7 ${problem}`);
  }
}

const unitsOf = (classes: readonly OfferedClass[]): number =>
  classes.reduce((sum, { lots, buyers: b }) => sum + lots * lotSize * (buyers[b] as number), 0);

const isRefused = (profile: number, purpose: Purpose): boolean =>
  (profiles[profile]?.refuses ?? []).some(
    (code) => purposeCovers(code, purpose) || purposeCovers(purpose, code),
  );

/** What is wrong with an allocation by the true preferences, ties and all: without the lists of the code under test. */
function instabilities(
  { offers, pairs }: RoundView,
  terms: ReadonlyMap<string, RequestTerms>,
): string[] {
  const problems = new Set<string>();
  const lots = offers.flatMap(({ site, classes }) =>
    classes.flatMap((chosen) => Array.from({ length: chosen.lots }, () => ({ ...chosen, site }))),
  );
  const first = new Map<string, number>();
  for (const [l, { site }] of lots.entries()) if (!first.has(site)) first.set(site, l);
  // Whom every patient sells to.
  const buyersAt = lots.map(() => Array.from({ length: lotSize }, (): string[] => []));
  for (const { site, requester, ranges } of pairs)
    for (const { from, to, profile } of ranges)
      for (let place = from; place < to; place++) {
        const lot = (first.get(site) as number) + Math.floor(place / lotSize);
        if (lots[lot]?.profile !== profile) problems.add("a range is of another profile");
        buyersAt[lot]?.[place % lotSize]?.push(requester);
      }
  const total = (weights: RequestTerms["weights"], of: readonly number[]): number =>
    attributes.reduce((sum, name, i) => sum + (weights[name] ?? 0) * (of[i] as number), 0);
  const all = ({ weights }: RequestTerms): number => Object.values(weights).reduce((a, b) => a + b);
  const worth = (lot: number, lab: string): number => {
    const request = terms.get(lab) as RequestTerms;
    return (
      total(request.weights, profiles[lots[lot]?.profile as number]?.worth as number[]) /
      all(request)
    );
  };
  const gain = (lot: number, lab: string): number => {
    const request = terms.get(lab) as RequestTerms;
    const exposure = total(
      request.weights,
      profiles[lots[lot]?.profile as number]?.exposure as number[],
    );
    return request.price - (purposeCosts[request.purpose] ?? 0) - exposure / all(request) / 1000;
  };
  const isAcceptable = (lot: number, lab: string): boolean => {
    const { site, profile, floor } = lots[lot] as (typeof lots)[number];
    const { price, purpose, minimumWorth } = terms.get(lab) as RequestTerms;
    return (
      site !== lab &&
      price >= (floors[floor] as number) &&
      gain(lot, lab) >= 0 &&
      worth(lot, lab) >= minimumWorth &&
      !isRefused(profile, purpose)
    );
  };
  const taken = new Map([...terms.keys()].map((lab): [string, number[]] => [lab, []]));
  for (const [l, places] of buyersAt.entries())
    for (const place of places) {
      if (new Set(place).size !== place.length)
        problems.add("a patient sells to one requester twice");
      if (place.length > (buyers[lots[l]?.buyers as number] as number))
        problems.add("a patient sells to more than it would");
      for (const lab of place) {
        taken.get(lab)?.push(l);
        if (!isAcceptable(l, lab)) problems.add("a pair is not acceptable");
      }
    }
  for (const [lab, { quota }] of terms) {
    const held = taken.get(lab) as number[];
    if (held.length > quota) problems.add("a requester gets more than it asked for");
    for (const [l, places] of buyersAt.entries()) {
      if (!isAcceptable(l, lab)) continue;
      const labWants =
        held.length < quota || held.some((other) => worth(other, lab) < worth(l, lab));
      if (!labWants) continue;
      const most = buyers[lots[l]?.buyers as number] as number;
      for (const place of places)
        if (
          !place.includes(lab) &&
          (place.length < most || place.some((other) => gain(l, other) < gain(l, lab)))
        )
          problems.add("a patient and a requester both prefer each other");
    }
  }
  return [...problems];
}

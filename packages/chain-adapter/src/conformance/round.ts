// Cases 64 to 76: rounds, their money, and evaluation.
import { seedCommitment, signSeeder } from "../codec/seeder.js";
import type { CaseText } from "./case.js";
import { bytes32, check, same } from "./market.js";

export const roundCases: readonly CaseText[] = [
  {
    number: 64,
    title:
      "no share in the seed window: the round is void, and everything but the seeders' bonds goes back",
    async run(market) {
      await market.play("offered");
      await market.over("seed");
      await market.refuses("opener", market.seed("opener"), "EMRX_ROUND_VOID");
      await market.refuses("siteA", market.grant(), "EMRX_ROUND_VOID");
      await market.send("stranger", market.settle());
      const escrow = await market.escrow();
      same(
        escrow,
        { deposited: "576", forfeited: "14", held: "0", paid: "0", returned: "562" },
        "escrow",
      );
      same(await market.credit("labX"), "408", "what labX got back");
    },
  },
  {
    number: 65,
    title: "a share is shown once, by who committed to it, in the seed window; one is enough",
    async run(market) {
      await market.play("offered");
      await market.refuses("opener", market.seed("opener"), "EMRX_WRONG_WINDOW");
      await market.over("offer");
      await market.refuses("opener", market.seed("seeder"), "EMRX_SEED_MISMATCH");
      await market.send("opener", market.seed("opener"));
      await market.refuses("opener", market.seed("opener"), "EMRX_SEED_SHOWN");
      same((await market.round()).pairs, [], "pairs before the seed window is over");
      await market.over("seed");
      await market.send("siteA", market.grant());
      check((await market.round()).seed !== undefined, "a round with one share has a seed");
    },
  },
  {
    number: 66,
    title:
      "a seeder's consent holds for one round as it was stated; a copied commitment cannot be opened",
    async run(market) {
      const { time } = await market.send("stranger", market.register());
      const opening = await market.opening(market.terms(time));
      const later = { ...opening.windows, claim: opening.windows.claim + 1 };
      await market.refuses("opener", { ...opening, windows: later }, "EMRX_SEEDER");
      const [first] = opening.seeders;
      check(first !== undefined, "an opening has seeders");
      await market.refuses("opener", { ...opening, seeders: [first, first] }, "EMRX_SEEDER");
      const elsewhere = await signSeeder(bytes32(1), market.people.seeder, market.terms(time), {
        share: market.share("seeder"),
      });
      await market.refuses("opener", { ...opening, seeders: [first, elsewhere] }, "EMRX_SEEDER");
      // The seeder commits to what the opener committed to: the share is then not its own.
      const copied = await market.opening(market.terms(time), () => ({
        share: market.share("opener"),
      }));
      await market.send("opener", copied);
      await market.over("offer");
      const own = { ledger: market.ledger.id, round: 1, share: market.share("opener") };
      check(
        seedCommitment({ ...own, seeder: market.key("opener") }) !==
          seedCommitment({ ...own, seeder: market.key("seeder") }),
        "commitments of two seeders to one share are equal",
      );
      await market.refuses("seeder", market.seed("seeder"), "EMRX_SEED_MISMATCH");
    },
  },
  {
    number: 67,
    title: "every call has its window: before and after it, it is refused",
    async run(market) {
      await market.play("offered");
      const late = "EMRX_WRONG_WINDOW";
      const read = await market.read();
      for (const [role, call] of [
        ["siteA", market.grant()],
        ["labX", read],
        ["siteA", market.release("labX")],
        ["stranger", market.settle()],
      ] as const) {
        await market.refuses(role, call, late);
      }
      await market.over("offer");
      await market.refuses("siteA", market.offer(), late);
      await market.refuses("labX", market.request(), late);
      await market.send("seeder", market.seed("seeder"));
      await market.over("seed");
      await market.send("siteA", market.grant());
      await market.refuses("opener", market.seed("opener"), late);
      await market.over("grant");
      await market.refuses("siteB", market.grant(), late);
      await market.send("labX", read);
      await market.over("read");
      await market.refuses("labY", await market.read(["siteA"], "labY"), late);
      await market.over("release");
      await market.refuses("siteA", market.release("labX"), late);
    },
  },
  {
    number: 68,
    title:
      "a later offer or request takes the place of an earlier one, an empty one withdraws it; money goes back",
    async run(market) {
      await market.play("offered");
      await market.send("labX", market.request({ quota: 1 }));
      await market.send("siteA", market.offer(1));
      await market.send("labY", { type: "trade.request", round: 1 });
      await market.send("siteB", { type: "trade.offer", round: 1 });
      await market.refuses("siteB", { type: "trade.offer", round: 1 }, "EMRX_NO_OFFER");
      await market.refuses("labY", { type: "trade.request", round: 1 }, "EMRX_NO_REQUEST");
      const { offers, requests } = await market.round();
      same([offers.length, requests.length], [1, 1], "offers and requests");
      // Seeders' bonds, 4 units of siteA, one record of labX at 50 and its bond.
      const { held, returned } = await market.ledger.view({ type: "trade.escrow" });
      same([held, returned], ["69", "562"], "held and returned");
    },
  },
  {
    number: 69,
    title:
      "a choice that is not on the menus, an attribute not known and more than the limits are refused",
    async run(market) {
      await market.play("opened");
      await market.refuses("siteA", market.offer(1, { profile: 2 }), "EMRX_CHOICE");
      await market.refuses("siteA", market.offer(1, { floor: 2 }), "EMRX_CHOICE");
      await market.refuses("siteA", market.offer(5), "EMRX_OVER_LIMIT");
      await market.refuses(
        "labX",
        market.request({ weights: { age: 1 } }),
        "EMRX_UNKNOWN_ATTRIBUTE",
      );
      await market.refuses("labX", market.request({ quota: 49 }), "EMRX_OVER_LIMIT");
      for (const role of ["siteA", "siteB", "labX"] as const)
        await market.send(role, market.offer());
      await market.refuses("labY", market.offer(), "EMRX_ROUND_FULL");
      await market.send("siteA", market.offer(1));
    },
  },
  {
    number: 70,
    title: "the allocation is the stable one, and nobody submits it",
    async run(market) {
      await market.play("granted");
      // Lots prefer labY, who pays more; both like siteA's profile better; siteA has 8 units and labX wants 8.
      same(
        await market.pairs(),
        { "siteA labX": [6, "open"], "siteA labY": [2, "open"], "siteB labX": [2, "open"] },
        "pairs",
      );
      const { pairs } = await market.round();
      const places = pairs.flatMap(({ site, ranges }) =>
        ranges.flatMap(({ from, to }) =>
          Array.from({ length: to - from }, (_, i) => `${site} ${from + i}`),
        ),
      );
      same([places.length, new Set(places).size], [10, 10], "places and different places");
    },
  },
  {
    number: 71,
    title: "anybody opens a round with a bond, which comes back; a number is taken once",
    async run(market) {
      const { time } = await market.send("siteA", market.policy());
      const terms = market.terms(time);
      await market.refuses("opener", await market.opening(terms), "EMRX_NO_PUBLICATION");
      await market.send("stranger", market.register());
      await market.refuses("opener", market.register(), "EMRX_PUBLICATION_KNOWN");
      await market.send("stranger", await market.opening(terms));
      await market.refuses("opener", await market.opening(terms), "EMRX_ROUND_EXISTS");
      same((await market.ledger.view({ type: "trade.escrow" })).held, "44", "bonds held");
      await market.over("offer");
      await market.send("seeder", market.seed("seeder"));
      await market.over("claim");
      await market.send("siteB", market.settle());
      const credits = [
        await market.credit("stranger"),
        await market.credit("seeder"),
        await market.credit("opener"),
      ];
      same(credits, ["30", "7", "0"], "bonds back, but for the share that was not shown");
    },
  },
  {
    number: 72,
    title:
      "items of a call are decided one by one: a bad one harms no other, and none is decided twice",
    async run(market) {
      await market.play("seeded");
      await market.over("seed");
      const { events } = await market.send("siteA", market.grant(["stranger", "labX", "labX"]));
      same(
        events.map((event) => ("reason" in event ? event.reason : event.type)),
        ["EMRX_NOT_ALLOCATED", "access.granted", "EMRX_DUPLICATE_GRANT"],
        "what became of the items",
      );
      await market.refuses("siteA", market.grant(), "EMRX_DUPLICATE_GRANT");
      await market.send("siteA", market.grant(["labX", "labY"]));
      await market.over("grant");
      await market.send("labX", await market.read(["siteB", "siteA"]));
      await market.refuses("labX", await market.read(), "EMRX_ALREADY_READ");
      const missing = { type: "access.missing", round: 1, sites: [market.key("siteA")] } as const;
      await market.refuses("labX", missing, "EMRX_ALREADY_READ");
      await market.send("labY", missing);
    },
  },
  {
    number: 73,
    title:
      "a rating by who did not buy is refused, a second one, too; the prediction is the contract's own",
    async run(market) {
      await market.play("settled");
      await market.refuses("stranger", market.rate(), "EMRX_NOT_ALLOCATED");
      await market.refuses("siteA", market.rate(), "EMRX_NOT_ALLOCATED");
      await market.send("labX", market.rate());
      await market.refuses("labX", market.rate({ measuredQuality: 0 }), "EMRX_DUPLICATE_RATING");
      const subject = market.key("siteA");
      const score = await market.ledger.view({ type: "evaluation.score", role: "site", subject });
      // (2 x 600,000 + 1 x 300,000) / 3 = 500,000
      same(
        [score?.count, score?.predictedSum, score?.measuredSum, score?.absoluteErrorSum],
        [1, "500000", "450000", "50000"],
        "score",
      );
    },
  },
  {
    number: 74,
    title: "a rating before the settlement, or of what was not paid, is refused",
    async run(market) {
      await market.play("granted");
      await market.refuses("labX", market.rate(), "EMRX_NOT_PAID");
      await market.send("siteA", market.revoke());
      await market.over("claim");
      await market.send("stranger", market.settle());
      await market.refuses("labX", market.rate(), "EMRX_NOT_PAID");
      await market.send("labY", market.rate());
    },
  },
  {
    number: 75,
    title: "a claim that is proven sends the money back; one that is not changes nothing",
    async run(market) {
      await market.play("released");
      await market.over("release");
      const claim = (secret: string) =>
        ({
          type: "access.claim",
          round: 1,
          site: market.key("siteA"),
          evidence: { kind: "key", secret },
        }) as const;
      await market.refuses("labX", claim(bytes32(1)), "EMRX_CLAIM_UNPROVEN");
      // What was released opens with no key, the right one included.
      await market.send("labX", claim(market.secret("labX")));
      await market.refuses("labX", claim(market.secret("labX")), "EMRX_ALREADY_CLAIMED");
      await market.over("claim");
      await market.send("stranger", market.settle());
      same(
        await market.pairs(),
        { "siteA labX": [6, "wrong"], "siteA labY": [2, "paid"], "siteB labX": [2, "paid"] },
        "pairs",
      );
      // 6 x 51 and siteA's bonds of 6 units back, 2 x 1 of siteB's pair.
      same(await market.credit("labX"), "314", "labX's credit");
    },
  },
  {
    number: 76,
    title: "sums are exact, money is conserved over a whole round, in slices too, and settled once",
    async run(market) {
      await market.play("released");
      await market.over("claim");
      const { settled } = await market.round();
      for (let done = 0; done < settled.of; done += 2)
        await market.send("stranger", market.settle({ most: 2 }));
      await market.refuses("stranger", market.settle(), "EMRX_ALREADY_SETTLED");
      const escrow = await market.escrow();
      same(
        escrow,
        { deposited: "576", forfeited: "0", held: "0", paid: "540", returned: "36" },
        "escrow",
      );
      // siteA: 6 x 50 + 2 x 70 and 8 bonds; labX: 8 bonds; siteB: 2 x 50 and 4 bonds.
      const credits = [
        await market.credit("siteA"),
        await market.credit("labX"),
        await market.credit("siteB"),
      ];
      same(credits, ["448", "8", "104"], "credits");
    },
  },
];

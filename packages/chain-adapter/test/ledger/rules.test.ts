// Versions of the contracts' rules: an old log replays as it did, and a new version takes the old state over.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { createGenesis } from "../../src/calls.js";
import { encodeSignedCall } from "../../src/codec/signed-call.js";
import { LATEST_RULES, seedCommitment, stateDigest } from "../../src/contracts.js";
import {
  fromOrderedLog,
  type LogEntry,
  type MemoryLog,
  memoryLedger,
  memoryLog,
  replayEntries,
} from "../../src/ledger.js";
import * as w from "../contracts/world.js";
import { codeOf, identity, keyOf, sign } from "./helpers.js";

const golden = JSON.parse(
  readFileSync(new URL("golden/log-rules-1.json", import.meta.url), "utf8"),
) as {
  readonly checkpoint: unknown;
  readonly entries: readonly { time: number; outcome: string; digest: string; text: string }[];
};

const entries: LogEntry[] = golden.entries.map(({ time, text }, index) => ({
  index,
  time,
  bytes: new TextEncoder().encode(text),
}));

describe("a log written under rules 1, before rules 2 were thought of", () => {
  test("replays entry by entry to the same outcomes, digests and checkpoint", async () => {
    const { outcomes, checkpoint } = await replayEntries(entries);
    expect(checkpoint).toEqual(golden.checkpoint);
    expect(
      outcomes.map((outcome) =>
        outcome.kind === "rejected"
          ? outcome.rejection.code
          : outcome.kind === "invalid"
            ? outcome.code
            : outcome.kind,
      ),
    ).toEqual(golden.entries.map(({ outcome }) => outcome));
    for (const [i, { digest }] of golden.entries.entries()) {
      const { state } = await replayEntries(entries.slice(0, i + 1));
      expect(stateDigest(state), `entry ${i}`).toBe(digest);
    }
  });

  test("is the same ledger when it is opened, and knows no later calls", async () => {
    const log = await oldLog();
    const ledger = await fromOrderedLog(log);
    expect(await ledger.view({ type: "ledger.rules" })).toBe(1);
    const later = await sign(ledger, await identity(1), {
      type: "identity.register",
      recovery: w.hash(1),
    });
    expect(await codeOf(ledger.submit(later))).toBe("EMRX_INVALID_CALL");
    // In the log it is no call, just as it was none to the software of that time.
    await log.append([encodeSignedCall(later)]);
    const all: LogEntry[] = [];
    for await (const entry of log.read(0, await log.size())) all.push(entry);
    const { outcomes, state } = await replayEntries(all);
    expect(outcomes.at(-1)).toEqual({ kind: "invalid", code: "EMRX_INVALID_CALL" });
    expect(stateDigest(state)).toBe(golden.entries.at(-1)?.digest);
  });

  test("is taken over by rules 2: what was granted and paid stays, and later calls hold from then on", async () => {
    const log = await oldLog();
    const ledger = await fromOrderedLog(log);
    const [site, operator] = [await identity(1), await identity(5)];
    const before = {
      escrow: await ledger.view({ type: "trade.escrow" }),
      grants: await ledger.view({ type: "access.grants", round: 1 }),
      rounds: await ledger.view({ type: "matching.rounds" }),
    };
    await ledger.submit(await sign(ledger, operator, { type: "ledger.adopt", rules: 2 }));
    expect(await ledger.view({ type: "ledger.rules" })).toBe(2);
    expect({
      escrow: await ledger.view({ type: "trade.escrow" }),
      grants: await ledger.view({ type: "access.grants", round: 1 }),
      rounds: await ledger.view({ type: "matching.rounds" }),
    }).toEqual(before);
    await ledger.submit(
      await sign(ledger, site, { type: "identity.register", recovery: w.hash(1) }),
    );
    const bare = await sign(ledger, site, withoutRoot(7));
    expect(await codeOf(ledger.submit(bare))).toBe("EMRX_NO_OFFERS_ROOT");
    // A round whose matching was committed before cannot be challenged.
    const challenge = await sign(ledger, site, w.challenge({ round: 1 }));
    expect(await codeOf(ledger.submit(challenge))).toBe("EMRX_ALREADY_FINALIZED");
    const replay = await replayEntries(ledger.entries());
    expect(stateDigest(replay.state)).toBe(await ledger.view({ type: "ledger.digest" }));
  });
});

/** An offer as rules 1 know it. */
const withoutRoot = (round: number) => {
  const { offersRoot: _, ...offer } = w.offer({ round }) as ReturnType<typeof w.offer> & {
    offersRoot?: string;
  };
  return offer as ReturnType<typeof w.offer>;
};

/** The old log, with the times that it had. */
async function oldLog(): Promise<MemoryLog> {
  let at = 0;
  const log = memoryLog({ clock: () => entries[at]?.time ?? 9999 });
  for (const { bytes } of entries) {
    await log.append([bytes]);
    at++;
  }
  return log;
}

test("a matching committed under rules 1 and revealed under rules 2 cannot be challenged", async () => {
  const operator = await identity(5);
  const ledger = await memoryLedger({
    genesis: createGenesis({ name: "between", rules: 1, operators: [keyOf(operator)] }),
  });
  const [site, lab] = [await identity(1), await identity(3)];
  await ledger.submit(await sign(ledger, site, withoutRoot(1)));
  await ledger.submit(await sign(ledger, lab, w.request()));
  const opening = { ledger: ledger.id, round: 1, operator: keyOf(operator) };
  const { seed, nonce } = w;
  await ledger.submit(
    await sign(
      ledger,
      operator,
      w.commit({ seedCommitment: seedCommitment({ ...opening, seed, nonce }) }),
    ),
  );
  await ledger.submit(await sign(ledger, operator, { type: "ledger.adopt", rules: 2 }));
  const allocation = { sites: [keyOf(site)], requesters: [keyOf(lab)], counts: [[1]] };
  await ledger.submit(await sign(ledger, operator, w.reveal({ allocation, pairs: 1 })));
  const challenge = await sign(ledger, lab, w.challenge({ round: 1 }));
  expect(await codeOf(ledger.submit(challenge))).toBe("EMRX_NOT_CHALLENGEABLE");
});

describe("adopting rules", () => {
  test("only an operator may, only the next version, and never one that the software does not know", async () => {
    const operator = await identity(5);
    const ledger = await memoryLedger({
      genesis: createGenesis({ name: "one", rules: 1, operators: [keyOf(operator)] }),
    });
    const adopt = async (who: number, rules: number) =>
      codeOf(
        ledger.submit(await sign(ledger, await identity(who), { type: "ledger.adopt", rules })),
      );
    expect(await adopt(1, 2)).toBe("EMRX_NOT_OPERATOR");
    expect(await adopt(5, 3)).toBe("EMRX_RULES_UNKNOWN");
    expect(await adopt(5, 2)).toBe("nothing thrown");
    expect(await adopt(5, 2)).toBe("EMRX_RULES_VERSION");
    expect(await ledger.view({ type: "ledger.rules" })).toBe(2);
  });

  test("a ledger without operators keeps its rules", async () => {
    const ledger = await memoryLedger({ genesis: createGenesis({ name: "open", rules: 1 }) });
    const adopt = await sign(ledger, await identity(1), { type: "ledger.adopt", rules: 2 });
    expect(await codeOf(ledger.submit(adopt))).toBe("EMRX_NOT_OPERATOR");
  });

  test("a replica that meets rules it does not know stops instead of going its own way", async () => {
    const operator = await identity(5);
    const log = memoryLog();
    const genesis = createGenesis({ name: "ahead", operators: [keyOf(operator)] });
    const ledger = await fromOrderedLog(log, { genesis });
    const adopt = { type: "ledger.adopt", rules: LATEST_RULES + 1 } as const;
    await log.append([encodeSignedCall(await sign(ledger, operator, adopt))]);
    const all: LogEntry[] = [];
    for await (const entry of log.read(0, 2)) all.push(entry);
    expect(await codeOf(replayEntries(all))).toBe("EMRX_RULES_UNKNOWN");
    // And so does an adapter that is opened on such a log.
    expect(await codeOf(fromOrderedLog(log))).toBe("EMRX_RULES_UNKNOWN");
  });

  test("a genesis that names rules nobody knows, or names version 1, is refused", () => {
    expect(() => createGenesis({ name: "x", rules: LATEST_RULES + 1 })).toThrow(
      /options\.rules is 3/,
    );
    expect(createGenesis({ name: "x", rules: 1 })).not.toHaveProperty("rules");
  });
});

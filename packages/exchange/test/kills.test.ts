// A slice of `npm run test:kills`: the round ends with the same money and data, wherever its process is killed.
import { expect, test } from "vitest";
import { outcome, withProgram } from "./kills/run.js";

test("kill -9 before and after durable steps of every party: restarted, the round comes to the same", async () => {
  await withProgram(async (run) => {
    const { played: whole, error } = await run(0, "before");
    if (whole === undefined) throw new Error(error);
    expect(whole.stored).toBe(whole.released);
    expect(whole.outcomes.some((text) => text.endsWith("revoked"))).toBe(true);
    expect(whole.outcomes.some((text) => text.endsWith("paid"))).toBe(true);
    const { KILLS_EVERY = "13" } = process.env;
    const every = Number(KILLS_EVERY);
    let recovered = 0;
    for (let kill = 1 + (whole.steps % every); kill <= whole.steps; kill += every)
      for (const side of ["before", "after"] as const) {
        recovered++;
        const killed = await run(kill, side);
        expect(killed.died).toBe(true);
        if (killed.played === undefined) throw new Error(`step ${kill}, ${side}: ${killed.error}`);
        expect(`step ${kill}, ${side}: ${outcome(killed.played)}`).toBe(
          `step ${kill}, ${side}: ${outcome(whole)}`,
        );
      }
    console.log(`${recovered} kills recovered, in a round of ${whole.steps} durable steps`);
  });
}, 3_000_000);

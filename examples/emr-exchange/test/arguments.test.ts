import { describe, expect, test } from "vitest";
import { parseArguments, usage } from "../src/arguments.js";

describe("the command line", () => {
  test("without options asks for synthetic records", () => {
    expect(parseArguments([])).toEqual({
      help: false,
      data: undefined,
      schema: undefined,
      records: undefined,
      requesters: 200,
      ledger: "memory",
      seed: undefined,
      out: "out/demo",
      cheats: false,
    });
  });

  test("every option is read, in both spellings", () => {
    const all =
      "--data d.csv.gz --schema=brfss2015 --records 9 --requesters=250 --ledger file --seed x --out=o --cheats";
    expect(parseArguments(all.split(" "))).toEqual({
      help: false,
      data: "d.csv.gz",
      schema: "brfss2015",
      records: 9,
      requesters: 250,
      ledger: "file",
      seed: "x",
      out: "o",
      cheats: true,
    });
  });

  test("--help wins over what is incomplete", () => {
    expect(parseArguments(["--help", "--data", "x"]).help).toBe(true);
    expect(parseArguments(["-h"]).help).toBe(true);
  });

  test("the help text names every option", () => {
    for (const option of Object.keys(parseArguments([]))) expect(usage).toContain(`--${option} `);
  });

  test.each([
    [["--records", "0"], /--records.*from 1.*'0'/],
    [["--records", "-3"], /--records/],
    [["--records", "1e3"], /--records/],
    [["--records", "999999999"], /--records/],
    [["--requesters", "2.5"], /--requesters/],
    [["--ledger", "chain"], /--ledger.*'chain'/],
    [["--data", "x.csv"], /--schema/],
    [["--schema", "brfss2015"], /--data/],
    [["--seed", ""], /--seed/],
    [["--seed", "1", "--seed", "2"], /--seed.*twice/],
    [["--unknown"], /--unknown/],
    [["stray"], /stray/],
    [["--out"], /--out/],
  ])("%j is an error that names the option", (argv, message) => {
    expect(() => parseArguments(argv)).toThrow(
      expect.objectContaining({
        code: "EMRX_DEMO_ARGUMENT",
        message: expect.stringMatching(message),
      }),
    );
  });
});

import { expect, test } from "vitest";
import { codeOf, EmrxError } from "../src/errors.js";

class OwnError extends EmrxError<"EMRX_ONE" | "EMRX_TWO"> {
  override readonly name = "OwnError";
}

test("an error has a code, a message without it, its cause, details, and the address of its heading", () => {
  const cause = new TypeError("underneath");
  const error = new OwnError("EMRX_TWO", "n is 3; expected 4", { cause, details: { n: 3 } });
  expect(error).toBeInstanceOf(Error);
  expect(error.message).toBe("n is 3; expected 4");
  expect(String(error)).toBe("OwnError: n is 3; expected 4");
  expect({ ...error }).toEqual({
    name: "OwnError",
    code: "EMRX_TWO",
    details: { n: 3 },
    docs: error.docs,
  });
  expect(error.cause).toBe(cause);
  expect(new URL(error.docs).hash).toBe("#emrx_two");
  expect("cause" in new OwnError("EMRX_ONE", "m")).toBe(false);
});

test("an error of any package is recognized by its code", () => {
  expect(codeOf(new OwnError("EMRX_ONE", "m"))).toBe("EMRX_ONE");
  const others = [
    Object.assign(new Error("m"), { code: "ENOENT" }),
    { code: "EMRX_ONE" },
    new Error("EMRX_ONE"),
    null,
    "EMRX_ONE",
  ];
  expect(others.map(codeOf)).toEqual(others.map(() => undefined));
});

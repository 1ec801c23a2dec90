// The checker of histories finds what it is to find: compared with every order, tried one by one.
import {
  fc,
  isLinearizable,
  type LogInput,
  type LogOutput,
  logModel,
  type Model,
  type Operation,
  property,
} from "@emrx/testkit";
import { describe, expect, test } from "vitest";

type Step = Operation<LogInput, LogOutput>;
const append = (value: string, invoked: number, returned?: number, output?: number): Step => ({
  input: { type: "append", values: [value] },
  invoked,
  ...(returned === undefined ? {} : { returned }),
  ...(output === undefined ? {} : { output }),
});
const size = (invoked: number, returned: number, output: number): Step => ({
  input: { type: "size" },
  invoked,
  returned,
  output,
});
const read = (invoked: number, returned: number, output: readonly string[]): Step => ({
  input: { type: "read" },
  invoked,
  returned,
  output,
});
const holds = (...history: Step[]): boolean => isLinearizable(history, logModel);

describe("histories of a log", () => {
  test("one after the other", () => {
    expect(
      holds(append("a", 0, 1, 0), size(2, 3, 1), append("b", 4, 5, 1), read(6, 7, ["a", "b"])),
    ).toBe(true);
    expect(holds(append("a", 0, 1, 1))).toBe(false);
  });

  test("a read that is behind an acknowledgement", () => {
    expect(holds(append("a", 0, 1, 0), size(2, 3, 0))).toBe(false);
    expect(holds(append("a", 0, 2, 0), size(1, 3, 0))).toBe(true);
    expect(holds(append("a", 0, 2, 0), size(1, 3, 1))).toBe(true);
  });

  test("reads that go back, though each alone could be", () => {
    expect(holds(append("a", 0, 9, 0), size(1, 2, 1), size(3, 4, 0))).toBe(false);
    expect(holds(append("a", 0, 9, 0), size(1, 2, 0), size(3, 4, 1))).toBe(true);
  });

  test("an acknowledged entry that is lost, or stands twice", () => {
    expect(holds(append("a", 0, 1, 0), append("b", 2, 3, 0))).toBe(false);
    expect(holds(append("a", 0, 1, 0), read(2, 3, []))).toBe(false);
    expect(holds(append("a", 0, 1, 0), read(2, 3, ["a", "a"]))).toBe(false);
  });

  test("two places for concurrent appends", () => {
    expect(holds(append("a", 0, 3, 1), append("b", 1, 2, 0), read(4, 5, ["b", "a"]))).toBe(true);
    expect(holds(append("a", 0, 3, 0), append("b", 1, 2, 0))).toBe(false);
    expect(holds(append("a", 0, 1, 1), append("b", 2, 3, 0))).toBe(false);
  });

  test("what was never answered may have happened, late or never, but not before it was begun", () => {
    expect(holds(append("a", 0), size(1, 2, 0), size(3, 4, 1))).toBe(true);
    expect(holds(append("a", 0), size(1, 2, 0), size(3, 4, 0))).toBe(true);
    expect(holds(size(0, 1, 1), append("a", 2))).toBe(false);
    expect(holds(append("a", 0), size(1, 2, 1), size(3, 4, 0))).toBe(false);
    expect(holds(append("a", 0), read(1, 2, ["a", "a"]))).toBe(false);
  });
});

/** A register that holds a small number: written, or read. */
type Register = { readonly write?: number };
const register: Model<number, Register, number> = {
  initial: 0,
  step: (state, { write }, output) =>
    write !== undefined ? write : output === undefined || output === state ? state : undefined,
  key: String,
};

/** Every order of every choice of the operations that contains all that were answered. */
function anyOrder<S, I, O>(history: readonly Operation<I, O>[], model: Model<S, I, O>): boolean {
  function extend(state: S, order: readonly number[]): boolean {
    const complete = history.every(
      ({ returned }, i) => returned === undefined || order.includes(i),
    );
    if (complete) {
      const respected = order.every((a, at) =>
        order.slice(at + 1).every((b) => {
          const [first, second] = [history[a], history[b]] as [Operation<I, O>, Operation<I, O>];
          return !(second.returned !== undefined && second.returned < first.invoked);
        }),
      );
      if (respected) return true;
    }
    return history.some((operation, i) => {
      if (order.includes(i)) return false;
      const after = model.step(state, operation.input, operation.output);
      return after !== undefined && extend(after, [...order, i]);
    });
  }
  return extend(model.initial, []);
}

const times = fc
  .uniqueArray(fc.integer({ min: 0, max: 40 }), { minLength: 2, maxLength: 2 })
  .map((pair) => pair.sort((a, b) => a - b) as [number, number]);
const answered = fc.constantFrom(true, true, true, false);

const logHistory = fc.array(
  fc.record({
    times,
    answered,
    what: fc.constantFrom("append", "size"),
    number: fc.integer({ min: 0, max: 3 }),
  }),
  { maxLength: 5 },
);
property("a log: the checker says what trying every order says", [logHistory], (drawn) => {
  const history = drawn.map(
    ({ times: [invoked, returned], answered: known, what, number }, i): Step => {
      const input: LogInput =
        what === "size" ? { type: "size" } : { type: "append", values: [`v${i}`] };
      return { input, invoked, ...(known ? { returned, output: number } : {}) };
    },
  );
  expect(isLinearizable(history, logModel)).toBe(anyOrder(history, logModel));
});

const registerHistory = fc.array(
  fc.record({ times, answered, write: fc.boolean(), number: fc.integer({ min: 0, max: 2 }) }),
  { maxLength: 5 },
);
property(
  "a register: the checker says what trying every order says",
  [registerHistory],
  (drawn) => {
    const history = drawn.map(({ times: [invoked, returned], answered: known, write, number }) => ({
      input: write ? { write: number } : {},
      invoked,
      ...(known ? { returned, output: number } : {}),
    }));
    expect(isLinearizable(history, register)).toBe(anyOrder(history, register));
  },
);

test("forty operations of four clients take no time to speak of", () => {
  const history: Step[] = [];
  for (let i = 0; i < 40; i++) history.push(append(`v${i}`, i, i + 4, i));
  const start = performance.now();
  expect(isLinearizable(history, logModel)).toBe(true);
  const lost = [...history, size(100, 101, 39)];
  expect(isLinearizable(lost, logModel)).toBe(false);
  expect(performance.now() - start).toBeLessThan(5000);
});

// Whether what several clients saw can have happened one after the other: the algorithm of Wing and Gong ("Testing and
// Verifying Concurrent Objects", 1993) with Lowe's memory of states ("Testing for Linearizability", 2017). For small
// histories: the work may grow with the number of ways in which concurrent operations can be ordered.

/** One operation of one client. */
export interface Operation<Input, Output> {
  readonly input: Input;
  /** When it was begun, and when its answer came; no answer came if it is undefined. Any clock that never goes back. */
  readonly invoked: number;
  readonly returned?: number;
  readonly output?: Output;
}

/** What is promised: an object that does one thing at a time. */
export interface Model<State, Input, Output> {
  readonly initial: State;
  /** The state after an operation in a state, or undefined if its output cannot be; an unknown output always can. */
  step(state: State, input: Input, output: Output | undefined): State | undefined;
  /** A name for a state: the same for states that behave alike. */
  key(state: State): string;
}

/**
 * Whether there is an order of the operations that the model allows, in which no operation stands before one that had
 * returned when it was invoked. An operation without an answer may have taken effect at any time after it was begun, or
 * never.
 */
export function isLinearizable<State, Input, Output>(
  history: readonly Operation<Input, Output>[],
  model: Model<State, Input, Output>,
): boolean {
  const count = history.length;
  const end = ({ returned }: Operation<Input, Output>): number =>
    returned ?? Number.POSITIVE_INFINITY;
  const done = new Array<boolean>(count).fill(false);
  const tried = new Set<string>();
  let answered = history.filter(({ returned }) => returned !== undefined).length;

  function search(state: State): boolean {
    if (answered === 0) return true;
    const place = `${done.map(Number).join("")} ${model.key(state)}`;
    if (tried.has(place)) return false;
    tried.add(place);
    // Whatever comes next was begun before any of those that are left had returned.
    let earliest = Number.POSITIVE_INFINITY;
    for (const [i, operation] of history.entries()) {
      if (!done[i]) earliest = Math.min(earliest, end(operation));
    }
    for (const [i, operation] of history.entries()) {
      if (done[i] || operation.invoked > earliest) continue;
      const after = model.step(state, operation.input, operation.output);
      if (after === undefined) continue;
      const counted = operation.returned === undefined ? 0 : 1;
      done[i] = true;
      answered -= counted;
      if (search(after)) return true;
      done[i] = false;
      answered += counted;
    }
    return false;
  }
  return search(model.initial);
}

/** What can be asked of a log. */
export type LogInput =
  | { readonly type: "append"; readonly values: readonly string[] }
  | { readonly type: "size" }
  | { readonly type: "read" };

/** The index of the first value, the size, or all values. */
export type LogOutput = number | readonly string[];

/** A log of values: append gives the index of the first, size how many there are, read all. */
export const logModel: Model<readonly string[], LogInput, LogOutput> = {
  initial: [],
  step(state, input, output) {
    if (input.type === "append") {
      return output === undefined || output === state.length
        ? [...state, ...input.values]
        : undefined;
    }
    if (output === undefined) return state;
    const expected = input.type === "size" ? state.length : state;
    return JSON.stringify(output) === JSON.stringify(expected) ? state : undefined;
  },
  key: (state) => JSON.stringify(state),
};

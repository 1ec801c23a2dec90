// Long work in steps: the same steps are done at once, or in turns with whatever else the program has to do.
import { fn, type OptionalShape, object, optional, type Shape, signal } from "@emrx/internal/shape";
import { MatchingError } from "./errors.js";

/** How long work is to be watched and stopped. */
export interface AsyncOptions {
  /** Called now and then, and at the end, with the work done so far, in no stated unit; an error that it throws ends the work. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Ends the work before its next step. */
  readonly signal?: AbortSignal;
}

export const progressMember: OptionalShape<(done: number, total: number) => void> =
  /* @__PURE__ */ optional(/* @__PURE__ */ fn<(done: number, total: number) => void>());
export const signalMember: OptionalShape<AbortSignal> = /* @__PURE__ */ optional(
  /* @__PURE__ */ signal(),
);
export const asyncOptions: Shape<AsyncOptions> = /* @__PURE__ */ object({
  onProgress: progressMember,
  signal: signalMember,
});

/** Units of work between two steps: a few milliseconds where a unit is an entry of a list. */
const unitsPerStep = 1 << 18;

/** How far some work has come, which the work itself states. */
export class Work {
  /** Units in all; at least those that will be done. */
  total = 0;
  done = 0;
  #sinceStep = 0;

  /** Notes that so many units were done, and what else took as long as so many. Whether it is time to yield. */
  did(units: number, besides = 0): boolean {
    this.done += units;
    this.#sinceStep += units + besides;
    if (this.#sinceStep < unitsPerStep) return false;
    this.#sinceStep = 0;
    return true;
  }
}

/** Work that can be interrupted wherever it yields. */
export type Steps<Result> = Generator<void, Result>;

/** Does all steps. */
export function atOnce<Result>(begin: (work: Work) => Steps<Result>): Result {
  const steps = begin(new Work());
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** Does one step after the other, and lets other work run before each. */
export async function inTurns<Result>(
  begin: (work: Work) => Steps<Result>,
  options: AsyncOptions,
): Promise<Result> {
  const work = new Work();
  const steps = begin(work);
  for (;;) {
    await pause(options.signal);
    const step = steps.next();
    if (step.done) work.done = work.total;
    options.onProgress?.(work.done, work.total);
    if (step.done) return step.value;
  }
}

/** Lets other work run, and looks at the signal. */
export async function pause(stop: AbortSignal | undefined): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve));
  if (stop?.aborted)
    throw new MatchingError(
      "EMRX_MATCHING_ABORTED",
      "The caller's signal stopped the work; nothing was changed.",
      { cause: stop.reason },
    );
}

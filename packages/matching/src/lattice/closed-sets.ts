// All closed sets of rotations, one after the other, each from the one before by few steps.
import type { RotationEdges } from "./rotations.js";

/**
 * Walks through all closed sets of rotations, starting from the empty one: after each step with `added` the set is
 * one that was not there before. A rotation that was passed over is never taken deeper in, so that none comes twice.
 * Return `true` to the generator to go no deeper from the present set.
 */
export function* closedSets(
  rotations: readonly RotationEdges[],
): Generator<{ readonly rotation: number; readonly added: boolean }, void, true | undefined> {
  const successors: number[][] = rotations.map(() => []);
  const missing = rotations.map(({ predecessors }) => predecessors.length);
  rotations.forEach(({ predecessors }, turn) => {
    for (const before of predecessors) (successors[before] as number[]).push(turn);
  });
  const ready = [...rotations.keys()].filter((turn) => missing[turn] === 0);
  const frames = [{ choices: ready, at: 0, taken: -1 }];
  while (frames.length > 0) {
    const frame = frames[frames.length - 1] as (typeof frames)[number];
    if (frame.at === frame.choices.length) {
      frames.pop();
      if (frame.taken >= 0) {
        for (const later of successors[frame.taken] as number[]) (missing[later] as number) += 1;
        yield { rotation: frame.taken, added: false };
      }
      continue;
    }
    const rotation = frame.choices[frame.at++] as number;
    const choices = frame.choices.slice(frame.at);
    for (const later of successors[rotation] as number[]) {
      (missing[later] as number) -= 1;
      if (missing[later] === 0) choices.push(later);
    }
    const stop = yield { rotation, added: true };
    frames.push({ choices: stop ? [] : choices, at: 0, taken: rotation });
  }
}

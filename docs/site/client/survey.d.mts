import type { RandomSource } from "@emrx/ldp-core";
export const people: number;
export const trueYes: number;
export function ask(
  epsilon: number,
  random?: RandomSource,
): { readonly answers: ArrayLike<number>; readonly share: number; readonly halfWidth: number };

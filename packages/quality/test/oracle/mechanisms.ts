// Textbook support probabilities, written for the tests alone.
import type { SupportProbabilities } from "../../src/frequencies.js";

export const grrChannel = (epsilon: number, categories: number): SupportProbabilities => {
  const ratio = Math.exp(epsilon);
  return { p: ratio / (ratio + categories - 1), q: 1 / (ratio + categories - 1) };
};

export const oueChannel = (epsilon: number): SupportProbabilities => ({
  p: 0.5,
  q: 1 / (Math.exp(epsilon) + 1),
});

export const sueChannel = (epsilon: number): SupportProbabilities => ({
  p: 1 / (1 + Math.exp(-epsilon / 2)),
  q: 1 / (1 + Math.exp(epsilon / 2)),
});

export function channelByName(
  name: string,
  epsilon: number,
  categories: number,
): SupportProbabilities {
  if (name === "GRR") return grrChannel(epsilon, categories);
  if (name === "OUE") return oueChannel(epsilon);
  if (name === "SUE") return sueChannel(epsilon);
  throw new Error(`unknown mechanism ${name}`);
}

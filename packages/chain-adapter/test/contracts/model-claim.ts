// Contents, keys and claims as a model: a root says what its content is, and the verdict on a claim follows from it.
// The real decision is tested with the bundles.
import type { DecideClaim } from "../../src/payload/claim-types.js";

/** What every one-time key of the tests is derived from. */
export const oneTimeSecret: string = "46".repeat(32);

/** What content is: right, wrong in a way that its key shows, or not there at all. */
export type Content = "good" | "bad" | "absent";
export const contents: readonly Content[] = ["good", "bad", "absent"];

/** A root of content of a kind for a pair. */
export const rootOf = (kind: Content, site: string, lab: string): string =>
  `0${contents.indexOf(kind)}${site.slice(-2)}${lab.slice(-2)}`.padEnd(64, "0");
export const isGood = (root: string, site: string, lab: string): boolean =>
  root === rootOf("good", site, lab);
/** Whether a root is of content that can be in a store. */
export const isContent = (root: string): boolean => !root.startsWith("02");

/** The right key of a content, wrapped. */
export const rightKey = (root: string): string => root.repeat(3).slice(0, 160);

/** A claim that a content is wrong. */
export const chunkOf = (root: string) =>
  ({
    kind: "chunk",
    chunks: [{ index: 0, ciphertext: "", key: "01".repeat(32), path: [root] }],
  }) as const;

export const modelClaim: DecideClaim = (facts, evidence) => {
  if (evidence.kind === "key") {
    if (evidence.secret !== oneTimeSecret) return "unproven";
    return facts.wrappedKey === rightKey(facts.root) ? "right" : "wrong";
  }
  if (evidence.chunks[0]?.path[0] !== facts.root) return "unproven";
  return isGood(facts.root, facts.site, facts.requester) ? "right" : "wrong";
};

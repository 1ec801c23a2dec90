// What every randomizer of one person needs besides the schema.
import { methods, type OptionalShape, object, optional, type Shape } from "@emrx/internal/shape";
import { subjectShape } from "../accounting/shapes.js";
import { budgetShape } from "../exact/decimal.js";
import type { RandomSource } from "../random/source.js";
import type { SchemaJson } from "../schema/json.js";
import { type Preferences, preferencesShape } from "../schema/policy.js";
import { storeShape } from "../stores/checked.js";
import type { Store } from "../stores/store.js";

/** What {@link createRandomizer} needs besides the schema. */
export interface RandomizerOptions<Json extends SchemaJson = SchemaJson> {
  /** The person, as the site knows them; `"self"` unless given. Budgets are kept under this name. */
  readonly subject?: string;
  /** The person's choices, see {@link policyFor}. */
  readonly preferences?: Preferences<Json>;
  /** What may be spent on the person for life, over all records, schemas and randomizers: a decimal. */
  readonly lifetimeBudget: string | number;
  /** Keeps what was spent and what was answered. */
  readonly memory: Store;
  /**
   * **For tests and demonstrations only**: takes the place of the platform's generator, so that reports repeat. Whoever can guess
   * its seed undoes the randomization.
   */
  readonly randomForTests?: RandomSource;
}

export const randomShape: Shape<RandomSource> = /* @__PURE__ */ methods<RandomSource>(
  "a random source",
  "fill",
);

export const subjectMember: OptionalShape<string> = /* @__PURE__ */ optional(subjectShape);
export const preferencesMember: OptionalShape<Preferences> =
  /* @__PURE__ */ optional(preferencesShape);

export const randomizerOptions: Shape<
  Omit<RandomizerOptions, "lifetimeBudget"> & { readonly lifetimeBudget: string }
> = /* @__PURE__ */ object({
  subject: subjectMember,
  preferences: preferencesMember,
  lifetimeBudget: budgetShape,
  memory: storeShape,
  randomForTests: /* @__PURE__ */ optional(randomShape),
});

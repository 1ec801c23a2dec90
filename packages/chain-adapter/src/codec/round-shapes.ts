// What the terms of a round must look like.
import {
  deferred,
  type OptionalShape,
  object,
  optional,
  type Shape,
  satisfying,
} from "@emrx/internal/shape";
import * as field from "./fields.js";
import type { Windows } from "./round-calls.js";

const windows: Shape<Windows> = /* @__PURE__ */ deferred(() =>
  satisfying(
    object({
      offer: field.time,
      seed: field.time,
      grant: field.time,
      read: field.time,
      release: field.time,
      claim: field.time,
    }),
    ({ offer, seed, grant, read, release, claim }) =>
      offer < seed && seed < grant && grant < read && read < release && release < claim,
    "an object of ascending times",
  ),
);

/** The members of a round's terms. */
export const roundTerms = (): {
  readonly round: Shape<field.Round>;
  readonly publication: Shape<field.Hex32>;
  readonly windows: Shape<Windows>;
  readonly issuerKey: OptionalShape<string>;
} => ({
  round: field.round,
  publication: field.hex32,
  windows,
  issuerKey: optional(field.hexBytes(256, 512)),
});

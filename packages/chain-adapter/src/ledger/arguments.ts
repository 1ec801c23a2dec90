// What callers give a ledger, checked where it enters.
import {
  arrayOf,
  deferred,
  integer,
  object,
  optional,
  type Shape,
  signal,
} from "@emrx/internal/shape";
import { hex32, time } from "../codec/fields.js";
import type { CallId } from "../codec/signed-call.js";
import { check } from "../errors/check.js";
import type { Checkpoint, WaitOptions } from "./port.js";

const waitShape: Shape<WaitOptions> = /* @__PURE__ */ deferred(() =>
  object({ signal: optional(signal()) }),
);

/** How long to wait; throws `EMRX_INVALID_OPTION`. */
export const requireWait = (options: WaitOptions): WaitOptions =>
  check(waitShape, options, "options");

/** The id of a call; throws `EMRX_INVALID_CALL`. */
export const requireCallId = (id: CallId): CallId => check(hex32, id, "id", "EMRX_INVALID_CALL");

const itemsShape: Shape<readonly unknown[]> = /* @__PURE__ */ arrayOf((value: unknown) => value);

/** A list without holes, whatever is in it; throws `EMRX_INVALID_CALL`. */
export const requireList = <T>(calls: readonly T[]): readonly T[] =>
  check(itemsShape, calls, "calls", "EMRX_INVALID_CALL") as readonly T[];

/** A checkpoint. */
export const checkpointShape: Shape<Checkpoint> = /* @__PURE__ */ deferred(() =>
  object({ ledger: hex32, size: integer(1), root: hex32, time }),
);

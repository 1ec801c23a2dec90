// The shape checker: says of options and arguments, in one form, what is wrong with them and where.
//
//   const check = checker((code, message, context) => new LdpError(code, message, context), "EMRX_BAD_PARAMETER");
//   const options = object({ categories: coded("EMRX_BAD_DOMAIN", integer(2, 65536)), bits: optional(integer(16, 64)) });
//   const { categories, bits } = check(options, given, "options");
//   // options.categories is "3" (a string); expected a whole number from 2 to 65536. It is text ...: convert it by Number(...).

export { bytes, type TypedArrayOf, typedArray } from "./shape/binary.js";
export {
  anything,
  type Check,
  checker,
  coded,
  deferred,
  type Make,
  type Out,
  part,
  refuse,
  refuseThat,
  type Shape,
  secret,
  type Visit,
} from "./shape/check.js";
export { described, hidden, kindOf, quoted } from "./shape/described.js";
export { arrayOf, asyncIterable, iterable, tuple } from "./shape/lists.js";
export { bigint, decimal, integer, type NumberRange, number } from "./shape/numbers.js";
export {
  having,
  type Members,
  type ObjectOf,
  type OptionalShape,
  object,
  optional,
  recordOf,
  variant,
} from "./shape/objects.js";
export { guard, methods, satisfying, signal, union } from "./shape/ports.js";
export { boolean, fn, literal, oneOf, type TextRules, text } from "./shape/texts.js";

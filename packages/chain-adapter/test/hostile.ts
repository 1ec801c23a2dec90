// Values that a type does not allow, and the law that a parser answers them with listed errors only.
import { LedgerError, type LedgerErrorCode } from "@emrx/chain-adapter";
import { fc, property } from "@emrx/testkit";
import { expect } from "vitest";

/** Anything at all: also what has no text, cannot be a number, or answers nothing as expected. */
export const hostile: fc.Arbitrary<never> = fc.oneof(
  fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withObjectString: true,
    withSparseArray: true,
    withTypedArray: true,
  }),
  fc.string({ unit: "binary" }),
  fc.uint8Array({ maxLength: 100 }),
  fc.constantFrom<unknown>(
    Symbol("x"),
    { toString: 0, valueOf: 0 },
    { length: { valueOf: 0 } },
    () => 1,
  ),
) as fc.Arbitrary<never>;

/** Registers a test: `parse` gives something, or throws a LedgerError with one of the codes, whatever it is given. */
export function answers(
  name: string,
  codes: readonly LedgerErrorCode[],
  parse: (value: never, other: never) => unknown,
): void {
  property(
    `${name}: anything is answered, or refused with ${codes.join(", ")}`,
    [hostile, hostile],
    async (value, other) => {
      try {
        await parse(value, other);
      } catch (error) {
        expect(error).toBeInstanceOf(LedgerError);
        expect(codes).toContain((error as LedgerError).code);
      }
    },
  );
}

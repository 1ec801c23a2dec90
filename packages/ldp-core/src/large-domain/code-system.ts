// A code system too large to list: all texts of up to so many characters of an alphabet, and their prefixes as numbers.
import { hidden, type Shape, satisfying, text } from "@emrx/internal/shape";
import { LdpError } from "../errors/ldp-error.js";

/** Codes as the hash sees them: a prefix is a row of `limbs` whole numbers, each below `limit`. */
export interface CodeSystem {
  /** The characters, each one UTF-16 unit. */
  readonly alphabet: string;
  /** The most characters of a code. */
  readonly length: number;
  /** Numbers that stand for one code. */
  readonly limbs: number;
  /** Checks a code. @throws EMRX_VALUE_OUTSIDE_DOMAIN */
  check(code: unknown, place: string): string;
  /** Writes the first `characters` characters of a checked code (all of them, if it is shorter) as numbers. */
  write(code: string, characters: number, target: Float64Array, offset: number): void;
}

/** An alphabet: 2 to 1000 different characters, each one UTF-16 unit. */
export const alphabetShape = (): Shape<string> =>
  satisfying(
    text({ least: 2, most: 1000 }),
    (alphabet) => new Set(alphabet.split("")).size === alphabet.length,
    "2 to 1000 different characters",
  );

/** Numbers stay below 2^21, so that their products with field elements below 2^31 are exact doubles. */
const LARGEST_LIMB = 2 ** 21;

/**
 * A character is a digit, 1 for the first of the alphabet, and 0 where the code has ended: different prefixes of up to one length
 * have different rows of digits. As many digits are put into one number as fit below the limit.
 *
 * @param alphabet - as {@link alphabetShape} takes it
 * @param length - 1..64
 * @param limit - numbers stay below; less than 2^21 only in tests
 */
export function codeSystem(
  alphabet: string,
  length: number,
  limit: number = LARGEST_LIMB,
): CodeSystem {
  const digits = new Map<string, number>();
  for (let i = 0; i < alphabet.length; i++) digits.set(alphabet[i] as string, i + 1);
  const base = alphabet.length + 1;
  let perLimb = 1;
  while (perLimb < length && base ** (perLimb + 1) <= limit) perLimb++;
  const limbs = Math.ceil(length / perLimb);

  return {
    alphabet,
    length,
    limbs,
    check(code, place) {
      const fits =
        typeof code === "string" &&
        code.length >= 1 &&
        code.length <= length &&
        [...code].every((character) => digits.has(character));
      if (fits) return code;
      throw new LdpError(
        "EMRX_VALUE_OUTSIDE_DOMAIN",
        `${place} is ${hidden(code)}; expected a code of 1 to ${length} characters of the alphabet`,
      );
    },
    write(code, characters, target, offset) {
      for (let limb = 0; limb < limbs; limb++) {
        let number = 0;
        for (let i = limb * perLimb; i < (limb + 1) * perLimb; i++) {
          const isThere = i < characters && i < code.length;
          number = number * base + (isThere ? (digits.get(code[i] as string) as number) : 0);
        }
        target[offset + limb] = number;
      }
    },
  };
}

/** All texts of up to `length` characters of an alphabet, the empty one first. */
export function wordsUpTo(alphabet: string, length: number): string[] {
  const words = [""];
  for (let i = 0; words[i] !== undefined && (words[i] as string).length < length; i++)
    for (const character of alphabet) words.push((words[i] as string) + character);
  return words;
}

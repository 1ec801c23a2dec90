// A subject's account: the list of everything bought with the budget, as bytes in a store.
//
//   version u8 = 1, then for each line:
//   amount  u8 length, ASCII decimal
//   note    u8 length, UTF-8
//   fingerprint    u8 length, bytes        what was answered (a fingerprint), empty where nothing is memoized
//   answer  u32 length (least significant byte first), bytes: the memoized answer
//
// What was bought stands in the line that paid for it, so a debit and its report cannot be written one without the other.
import { ByteReader } from "@emrx/internal/cursor";
import { LdpError } from "../errors/ldp-error.js";
import { parseBudget } from "../exact/decimal.js";

/** One purchase. */
export interface AccountLine {
  /** What it cost, a canonical decimal. */
  readonly amount: string;
  /** What it was for, in words: at most 255 bytes of UTF-8. */
  readonly note: string;
  /** What was answered, as a fingerprint of at most 255 bytes; empty where nothing is memoized. */
  readonly fingerprint: Uint8Array;
  /** The memoized answer. */
  readonly answer: Uint8Array<ArrayBuffer>;
}

const version = 1;

/** A batch writes the same few amounts and notes a hundred thousand times. */
let lastTexts = new Map<string, Uint8Array<ArrayBuffer>>();

function textBytes(text: string): Uint8Array<ArrayBuffer> {
  let bytes = lastTexts.get(text);
  if (bytes === undefined) {
    if (lastTexts.size >= 32) lastTexts = new Map();
    bytes = new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>;
    lastTexts.set(text, bytes);
  }
  return bytes;
}

/** Throws unless the texts of a line fit their length bytes. */
export function checkLine({ note, fingerprint }: Pick<AccountLine, "note" | "fingerprint">): void {
  const { length } = textBytes(note);
  if (length > 255 || fingerprint.length > 255)
    throw new LdpError(
      "EMRX_BAD_PARAMETER",
      `note is ${length} bytes of UTF-8 long; expected at most 255`,
    );
}

/**
 * The account with more lines, which `checkLine` let pass; `account` undefined is an empty one. `allocate` gives the bytes to write
 * to: a batch cuts them from larger arrays, since each array of its own costs more than a line holds.
 */
export function appendLines(
  account: Uint8Array | undefined,
  lines: readonly AccountLine[],
  allocate: (size: number) => Uint8Array<ArrayBuffer> = (size) => new Uint8Array(size),
): Uint8Array<ArrayBuffer> {
  const before = account?.length ?? 1;
  let size = before;
  for (const { amount, note, fingerprint, answer } of lines)
    size +=
      7 + textBytes(amount).length + textBytes(note).length + fingerprint.length + answer.length;
  const bytes = allocate(size);
  if (account === undefined) bytes[0] = version;
  else bytes.set(account);
  let at = before;
  const put = (part: Uint8Array): void => {
    bytes[at] = part.length;
    bytes.set(part, at + 1);
    at += 1 + part.length;
  };
  for (const { amount, note, fingerprint, answer } of lines) {
    put(textBytes(amount));
    put(textBytes(note));
    put(fingerprint);
    for (let i = 0; i < 4; i++) bytes[at + i] = answer.length >>> (8 * i);
    bytes.set(answer, at + 4);
    at += 4 + answer.length;
  }
  return bytes;
}

/** The lines of an account, oldest first. Throws `EMRX_STORE_DAMAGED` on bytes that `appendLines` cannot have written. */
export function accountLines(account: Uint8Array | undefined): readonly AccountLine[] {
  if (account === undefined) return [];
  const reader = new ByteReader(account, "little", damaged);
  const given = reader.u8("the version");
  if (given !== version) throw damaged(`version ${given}; expected ${version}`);
  const lines: AccountLine[] = [];
  while (reader.left > 0)
    lines.push({
      amount: checkedAmount(reader.sizedText(1, "an amount")),
      note: reader.sizedText(1, "a note"),
      fingerprint: reader.sized(1, "a fingerprint"),
      answer: reader.sized(4, "an answer"),
    });
  return lines;
}

/** Amounts that were found canonical; a batch reads the same few again and again. */
let knownAmounts = new Set<string>();

function checkedAmount(text: string): string {
  if (knownAmounts.has(text)) return text;
  try {
    if (parseBudget(text) === text) {
      knownAmounts = knownAmounts.size < 32 ? knownAmounts.add(text) : new Set([text]);
      return text;
    }
  } catch {
    // falls through: no amount that this package writes
  }
  throw damaged(`the amount ${JSON.stringify(text)} is no canonical decimal`);
}

function damaged(what: string): LdpError {
  return new LdpError("EMRX_STORE_DAMAGED", `account: ${what}; restore the store from a copy`);
}

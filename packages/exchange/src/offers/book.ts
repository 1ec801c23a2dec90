// The public side of a batch of offers: per patient a one-time pseudonym, three menu choices and the hash of the
// published leaf, column by column. The salts hide what the leaves commit to.
import type { PublicOffers } from "@emrx/chain-adapter/rounds";
import { ExchangeError } from "../errors/exchange-error.js";
import type { Menus } from "./menus.js";

/** What every patient of a batch offers; row i of every column is the same patient. */
export interface OfferBook {
  readonly count: number;
  /** Menu index of the profile. */
  readonly profile: Uint8Array<ArrayBuffer>;
  /** Menu index of the price floor. */
  readonly floor: Uint8Array<ArrayBuffer>;
  /** Menu index of the number of buyers. */
  readonly buyers: Uint8Array<ArrayBuffer>;
  /** 32 bytes a patient. */
  readonly pseudonyms: Uint8Array<ArrayBuffer>;
  /** Leaf hashes, 32 bytes a patient, in the order of the tree whose root is on the ledger. */
  readonly leaves: Uint8Array<ArrayBuffer>;
}

/** The book as the ledger can check it: pseudonyms, buyers and leaves, and all menu choices packed in one number. */
export function publicOffers(
  { count, profile, floor, buyers, pseudonyms, leaves }: OfferBook,
  menus: Menus,
): PublicOffers {
  const [quotas, terms] = [new Uint32Array(count), new Uint32Array(count)];
  for (let i = 0; i < count; i++) {
    const [p, f, b] = [profile[i] ?? 0, floor[i] ?? 0, buyers[i] ?? 0];
    quotas[i] = menus.document.buyers[b] ?? 0;
    terms[i] = (p << 16) | (f << 8) | b;
  }
  return { ids: pseudonyms, quotas, terms, leaves };
}

const MAGIC = "EMRXOB1\n";
const HEADER = MAGIC.length + 4;
const ROW = 3 + 32 + 32;

/**
 * The canonical bytes of a book: `"EMRXOB1\n"`, the count (4 bytes, little endian), then the five columns whole.
 *
 * @param book - columns of `count` rows
 * @returns 12 + 67 bytes a patient
 * @throws ExchangeError `EMRX_EXCHANGE_OFFER` when a column has another length than the count says
 */
export function encodeOfferBook(book: OfferBook): Uint8Array<ArrayBuffer> {
  const { count, profile, floor, buyers, pseudonyms, leaves } = book;
  for (const [name, column, length] of [
    ["profile", profile, count],
    ["floor", floor, count],
    ["buyers", buyers, count],
    ["pseudonyms", pseudonyms, 32 * count],
    ["leaves", leaves, 32 * count],
  ] as const)
    if (column.length !== length) refuse(`${name}: expected ${length} bytes, got ${column.length}`);
  const bytes = new Uint8Array(HEADER + ROW * count);
  bytes.set(new TextEncoder().encode(MAGIC));
  new DataView(bytes.buffer).setUint32(MAGIC.length, count, true);
  let offset = HEADER;
  for (const column of [profile, floor, buyers, pseudonyms, leaves]) {
    bytes.set(column, offset);
    offset += column.length;
  }
  return bytes;
}

/**
 * Reads what {@link encodeOfferBook} wrote.
 *
 * @param bytes - a whole book
 * @param menuSizes - how many entries each menu has; an index beyond is refused
 * @returns the columns, copied
 * @throws ExchangeError `EMRX_EXCHANGE_OFFER` for any other bytes
 */
export function decodeOfferBook(
  bytes: Uint8Array,
  menuSizes: { readonly profiles: number; readonly floors: number; readonly buyers: number },
): OfferBook {
  const magic = new TextDecoder().decode(bytes.subarray(0, MAGIC.length));
  if (magic !== MAGIC || bytes.length < HEADER)
    refuse(
      `bytes: expected an offer book (${JSON.stringify(MAGIC)} ...), got ${JSON.stringify(magic)}`,
    );
  const count = new DataView(bytes.buffer, bytes.byteOffset).getUint32(MAGIC.length, true);
  if (bytes.length !== HEADER + ROW * count)
    refuse(`bytes: ${count} offers take ${HEADER + ROW * count} bytes, got ${bytes.length}`);
  const column = (index: number): Uint8Array<ArrayBuffer> =>
    bytes.slice(HEADER + index * count, HEADER + (index + 1) * count);
  const book: OfferBook = {
    count,
    profile: column(0),
    floor: column(1),
    buyers: column(2),
    pseudonyms: bytes.slice(HEADER + 3 * count, HEADER + 35 * count),
    leaves: bytes.slice(HEADER + 35 * count),
  };
  for (const [name, indices, size] of [
    ["profile", book.profile, menuSizes.profiles],
    ["floor", book.floor, menuSizes.floors],
    ["buyers", book.buyers, menuSizes.buyers],
  ] as const) {
    const row = indices.findIndex((index) => index >= size);
    if (row >= 0)
      refuse(`${name}[${row}]: the menu has ${size} entries, got index ${indices[row]}`);
  }
  return book;
}

function refuse(message: string): never {
  throw new ExchangeError("EMRX_EXCHANGE_OFFER", message);
}

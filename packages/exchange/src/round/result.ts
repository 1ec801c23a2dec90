// The published result of a round: for every request the offers it holds, as canonical bytes.
import { ExchangeError } from "../errors.js";

/** Who was matched with whom; offers and requests are numbered in ledger order. */
export interface RoundResult {
  readonly offers: number;
  readonly requests: number;
  /** requests + 1 entries: request r holds `held[offsets[r]] ... held[offsets[r + 1] - 1]`, ascending. */
  readonly offsets: Uint32Array;
  readonly held: Uint32Array;
}

const MAGIC = "EMRXMT1\n";
const HEADER = MAGIC.length + 12;

/**
 * The canonical bytes: `"EMRXMT1\n"`, the numbers of offers, requests and pairs, the pairs of each request, then the
 * held offers request by request, ascending; all numbers 4 bytes, little endian.
 *
 * @param result - offsets and held offers
 * @returns 20 + 4 (requests + pairs) bytes
 */
export function encodeRoundResult({ offers, requests, offsets, held }: RoundResult): Uint8Array {
  const bytes = new Uint8Array(HEADER + 4 * (requests + held.length));
  bytes.set(new TextEncoder().encode(MAGIC));
  const view = new DataView(bytes.buffer);
  view.setUint32(MAGIC.length, offers, true);
  view.setUint32(MAGIC.length + 4, requests, true);
  view.setUint32(MAGIC.length + 8, held.length, true);
  for (let r = 0; r < requests; r++)
    view.setUint32(HEADER + 4 * r, (offsets[r + 1] ?? 0) - (offsets[r] ?? 0), true);
  for (let i = 0; i < held.length; i++)
    view.setUint32(HEADER + 4 * (requests + i), held[i] ?? 0, true);
  return bytes;
}

/**
 * Reads what {@link encodeRoundResult} wrote.
 *
 * @param bytes - a whole result
 * @returns the result, in its one canonical form
 * @throws ExchangeError `EMRX_EXCHANGE_ROUND` for any other bytes: lengths that do not add up, an offer that does not
 *   exist, a request's offers that are not strictly ascending
 */
export function decodeRoundResult(bytes: Uint8Array): RoundResult {
  const magic = new TextDecoder().decode(bytes.subarray(0, MAGIC.length));
  if (magic !== MAGIC || bytes.length < HEADER)
    refuse(
      `bytes: expected a round result (${JSON.stringify(MAGIC)} ...), got ${JSON.stringify(magic)}`,
    );
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const offers = view.getUint32(MAGIC.length, true);
  const requests = view.getUint32(MAGIC.length + 4, true);
  const pairs = view.getUint32(MAGIC.length + 8, true);
  if (bytes.length !== HEADER + 4 * (requests + pairs))
    refuse(
      `bytes: ${requests} requests with ${pairs} pairs take ${HEADER + 4 * (requests + pairs)} bytes, got ${bytes.length}`,
    );
  const offsets = new Uint32Array(requests + 1);
  let end = 0;
  for (let r = 0; r < requests; r++) {
    end += view.getUint32(HEADER + 4 * r, true);
    if (end > pairs) refuse(`request ${r}: more pairs than the ${pairs} stated`);
    offsets[r + 1] = end;
  }
  if (end !== pairs) refuse(`bytes: the requests hold ${end} pairs, ${pairs} are stated`);
  const held = new Uint32Array(pairs);
  for (let r = 0; r < requests; r++)
    for (let i = offsets[r] ?? 0; i < (offsets[r + 1] ?? 0); i++) {
      const offer = view.getUint32(HEADER + 4 * (requests + i), true);
      const previous = i === offsets[r] ? -1 : (held[i - 1] ?? 0);
      if (offer >= offers || offer <= previous)
        refuse(
          `request ${r}: expected ascending offers below ${offers}, got ${previous} then ${offer}`,
        );
      held[i] = offer;
    }
  return { offers, requests, offsets, held };
}

function refuse(message: string): never {
  throw new ExchangeError("EMRX_EXCHANGE_ROUND", message);
}

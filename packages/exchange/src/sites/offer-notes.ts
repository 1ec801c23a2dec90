// What a site must have on disk before it offers: everything that its batch is built from.

import type { OfferedClass } from "@emrx/chain-adapter/calls";
import { type Batch, buildBatch, type LeafScope } from "@emrx/chain-adapter/payload";
import { ByteReader, ByteWriter } from "@emrx/internal/cursor";
import { ExchangeError } from "../errors/exchange-error.js";
import type { Notes } from "../ledger/notes.js";

/** A site's offer, as it keeps it. */
export interface KeptOffer {
  readonly classes: readonly OfferedClass[];
  /** The patient of each leaf, as the site knows them. */
  readonly subjects: readonly string[];
  readonly batch: Batch;
  readonly token?: string;
  readonly moved: number;
  readonly sitOut: number;
}

interface Header {
  readonly scope: LeafScope;
  readonly classes: readonly OfferedClass[];
  readonly subjects: readonly string[];
  readonly token?: string;
  readonly moved: number;
  readonly sitOut: number;
}

const damaged = (message: string): ExchangeError =>
  new ExchangeError(
    "EMRX_EXCHANGE_MEMORY",
    `memory: the offer kept there is damaged: ${message}; restore the memory`,
  );

export async function keepOffer(notes: Notes, round: number, kept: KeptOffer): Promise<void> {
  const { batch, ...rest } = kept;
  const { reports, profiles, scope } = batch;
  const writer = new ByteWriter("big", damaged, reports.bytes.length + 64 * reports.count);
  const header: Header = { scope, ...rest };
  writer.sizedText(4, JSON.stringify(header)).u32(reports.count);
  writer.u32s(profiles).u32s(reports.offsets).bytes(reports.bytes);
  await notes.write(`${round}/offer`, writer.finish());
}

/** The offer of a round as it was kept. Pseudonyms and salts follow from the secret. */
export async function keptOffer(
  notes: Notes,
  round: number,
  rootSecret: Uint8Array,
): Promise<KeptOffer | undefined> {
  const bytes = await notes.read(`${round}/offer`);
  if (bytes === undefined) return undefined;
  const reader = new ByteReader(bytes, "big", damaged);
  const { scope, ...rest } = JSON.parse(reader.sizedText(4)) as Header;
  const count = reader.u32();
  const profiles = reader.u32s(count);
  const offsets = reader.u32s(count + 1);
  const patients = Uint32Array.from({ length: count }, (_, i) => i);
  const reports = { count, offsets, bytes: reader.rest() };
  return { ...rest, batch: buildBatch({ scope, rootSecret, patients, profiles, reports }) };
}

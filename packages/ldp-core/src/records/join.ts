// Puts the answers of single attributes together into one report.
import { type Schema, schemaHashOf } from "../schema/schema.js";
import { headerBytes, itemBytes, reportLength, writeHeader, writeItem } from "./report.js";

/** The encoded answer of one attribute. */
export interface Answer {
  readonly attribute: number;
  readonly level: number;
  readonly payload: Uint8Array;
}

/** The report with these answers, which stand by ascending attribute. */
export function joinAnswers(schema: Schema, answers: readonly Answer[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(reportLength(schema, answers));
  writeHeader(schemaHashOf(schema), answers.length, bytes, 0);
  let at = headerBytes;
  for (const { attribute, level, payload } of answers) {
    writeItem(attribute, level, bytes, at);
    bytes.set(payload, at + itemBytes);
    at += itemBytes + payload.length;
  }
  return bytes;
}

// Bytes that leave a package are what `fetch`, `Blob` and WebCrypto take: `Uint8Array<ArrayBuffer>`.
import { expect, test } from "vitest";
import { bareBytes } from "./bytes.js";
import { entriesOf } from "./entries.js";
import { sources } from "./sources.js";

/** Made by the packages, called by their users and hardly ever written by them, so what their methods take may be any bytes. */
const handles = [
  "FrequencyOracle",
  "Identity",
  "LongitudinalMechanism",
  "MerkleTree",
  "NodeHash",
  "NumericMechanism",
  "PostgresQuery",
];

const entries = [...new Set(sources.map((source) => source.package))]
  .filter((name) => name !== "internal")
  .flatMap(entriesOf)
  .map(({ path }) => path);

test("no bytes leave a package as Uint8Array over any buffer", () => {
  expect(bareBytes({ entries, handles })).toEqual([]);
}, 60_000);

test("every handle named here is needed", () => {
  const needless = handles.filter((name) => {
    const others = handles.filter((other) => other !== name);
    return bareBytes({ entries, handles: others }).length === 0;
  });
  expect(needless).toEqual([]);
}, 120_000);

test("bytes are found in answers, members, containers, and what callbacks and ports are given", () => {
  const path = "packages/planted.ts";
  const lines = [
    "export const returned = (): Uint8Array => new Uint8Array();",
    "export async function* streamed(): AsyncGenerator<readonly Uint8Array[]> {}",
    "export class Holder { readonly member: Promise<Map<string, Uint8Array | undefined>>; }",
    "interface Port { keep(bytes: Uint8Array): void }",
    "export function hand(port: Port, onReport: (report: Uint8Array) => void): void {}",
    "export const indexed: { [name: string]: { deep: Uint8Array<ArrayBufferLike> } } = {};",
    "export const right = (given: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(given);",
    "export const column: () => Uint8Array | Uint16Array = () => new Uint8Array();",
    "export const read = (port: { load(): Promise<Uint8Array> }): void => {};",
    "interface Handle { sign(message: Uint8Array): void; key(): Uint8Array }",
    "export const make = (from: Handle): Handle => from;",
  ];
  const found = bareBytes({
    entries: [path],
    texts: new Map([[path, lines.join("\n")]]),
    handles: ["Handle"],
  });
  const numbers = found.map((place) => Number(place.split(":")[1]));
  expect(numbers.sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 10]);
  expect(found.find((place) => place.includes(":10:"))).toContain("key(): Uint8Array");
});

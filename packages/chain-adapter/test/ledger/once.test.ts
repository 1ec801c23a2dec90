// A call is read, written out and hashed once on its way into the log and back: counted by what passes through the two
// functions that do it.
import { beforeEach, expect, test, vi } from "vitest";

const counted = vi.hoisted(() => ({ written: 0, read: 0, messages: 0, records: 0 }));
const isCall = (value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  "format" in value &&
  value.format === "emrx-call/1";
const begins = (bytes: Uint8Array, text: string, at = 0): boolean =>
  new TextDecoder().decode(bytes.subarray(at, at + text.length)) === text;

vi.mock("../../src/codec/canonical.js", async (original) => {
  const real = await original<typeof import("../../src/codec/canonical.js")>();
  return {
    ...real,
    encodeCanonical(value: unknown) {
      if (isCall(value)) counted.written++;
      return real.encodeCanonical(value);
    },
    decodeCanonical(bytes: Uint8Array) {
      const value = real.decodeCanonical(bytes);
      if (isCall(value)) counted.read++;
      return value;
    },
  };
});
vi.mock("../../src/merkle/sha256.js", async (original) => {
  const real = await original<typeof import("../../src/merkle/sha256.js")>();
  return {
    ...real,
    sha256(bytes: Uint8Array) {
      if (begins(bytes, "emrx signed call 1")) counted.messages++;
      if (begins(bytes, '{"call"', 9) || begins(bytes, '{"call"')) counted.records++;
      return real.sha256(bytes);
    },
  };
});

const { fromOrderedLog, memoryLog } = await import("../../src/ledger.js");
const { genesis } = await import("../contracts/world.js");
const { anyCall, identity } = await import("./helpers.js");
const { callMessage, encodeSignedCall, writtenCall } = await import(
  "../../src/codec/signed-call.js"
);
const { calls } = await import("../codec/samples.js");

beforeEach(() => {
  Object.assign(counted, { written: 0, read: 0, messages: 0, records: 0 });
});

test("what is submitted is written out once, and its message and its entry are hashed once", async () => {
  const ledger = await fromOrderedLog(memoryLog(), { genesis });
  const call = await anyCall(ledger, await identity(1));
  Object.assign(counted, { written: 0, read: 0, messages: 0, records: 0 });
  await ledger.submit(call);
  expect(counted).toEqual({ written: 1, read: 0, messages: 1, records: 1 });
});

test("what another wrote is read once, and hashed once", async () => {
  const log = memoryLog();
  const [writer, reader] = [await fromOrderedLog(log, { genesis }), await fromOrderedLog(log)];
  const call = await anyCall(writer, await identity(1));
  const record = encodeSignedCall(call);
  Object.assign(counted, { written: 0, read: 0, messages: 0, records: 0 });
  await log.append([record]);
  while ((await reader.checkpoint()).size < 2 || (await writer.checkpoint()).size < 2) {
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  // Two ledgers, each once.
  expect(counted).toEqual({ written: 0, read: 2, messages: 2, records: 2 });
});

test.each(Object.values(calls).map((call) => [call.type, call] as const))(
  "%s: the message that is cut from the record is the one that is signed",
  (_, call) => {
    const signed = {
      format: "emrx-call/1",
      ledger: "ab".repeat(32),
      call,
      signer: `ed25519:${"01".repeat(32)}`,
      key: 'k "ö" \\ key',
      expectedVersion: 3,
      deadline: 5,
      signature: `ed25519:${"02".repeat(64)}`,
    } as const;
    const { message } = writtenCall(signed, encodeSignedCall(signed));
    expect(message).toEqual(callMessage(signed));
  },
);

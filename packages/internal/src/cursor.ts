// The one cursor over bytes: every wire format is written by a ByteWriter and read back by a ByteReader.
export { ByteReader } from "./byte-reader.js";
export { ByteWriter } from "./byte-writer.js";

// Canonical JSON (RFC 8785): one value, one sequence of bytes.
export { decodeCanonical, encodeCanonical, type Json, type JsonObject } from "./codec/canonical.js";

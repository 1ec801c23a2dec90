// Tests write bytes as text with Node's Buffer; the code under test does without it, and is loaded before this cannot matter.
import { Buffer } from "buffer";

Object.assign(globalThis, { Buffer });

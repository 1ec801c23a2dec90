// Reference material beside the checkout is out of a browser's reach: tests that need it are skipped.
import { type TestFunction, test } from "vitest";

export const sharedPath = (): undefined => undefined;

export function sharedJson(path: string): unknown {
  throw new Error(`../shared/${path} cannot be read in a browser`);
}

export function testWithShared(path: string, name: string, check: TestFunction): void {
  test.skip(`${name} (skipped: ../shared/${path} is out of a browser's reach)`, check);
}

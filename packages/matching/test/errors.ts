// How tests name what an error must say.
import { expect } from "vitest";

/** Matches an error by its code, its message and its details. */
export const failure = ({
  code,
  message,
  ...details
}: {
  readonly code?: string;
  readonly message?: unknown;
  readonly agent?: string | undefined;
  readonly entry?: string | undefined;
}): unknown =>
  expect.objectContaining({
    ...(code === undefined ? {} : { code }),
    ...(message === undefined ? {} : { message }),
    details: expect.objectContaining(details),
  });

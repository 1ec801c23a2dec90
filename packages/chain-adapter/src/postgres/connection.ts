// What is needed of a PostgreSQL driver. The `Pool` of the package `pg` is one; nothing here imports it, so an
// application brings the version that it uses anyway.
import { LedgerError } from "../errors.js";

/** Rows of one statement. */
export interface PostgresResult {
  readonly rows: readonly Record<string, unknown>[];
}

/** One connection taken from a pool. */
export interface PostgresClient {
  /** Runs a statement, or several without values. */
  query(text: string, values?: unknown[]): Promise<PostgresResult | PostgresResult[]>;
  /** Calls the listener for every notification of a channel listened to. */
  on(
    event: "notification",
    listener: (message: { readonly payload?: string | undefined }) => void,
  ): unknown;
  /** Calls the listener when the connection breaks or ends. */
  on(event: "error" | "end", listener: (error?: Error) => void): unknown;
  /** Gives the connection back, or with `true` closes it. */
  release(destroy?: boolean): void;
}

/** A pool of connections, for example `new pg.Pool({ connectionString })`. */
export interface PostgresPool {
  /** Takes a connection. */
  connect(): Promise<PostgresClient>;
  /** Calls the listener when a connection that nobody uses breaks. */
  on(event: "error", listener: (error: Error) => void): unknown;
}

/** Rows of the last of several statements sent as one. */
export function lastRows(result: PostgresResult | PostgresResult[]): PostgresResult["rows"] {
  return (Array.isArray(result) ? result.at(-1) : result)?.rows ?? [];
}

/**
 * Whether trying again can help: a connection that broke (an error of the system, the driver's own, or class 08), a server that shuts down, starts or
 * is a standby not yet promoted (57P01-57P03, 25006), too many connections (53300), or two transactions in each
 * other's way (40001, 40P01).
 */
export function mayRetry(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = "code" in error ? String(error.code) : "";
  if (code === "")
    return /connection terminated|not queryable|connection error|timeout/i.test(error.message);
  if (/^E[A-Z]+$/.test(code)) return true;
  return code.startsWith("08") || /^(57P0[123]|25006|53300|40001|40P01)$/.test(code);
}

/** The error for what the database refused for good. */
export function databaseError(cause: unknown, what: string): LedgerError {
  if (cause instanceof LedgerError) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  return new LedgerError("EMRX_STORAGE", `${what}: ${message}`, { cause });
}

/** Waits. */
export const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

// What is needed of a PostgreSQL driver. The `Pool` of the package `pg` is one; nothing here imports it, so an
// application brings the version that it uses anyway.
import { LedgerError } from "../errors.js";

/** What a statement gave. */
export interface PostgresResult {
  /** What was carried out, for example `SELECT`, `COMMIT` or, instead of the latter, `ROLLBACK`. */
  readonly command: string;
  readonly rows: readonly Record<string, unknown>[];
}

/** A statement, or several without values, with how to read what comes back. */
export interface PostgresQuery {
  readonly text: string;
  readonly values?: unknown[];
  /** Parsers for the types of columns, in place of those that the application has set. */
  readonly types: {
    /** The parser of a column, whatever its type. */
    getTypeParser(): (value: string | Uint8Array) => unknown;
  };
}

/** One connection taken from a pool. */
export interface PostgresClient {
  /** Runs a statement, or several without values. */
  query(query: PostgresQuery): Promise<PostgresResult | PostgresResult[]>;
  /** Calls the listener for every notification of a channel listened to. */
  on(
    event: "notification",
    listener: (message: { readonly payload?: string | undefined }) => void,
  ): unknown;
  /** Calls the listener for what the server remarks beside its answers, warnings for example. */
  on(event: "notice", listener: (notice: object) => void): unknown;
  /** Calls the listener when the connection breaks or ends. */
  on(event: "error" | "end", listener: (error?: Error) => void): unknown;
  /** Calls the listener no more. */
  off(event: "notification" | "notice" | "error" | "end", listener: () => void): unknown;
  /** Gives the connection back, or with `true` closes it. */
  release(destroy?: boolean): void;
}

/** A pool of connections, for example `new pg.Pool({ connectionString })`. */
export interface PostgresPool {
  /** Most connections at a time, where the pool tells. */
  readonly options?: { readonly max?: number | undefined };
  /** Takes a connection. */
  connect(): Promise<PostgresClient>;
  /** Calls the listener when a connection that nobody uses breaks. */
  on(event: "error", listener: (error: Error) => void): unknown;
  /** Calls the listener with every connection that is about to be handed out, before anything can happen to it. */
  on(event: "acquire", listener: (client: PostgresClient) => void): unknown;
}

/**
 * Every column as text, whatever parsers the application has set: the statements here ask for text, and what comes is
 * checked by `textOf` before it is believed.
 */
const types: PostgresQuery["types"] = {
  getTypeParser: () => (value) =>
    typeof value === "string" ? value : new TextDecoder().decode(value),
};

/** Runs a statement, or several without values, and gives what the last of them gave. */
export async function runQuery(
  client: PostgresClient,
  text: string,
  values?: unknown[],
): Promise<PostgresResult> {
  const query = { text, types, ...(values === undefined ? {} : { values }) };
  const result: unknown = await client.query(query);
  const last: unknown = Array.isArray(result) ? result.at(-1) : result;
  const { command, rows } = (last ?? {}) as { readonly command?: unknown; readonly rows?: unknown };
  if (typeof command === "string" && Array.isArray(rows)) return { command, rows };
  throw new LedgerError("EMRX_STORAGE", "the driver gave no command and no rows");
}

/** A column that is text or null. */
export function textOf(
  row: Readonly<Record<string, unknown>> | undefined,
  column: string,
): string | null {
  const value = row?.[column];
  if (typeof value === "string" || value === null) return value;
  throw new LedgerError(
    "EMRX_STORAGE",
    `the driver gave ${value instanceof Object ? "an object" : typeof value} for column ${column}, which is text`,
  );
}

/** A column that is a whole number written in digits, or null. */
export function numberOf(
  row: Readonly<Record<string, unknown>> | undefined,
  column: string,
): number | null {
  const text = textOf(row, column);
  if (text === null) return null;
  const value = /^(0|[1-9]\d*)$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value)) return value;
  throw new LedgerError(
    "EMRX_STORAGE",
    `column ${column} must be a whole number up to 2^53 - 1; the database gave ${JSON.stringify(text.slice(0, 40))}`,
  );
}

/**
 * Whether trying again can help: a connection that broke (an error of the system, the driver's own, or class 08), a server that shuts down, starts or
 * is a standby not yet promoted (57P01-57P03, 25006), too many connections (53300), two transactions in each
 * other's way (40001, 40P01), or one that waited long for another (55P03).
 */
export function mayRetry(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = "code" in error ? String(error.code) : "";
  if (code === "")
    return /connection terminated|not queryable|connection error|timeout/i.test(error.message);
  if (/^E[A-Z]+$/.test(code)) return true;
  return code.startsWith("08") || /^(57P0[123]|25006|53300|40001|40P01|55P03)$/.test(code);
}

/** Whether the server refused because it is a standby. */
export const isStandbyError = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "25006";

/** The error for what the database refused for good. */
export function databaseError(cause: unknown, what: string): LedgerError {
  if (cause instanceof LedgerError) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  return new LedgerError("EMRX_STORAGE", `${what}: ${message}`, { cause });
}

/** Waits. */
export const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

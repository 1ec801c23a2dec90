// Commits that count only when they were replicated as the database is set to replicate.
import { type PostgresClient, runQuery } from "./connection.js";
import { beginDurable } from "./table.js";

/**
 * Carries out a statement and commits. A commit whose wait for a synchronous standby is cut short, by a cancel or a
 * timeout, is answered as if it were done, with a warning beside it: then, or if the server rolled back instead, this
 * throws an error after which the work is to be tried again.
 *
 * @see https://www.postgresql.org/docs/current/warm-standby.html#SYNCHRONOUS-REPLICATION
 */
export async function commitDurably(client: PostgresClient, statement: string): Promise<void> {
  let warned = false;
  const warn = (): void => {
    warned = true;
  };
  client.on("notice", warn);
  try {
    const { command } = await runQuery(client, `${statement}; COMMIT`);
    if (command === "COMMIT" && !warned) return;
  } finally {
    client.off("notice", warn);
  }
  // Class 08: whether the transaction was done is not known.
  throw Object.assign(new Error("the commit was cut short before it was replicated"), {
    code: "08007",
  });
}

/**
 * Waits until everything that is committed so far was replicated: a commit behind it, of a message that changes nothing
 * and that every role may write, was.
 */
export async function requireReplicated(client: PostgresClient): Promise<void> {
  await runQuery(client, beginDurable);
  await commitDurably(client, "SELECT pg_logical_emit_message(true, 'emrx', '')::text");
}

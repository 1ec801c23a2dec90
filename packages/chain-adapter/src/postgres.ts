// The ordered log in PostgreSQL.
export type { PostgresClient, PostgresPool, PostgresResult } from "./postgres/connection.js";
export { failoverPool } from "./postgres/failover.js";
export { openPostgresLog, type PostgresLogOptions } from "./postgres/postgres-log.js";

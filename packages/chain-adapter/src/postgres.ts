// The ordered log in PostgreSQL.
export type {
  PostgresClient,
  PostgresPool,
  PostgresQuery,
  PostgresResult,
} from "./postgres/connection.js";
export { createPostgresTable } from "./postgres/create-table.js";
export { failoverPool } from "./postgres/failover.js";
export { openPostgresLog, type PostgresLogOptions } from "./postgres/postgres-log.js";
export type { PostgresTableOptions } from "./postgres/table-options.js";

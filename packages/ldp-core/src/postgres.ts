// A store in a table of PostgreSQL.
export type {
  PostgresStoreClient,
  PostgresStoreOptions,
  PostgresStorePool,
} from "./postgres/store.js";
export { createPostgresStoreTable, postgresStore } from "./postgres/store.js";

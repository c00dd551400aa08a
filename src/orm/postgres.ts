export type { PgListener, PgNotification, PgPool, PgRows } from '../drivers/postgres/session.ts'
export {
  type ListenToTablesOptions,
  listenToTables,
  type TableListener,
} from './postgres/listen-to-tables.ts'
export type { TablePlan, WatchPlan, WatchState } from './postgres/plan.ts'
export {
  type UnwatchTablesOptions,
  unwatchTables,
  type WatchTablesOptions,
  watchTables,
} from './postgres/watch-tables.ts'
export type { WatchedTables } from './postgres/watched-table.ts'

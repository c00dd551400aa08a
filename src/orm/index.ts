export {
  type ChangeListener,
  type DatabaseChanges,
  type DatabaseChangesOptions,
  databaseChanges,
  type InvalidatedCache,
  type TransactionChanges,
} from './database-changes.ts'
export {
  type ConnectionQueries,
  type Query,
  QueryCache,
  type QueryCacheOptions,
  type QueryCaching,
} from './query-cache.ts'
export type { TransactionStep } from './sql/transaction-steps.ts'
export type { ColumnValues, Row, RowChange, TableChange } from './table-change.ts'
export { type TableTags, type TableTagsOptions, tableTags } from './table-tags.ts'

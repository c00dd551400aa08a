export {
  type ChangeListener,
  type DatabaseChanges,
  type DatabaseChangesOptions,
  databaseChanges,
  type InvalidatedCache,
  type TransactionChanges,
} from './database-changes.ts'
export {
  ConnectionQueries,
  type Query,
  QueryCache,
  type QueryCacheOptions,
  type QueryCaching,
} from './query-cache.ts'
export type { ColumnValues, Row, RowChange, TableChange } from './table-change.ts'
export { type TableTags, type TableTagsOptions, tableTags } from './table-tags.ts'

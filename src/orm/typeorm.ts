export { type TypeormDataSource, typeormChanges } from './typeorm/changes.ts'
export {
  type TypeormCacheOptions,
  type TypeormQueryRunner,
  type TypeormResult,
  type TypeormResultCache,
  typeormCache,
} from './typeorm/result-cache.ts'

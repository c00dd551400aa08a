export { type Profile, profiles, type Rules } from './engine/rules.ts'
export {
  createHttpCache,
  type HttpCache,
  type HttpCacheOptions,
  type Purge,
} from './exchange/http-cache.ts'
export type * from './message.ts'

export {
  type NextCacheControl,
  type NextCached,
  type NextCacheHandler,
  type NextCacheHandlerClass,
  type NextGetContext,
  type NextHandlerContext,
  type NextSetContext,
  type NextValue,
  nextCacheHandler,
} from './next/cache-handler.ts'
export type { Durations } from './next/entries.ts'
export type { NextOptions } from './next/options.ts'
export {
  nextUseCacheHandler,
  type UseCacheEntry,
  type UseCacheHandler,
} from './next/use-cache-handler.ts'

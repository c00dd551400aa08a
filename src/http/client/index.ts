export { type CachingFetchOptions, cachingFetch, type Fetch } from './caching-fetch.ts'
export type { ClientOptions, Upkeep } from './client-cache.ts'
export type {
  Dispatch,
  DispatchController,
  DispatchHandler,
  DispatchHeaders,
  DispatchOptions,
  Incoming,
} from './dispatching.ts'
export { hotsetInterceptor, type Interceptor } from './undici-interceptor.ts'

export { cacheEvict } from './cache-evict.ts'
export { cachePut } from './cache-put.ts'
export { cached } from './cached.ts'
export { cacheDefaults } from './class-defaults.ts'
export type { MemberContext, MemberDecorator } from './member.ts'
export type {
  CacheDefaultsOptions,
  CachedOptions,
  CacheEvictOptions,
  CachePutOptions,
} from './options.ts'
export type { InstantCache } from './region.ts'

/** What a page may carry before it opens anything that is loaded on demand, in bytes after gzip, by what it imports alone. */
export const limits = {
  /** By esbuild, which makes most of it, 35,645 when this was written; the aim is 10,000. */
  createCache: 36_300,
  createMemoryCache: 10_000,
  memoize: 14_000,
  /** It carries no cache. */
  CodecError: 2_000,
} as const

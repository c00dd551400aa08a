import QuickLRU from 'quick-lru'

export const subject = {
  name: 'quick-lru',
  kinds: ['read', 'write'],
  ttl: 'optional',
  /** It holds up to twice its bound, and says so. */
  slack: 2,
  create: ({ entries, ttl = Number.POSITIVE_INFINITY }) =>
    new QuickLRU({ maxSize: entries, maxAge: ttl }),
}

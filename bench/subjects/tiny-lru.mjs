import { lru } from 'tiny-lru'

export const subject = {
  name: 'tiny-lru',
  kinds: ['read', 'write'],
  ttl: 'optional',
  /** With `resetTTL`, as everywhere else, an overwritten entry lives anew. */
  create: ({ entries, ttl = 0 }) => lru(entries, ttl, true),
}

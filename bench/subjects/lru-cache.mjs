import { LRUCache } from 'lru-cache'

export const subject = {
  name: 'lru-cache',
  kinds: ['read', 'write'],
  ttl: 'optional',
  create: ({ entries, ttl = 0 }) => new LRUCache({ max: entries, ttl }),
}

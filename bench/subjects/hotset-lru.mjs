import { lru } from '../../dist/policies/lru.js'
import { memoryWith } from './hotset.mjs'

/** The same memory tier under another policy. */
export const subject = {
  name: 'hotset-lru',
  kinds: ['read', 'write'],
  ttl: 'always',
  create: memoryWith(lru),
}

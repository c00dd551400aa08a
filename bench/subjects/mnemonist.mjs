import { LRUMap } from 'mnemonist'

export const subject = {
  name: 'mnemonist',
  kinds: ['read', 'write'],
  create: ({ entries }) => new LRUMap(entries),
}

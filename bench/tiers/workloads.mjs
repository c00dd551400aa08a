const caches = ['hotset', 'hotset-ioredis', 'bentocache']
const withMany = ['unstorage', 'cacheable', 'cache-manager']
const peers = [...withMany, 'layered-loader', 'async-cache-dedupe', 'cachified']
const raw = ['node-redis', 'ioredis']
const get = (subject, keys, index) => subject.get(keys[index])
/** What has no loaders is asked for what a cache that hits would ask it. */
const getOrSet = (subject, keys, index) =>
  subject.getOrSet ? subject.getOrSet(keys[index], noLoad) : subject.get(keys[index])
const noLoad = () => {
  throw new Error('A key that is there was loaded')
}
const hundred = 100

/**
 * What is timed beside all others of its `race`. Each has
 *
 * - `subjects`, by name, and the `memory` with which they are opened;
 * - `entries`: how many there are, of about so many `bytes` of JSON each, with these `tags`;
 * - `batch`: how many operations are timed together, `at` so many at a time;
 * - `run(subject, keys, index)`: one operation, which answers a value or several.
 */
export const workloads = [
  {
    name: 'get, 1 KB',
    race: 'get, 1 KB, 50 at a time',
    subjects: [...caches, ...raw],
    ...{ entries: 1_000, bytes: 1_000, batch: 4_000, at: 50 },
    run: get,
  },
  {
    name: 'getOrSet, 1 KB',
    race: 'getOrSet, 1 KB, 50 at a time',
    subjects: [...caches, ...peers, ...raw],
    ...{ entries: 1_000, bytes: 1_000, batch: 4_000, at: 50 },
    run: getOrSet,
  },
  {
    name: 'get, 20 KB',
    race: 'get, 20 KB, 50 at a time',
    subjects: [...caches, ...raw],
    ...{ entries: 1_000, bytes: 20_000, batch: 1_000, at: 50 },
    run: get,
  },
  {
    name: 'getMany(100), 1 KB',
    race: 'getMany(100), 1 KB, one at a time',
    subjects: ['hotset', 'hotset-ioredis', ...withMany, ...raw],
    ...{ entries: 1_000, bytes: 1_000, batch: 50, at: 1 },
    run: (subject, keys, index) => {
      const first = index % (keys.length - hundred)
      return subject.getMany(keys.slice(first, first + hundred))
    },
  },
  {
    name: 'untagged',
    race: 'get from memory, one at a time',
    subjects: ['hotset'],
    memory: { trust: null },
    ...{ entries: 1_000, bytes: 100, batch: 20_000, at: 1 },
    run: get,
  },
  {
    name: '3 tags',
    race: 'get from memory, one at a time',
    subjects: ['hotset'],
    memory: { trust: null },
    tags: ['news', 'front page', 'author 7'],
    ...{ entries: 1_000, bytes: 100, batch: 20_000, at: 1 },
    run: get,
  },
]

/** An object of about so many bytes of JSON. */
export function articleOf(index, bytes) {
  const rows = Array.from({ length: Math.ceil(bytes / 105) }, (_, row) => ({
    id: index * 1_000 + row,
    title: `Row ${row} of article ${index}`,
    author: { name: 'somebody', score: row / 8 },
    isPublic: row % 2 === 0,
  }))
  return { index, rows }
}

const ours = ['hotset', 'hotset-ioredis']
const raw = ['node-redis', 'ioredis']

/**
 * What is timed beside each other. Each has
 *
 * - `subjects`, by name, and the `options` with which they are opened;
 * - `entries`: how many there are, `bytes` of JSON each, with these `tags`;
 * - `batch`: how many operations are timed together, `at` so many at a time;
 * - `run(subject, key)`: one operation, which answers a value or several.
 */
export const workloads = [
  {
    name: 'get, 1 KB, 50 at a time',
    subjects: [...ours, ...raw, 'bentocache'],
    ...{ entries: 1_000, bytes: 1_000, batch: 4_000, at: 50 },
    run: (subject, key) => subject.get(key),
  },
  {
    name: 'get, 20 KB, 50 at a time',
    subjects: [...ours, ...raw, 'bentocache'],
    ...{ entries: 1_000, bytes: 20_000, batch: 1_000, at: 50 },
    run: (subject, key) => subject.get(key),
  },
  {
    name: 'getMany of 100, 1 KB',
    subjects: [...ours, ...raw],
    ...{ entries: 1_000, bytes: 1_000, batch: 50, at: 1 },
    run: (subject, _, hundred) => subject.getMany(hundred),
  },
  {
    name: 'get from memory, untagged',
    subjects: ['hotset'],
    options: { memory: { trust: null } },
    ...{ entries: 1_000, bytes: 100, batch: 20_000, at: 1 },
    run: (subject, key) => subject.get(key),
  },
  {
    name: 'get from memory, 3 tags',
    subjects: ['hotset'],
    options: { memory: { trust: null } },
    tags: ['news', 'front page', 'author 7'],
    ...{ entries: 1_000, bytes: 100, batch: 20_000, at: 1 },
    run: (subject, key) => subject.get(key),
  },
]

export const keyOf = (index) => `article:${index}:body`

/** An object of about so many bytes of JSON. */
export function valueOf(index, bytes) {
  const rows = Array.from({ length: Math.ceil(bytes / 100) }, (_, row) => ({
    id: index * 1_000 + row,
    title: `Row ${row} of article ${index}`,
    author: { name: 'somebody', score: row / 7 },
    isPublic: row % 2 === 0,
  }))
  return { index, rows }
}

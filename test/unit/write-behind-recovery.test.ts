import { expect, test } from 'vitest'
import { createCache } from '../../src/index.ts'
import { memoryLog } from '../../src/logs/memory.ts'

test('of what a life before left, a value that a later one replaces is not sent, however soon all must be', async () => {
  const log = memoryLog()
  const life = (coalesce: boolean, save: (n: number) => void) => {
    const cache = createCache()
    const stock = cache.define<string, number>({
      name: 'stock',
      load: () => 0,
      save: (_, n) => save(n),
      write: 'behind',
      behind: { log, interval: '1h', coalesce },
    })
    return { cache, stock }
  }
  const { stock } = life(false, () => {})
  for (const n of [1, 2, 3]) await stock.set('a', n)
  const sent: number[] = []
  const { cache } = life(true, (n) => sent.push(n))
  await cache.close()
  expect(sent).toEqual([3])
})

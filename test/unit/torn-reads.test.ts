import { describe, expect, test } from 'vitest'
import { type Cache, createCache } from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { type Script, scriptedStore } from './scripted-store.ts'

/** A store that does not read all keys of a batch at one instant, as of files or of several servers. */

type Meanwhile = (other: Cache) => Promise<unknown>

/** Caches in two processes; `tear` has the other one act in the midst of a batch of reads. */
async function open(before: Meanwhile) {
  const store = memoryStore()
  const script: Script = {}
  // Counting is left to the cache.
  const { incrementMany: _, ...rest } = store
  const cache = createCache({ store: scriptedStore(rest, script), memory: false })
  const other = createCache({ store: rest, memory: false })
  await before(other)
  const tear = (meanwhile: Meanwhile) => {
    script.getMany = async (run) => {
      const early = (await run()) as unknown[]
      await meanwhile(other)
      const late = (await run()) as unknown[]
      // The marks come first, and the record last.
      return [...early.slice(0, -1), ...late.slice(-1)]
    }
  }
  return { cache, tear }
}

const clear: Meanwhile = (process) => process.clear()

describe.each<[string, Meanwhile, Meanwhile]>([
  ['in an empty store', async () => {}, async () => {}],
  ['after all was cleared meanwhile', async (process) => void (await process.set('k', 0)), clear],
])('what another process makes in the midst of a read stands, %s', (_, before, first) => {
  async function torn(meanwhile: Meanwhile): Promise<Cache> {
    const { cache, tear } = await open(before)
    tear(async (other) => {
      await first(other)
      await meanwhile(other)
    })
    return cache
  }

  test('nothing is added over it', async () => {
    const cache = await torn((other) => other.add('k', 'theirs'))
    expect(await cache.add('k', 'mine')).toBe(false)
    expect(await cache.get('k')).toBe('theirs')
  })

  test('it is counted with', async () => {
    const cache = await torn((other) => other.increment('n', 10, { initial: 0 }))
    expect(await cache.increment('n', 1, { initial: 0 })).toBe(11)
  })

  test('it is served', async () => {
    const cache = await torn((other) => other.set('k', 'theirs'))
    expect(await cache.get('k')).toBe('theirs')
  })

  test('it is not loaded again', async () => {
    const cache = await torn((other) => other.set('k', 'theirs'))
    expect(await cache.getOrSet('k', () => 'loaded')).toBe('theirs')
  })
})

test('what was outdated before the read began stays so', async () => {
  const { cache, tear } = await open(async (other) => {
    await other.set('k', 'old')
    await other.clear()
  })
  tear(async () => {})
  expect(await cache.get('k')).toBe(undefined)
  expect(await cache.add('k', 'mine')).toBe(true)
})

import { expect, test } from 'vitest'
import { createCache } from '../../src/index.ts'
import { memoryStore } from '../../src/stores/memory.ts'

test.each(['through', 'around', 'behind'] as const)(
  'every verb of a definition means the version that it keeps: %s',
  async (write) => {
    const cache = createCache({ store: memoryStore() })
    const rows = new Map([[1, 'Ada']])
    const users = cache.define<number, string>({
      name: 'users',
      load: async (id) => rows.get(id) ?? 'nobody',
      save: async (id, name) => void rows.set(id, name),
      remove: async (id) => void rows.delete(id),
      write,
      ...(write === 'behind' && { behind: { log: 'memory:', interval: 0 } }),
      options: { version: 2 },
    })
    expect(await users.get(1)).toBe('Ada')
    expect(users.getSync(1)).toBe('Ada')
    expect(await users.cache.get(users.key(1), { version: 2 })).toBe('Ada')
    expect(await users.expire(1)).toBe(true)
    await users.set(1, 'Eve')
    await users.flush()
    expect(await users.get(1)).toBe('Eve')
    await users.delete(1)
    await users.flush()
    expect(await users.get(1)).toBe('nobody')
    await cache.close()
  },
)

test('a value that cannot be kept leaves no older one behind, as its source has it', async () => {
  const cache = createCache({ store: memoryStore() })
  class Own {
    readonly version = 2
  }
  for (const version of [undefined, (row: { version: number } | null) => row?.version ?? 0]) {
    let row: { version: number } | null = { version: 1 }
    const rows = cache.define<number, { version: number } | null>({
      name: version ? 'versioned' : 'plain',
      load: async () => row,
      save: async (_, value) => {
        row = value
      },
      ...(version && { version }),
    })
    expect(await rows.get(1)).toEqual({ version: 1 })
    await expect(rows.set(1, new Own())).rejects.toMatchObject({ code: 'ERR_CACHE_CODEC' })
    expect(rows.getSync(1)).toBeUndefined()
    row = { version: 3 }
    expect(await rows.get(1)).toEqual({ version: 3 })
    await rows.set(1, null)
    expect(await rows.get(1)).toBeNull()
  }
  await cache.close()
})

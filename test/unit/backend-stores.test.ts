import { EventEmitter } from 'node:events'
import { describe, expect, test } from 'vitest'
import { createCache } from '../../src/index.ts'
import { StoreError } from '../../src/kernel/errors.ts'
import { type KeyvBackend, keyvStore } from '../../src/stores/keyv.ts'
import { type UnstorageBackend, unstorageStore } from '../../src/stores/unstorage.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'

const name = /^hotset:[0-9a-f]{64}$/
const value = Buffer.from('value')

describe('the keyv store', () => {
  test('gives text, under names that every backend takes, with the time that is left', async () => {
    const calls: unknown[][] = []
    const clock = fakeClock(1000)
    const backend = new Map<string, string>()
    const set = (...call: [string, string, number?]) => {
      calls.push(call)
      backend.set(call[0], call[1])
    }
    const spied = { get: (key: string) => backend.get(key), set, delete: () => true }
    const store = keyvStore(spied, { clock })
    await store.setMany([
      { key: 'Ä/?:\0', value, expiresAt: 2000.5 },
      { key: 'a'.repeat(4096), value, expiresAt: Infinity },
    ])
    expect(calls).toEqual([
      [expect.stringMatching(name), expect.stringMatching(/^[\w+/]+=*$/), 1001],
      [expect.stringMatching(name), expect.any(String), undefined],
    ])
    expect((await store.getMany(['Ä/?:\0'])).map(String)).toEqual(['value'])
  })

  test('asks for a batch at once where it can, and for each name once', async () => {
    const asked: string[][] = []
    const backend: KeyvBackend = {
      ...{ get: () => 'not asked', set: () => true, delete: () => true },
      getMany(keys) {
        asked.push(keys)
        return keys.map(() => null)
      },
    }
    const found = await keyvStore(backend).getMany(['a', 'b', 'a'])
    expect(found).toEqual([undefined, undefined, undefined])
    expect(asked.map((keys) => keys.length)).toEqual([2])
  })

  test('says so where a batch is not answered key by key', async () => {
    const backend = { ...new Bare(), getMany: async () => [] }
    await expect(keyvStore(backend).getMany(['a'])).rejects.toThrow(/`getMany` did not answer/)
  })

  test('takes what somebody else has put there for nothing', async () => {
    for (const foreign of ['{"value":1}', '', 'AAAA', 7, { value: 1 }, Buffer.from('x')]) {
      const backend = { ...new Bare(), get: () => foreign }
      expect(await keyvStore(backend).getMany(['a'])).toEqual([undefined])
    }
  })

  test('removes what it does not see, and says that it was not there', async () => {
    const removed: string[] = []
    const backend = { ...new Bare(), delete: (key: string) => removed.push(key) > 0 }
    expect(await keyvStore(backend).deleteMany(['a'])).toEqual([false])
    expect(removed).toEqual([expect.stringMatching(name)])
  })

  test('believes a backend that says that somebody else was first', async () => {
    const items = new Map<string, string>()
    const backend = {
      get: (key: string) => items.get(key),
      set: (key: string, text: string) => items.set(key, text),
      delete: () => false,
    }
    const store = keyvStore(backend)
    await store.setMany([{ key: 'a', value, expiresAt: Infinity }])
    expect(await store.deleteMany(['a'])).toEqual([false])
  })

  test('hears the errors of an adapter, which would end the process otherwise', () => {
    const backend = Object.assign(new EventEmitter(), new Bare())
    for (let i = 0; i < 20; i++) keyvStore(backend)
    backend.emit('error', new Error('lost'))
    expect(backend.listenerCount('error')).toBe(1)
  })
})

describe('the unstorage store', () => {
  test('gives bytes of their own, with the time that is left in seconds', async () => {
    const calls: unknown[][] = []
    const clock = fakeClock(1000)
    const storage: UnstorageBackend = {
      getItemRaw: async () => null,
      async setItemRaw(...call) {
        calls.push(call)
      },
      async removeItem() {},
    }
    const store = unstorageStore(storage, { clock })
    await store.setMany([
      { key: 'a', value, expiresAt: 2001 },
      { key: 'b', value, expiresAt: Infinity },
    ])
    expect(calls).toEqual([
      [expect.stringMatching(name), expect.any(Uint8Array), { ttl: 2 }],
      [expect.stringMatching(name), expect.any(Uint8Array), {}],
    ])
  })

  test('takes what somebody else has put there for nothing', async () => {
    for (const foreign of ['text', 7, { value: 1 }, Buffer.from('x'), new ArrayBuffer(3)]) {
      const storage = { ...bareStorage, getItemRaw: async () => foreign }
      expect(await unstorageStore(storage).getMany(['a'])).toEqual([undefined])
    }
  })
})

class Bare implements KeyvBackend {
  get = (): unknown => undefined
  set = (): unknown => true
  delete = (): unknown => false
}

const bareStorage: UnstorageBackend = {
  getItemRaw: async () => null,
  async setItemRaw() {},
  async removeItem() {},
}

const fails = () => {
  throw new Error('out of order')
}
const broken = [
  keyvStore({ get: fails, set: fails, delete: fails }),
  unstorageStore({ getItemRaw: fails, setItemRaw: fails, removeItem: fails }),
]

describe.each(broken)('a failure of the backend of $name', (store) => {
  test('is a StoreError', async () => {
    const record = { key: 'a', value, expiresAt: Infinity }
    for (const act of [
      () => store.getMany(['a']),
      () => store.setMany([record, { ...record, key: 'b' }]),
      () => store.deleteMany(['a', 'b']),
    ]) {
      const error = await act().catch((error: unknown) => error)
      expect(error).toBeInstanceOf(StoreError)
      expect(String(error)).toContain(`The ${store.name} store failed: out of order`)
    }
  })

  test('costs a cache nothing but the hit', async () => {
    const cache = createCache({ store })
    expect(await cache.getOrSet('k', () => 1)).toBe(1)
    await cache.close()
  })
})

test('what is no backend is told at once', () => {
  const nothing: unknown[] = [undefined, null, {}, { get() {}, set() {} }]
  for (const backend of nothing) {
    expect(() => keyvStore(backend as KeyvBackend)).toThrow(/Expected `backend\.\w+` to be a func/)
    expect(() => unstorageStore(backend as UnstorageBackend)).toThrow(/Expected `storage\.\w+`/)
  }
})

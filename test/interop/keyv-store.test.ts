import { EventEmitter } from 'node:events'
import { describe, expect, test } from 'vitest'
import type { Clock } from '../../src/contracts/clock.ts'
import { createCache } from '../../src/index.ts'
import { StoreError } from '../../src/kernel/errors.ts'
import { type KeyvBackend, keyvStore } from '../../src/stores/keyv.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'
import { storeCasesFor } from '../../src/testing/store-cases.ts'
import { storeWorld } from '../../src/testing/store-world.ts'
import { Keyv, Keyv6, KeyvMemoryAdapter } from './packages/keyv.ts'

const value = Buffer.from('value')

const real: Readonly<Record<string, () => KeyvBackend>> = {
  'an adapter of Keyv 6': () => new KeyvMemoryAdapter(new Map()),
  'Keyv 5': () => new Keyv(),
  'Keyv 6': () => new Keyv6(),
  'Keyv 6, on an adapter of it': () => new Keyv6({ store: new KeyvMemoryAdapter(new Map()) }),
}

describe.each(Object.entries(real))('a store on %s', (_, open) => {
  const store = (clock: Clock, backend = open()) => keyvStore(backend, { clock })

  test.each(storeCasesFor(store(fakeClock())))('$name', async ({ run }) => {
    const clock = fakeClock(Date.now())
    await run(store(clock), storeWorld({ clock }))
  })

  test('lets the backend forget what has expired, and no earlier', async () => {
    const backend = open()
    const calls: unknown[] = []
    const set = backend.set.bind(backend)
    backend.set = (key, text, life) => {
      calls.push(life)
      return set(key, text, life)
    }
    const clock = fakeClock(Date.now())
    const expiresAt = clock.now() + 300_000
    await store(clock, backend).setMany([
      { key: 'timed', value, expiresAt },
      { key: 'for ever', value, expiresAt: Infinity },
    ])
    expect(calls).toEqual([backend instanceof KeyvMemoryAdapter ? expiresAt : 300_000, undefined])
    const found = await store(clock, backend).getMany(['timed', 'for ever'])
    expect(found.map(String)).toEqual(['value', 'value'])
  })
})

/** Keeps in a map; while it is down, everything fails. */
class Adapter extends EventEmitter {
  readonly items = new Map<string, unknown>()
  down = false

  async get(key: string): Promise<unknown> {
    this.#check()
    return this.items.get(key)
  }

  async set(key: string, value: unknown): Promise<boolean> {
    this.#check()
    this.items.set(key, value)
    return true
  }

  async delete(key: string): Promise<boolean> {
    this.#check()
    return this.items.delete(key)
  }

  async clear(): Promise<void> {
    this.#check()
    this.items.clear()
  }

  async has(key: string): Promise<boolean> {
    this.#check()
    return this.items.has(key)
  }

  #check(): void {
    if (this.down) throw new Error('out of order')
  }
}

class BatchAdapter extends Adapter {
  getMany(keys: string[]): Promise<unknown[]> {
    return Promise.all(keys.map((key) => this.get(key)))
  }
}

/** Tells what fails as an event, and answers as if there were nothing. */
function telling(adapter: Adapter): KeyvBackend {
  const told = async (work: Promise<unknown>, otherwise: unknown) => {
    try {
      return await work
    } catch (error) {
      adapter.emit('error', error)
      return otherwise
    }
  }
  return {
    get: (key) => told(adapter.get(key), undefined),
    set: (key, value) => told(adapter.set(key, value), undefined),
    delete: (key) => told(adapter.delete(key), false),
    on: (event, listener) => adapter.on(event, listener),
  }
}

const failing: Readonly<Record<string, (adapter: Adapter) => KeyvBackend>> = {
  'an adapter that tells by events': telling,
  'Keyv 5': (store) => new Keyv({ store }),
  'Keyv 6': (store) => new Keyv6({ store }),
}

describe.each(Object.entries(failing))('while the backend fails, %s', (_, wrap) => {
  const kinds: [string, new () => Adapter][] = [
    ['one by one', Adapter],
    ['in batches', BatchAdapter],
  ]

  test.each(kinds)('nothing counts as done, %s', async (_, Kind) => {
    const adapter = new Kind()
    const store = keyvStore(wrap(adapter))
    const record = { key: 'a', value, expiresAt: Infinity }
    await store.setMany([record])
    adapter.down = true
    for (const act of [
      () => store.getMany(['a']),
      () => store.getMany(['a', 'b']),
      () => store.setMany([record]),
      () => store.deleteMany(['a']),
    ]) {
      const error = await act().catch((error: unknown) => error)
      expect(error).toBeInstanceOf(StoreError)
      expect(String(error)).toContain('out of order')
    }
    adapter.down = false
    expect((await store.getMany(['a'])).map(String)).toEqual(['value'])
    expect(await store.deleteMany(['a'])).toEqual([true])
  })

  test.each(kinds)('what could not be deleted is made good, %s', async (_, Kind) => {
    const adapter = new Kind()
    const clock = fakeClock(Date.now())
    const cache = createCache({ clock, store: keyvStore(wrap(adapter), { clock }) })
    await cache.set('deleted', 'old')
    await cache.set('replaced', 'old')
    adapter.down = true
    await cache.delete('deleted')
    await cache.set('replaced', 'new')
    expect((await cache.inspect()).storeUp).toBe(false)
    adapter.down = false
    await clock.pass(60_000)
    expect((await cache.inspect()).storeUp).toBe(true)
    const another = createCache({ clock, store: keyvStore(wrap(adapter), { clock }) })
    for (const side of [cache, another]) {
      expect(await side.get('deleted')).toBeUndefined()
      expect(await side.get('replaced')).not.toBe('old')
    }
  })
})

test('whose failure it was is not told: all that ran meanwhile have failed', async () => {
  const backend = Object.assign(new EventEmitter(), {
    get: () => new Promise<undefined>((resolve) => setImmediate(resolve, undefined)),
    set: () => true,
    delete: () => false,
  })
  const store = keyvStore(backend)
  const both = Promise.allSettled([store.getMany(['a']), store.getMany(['b'])])
  backend.emit('error', new Error('lost'))
  expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(await store.getMany(['a'])).toEqual([undefined])
})

test('an answer of false to `set` is a failure', async () => {
  const store = keyvStore({ get: () => undefined, set: () => false, delete: () => false })
  const record = { key: 'a', value, expiresAt: Infinity }
  await expect(store.setMany([record])).rejects.toThrow('`set` answered false')
})

import fc from 'fast-check'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { memoryHub } from '../../src/buses/memory.ts'
import { createCache } from '../../src/index.ts'
import { ocacheStorage } from '../../src/interop/ocache.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import {
  createMemoryStorage,
  defineCachedFunction,
  defineCachedHandler,
  type StorageInterface,
} from './packages/ocache.ts'
import { hostileName, inScene, setups, sideOf, steps } from './scene.ts'

const verb = fc.record({
  do: fc.constantFrom('get' as const, 'get' as const, 'set' as const, 'remove' as const),
  key: fc.oneof(fc.constantFrom('a', 'b'), hostileName),
  value: fc.oneof(
    fc.jsonValue().filter((value) => value !== null),
    fc.uint8Array({ maxLength: 8 }),
    fc.record({ value: fc.record({ body: fc.uint8Array({ maxLength: 8 }) }) }),
  ),
  ttl: fc.constantFrom(undefined, 1, 60),
  pass: fc.constantFrom(0, 0, 1000, 59_000, 61_000),
})

describe.each(setups)('%s', (setup) => {
  test('it keeps what ocache keeps in memory, for as long', async () => {
    await fc.assert(
      fc.asyncProperty(steps(verb), async (history) => {
        await inScene(setup, async ({ caches, pass }) => {
          const sides: StorageInterface[] = caches.map((cache) => ocacheStorage(cache))
          const model = createMemoryStorage()
          for (const step of history) {
            const { key, value, ttl } = step.verb
            const side = sideOf(sides, step)
            const options = ttl === undefined ? {} : { ttl }
            if (step.verb.do === 'get') expect(await side.get(key)).toEqual(await model.get(key))
            else {
              const kept = step.verb.do === 'set' ? value : null
              await side.set(key, kept, options)
              await model.set(key, kept, options)
            }
            pass(step.verb.pass)
          }
        })
      }),
      { numRuns: 60 },
    )
  })
})

/** Two processes with one store, as ocache sees them. */
function twoStorages(): readonly [StorageInterface, StorageInterface] {
  const hub = memoryHub()
  const store = memoryStore()
  const open = () => {
    const cache = createCache({ store, bus: hub.connect() })
    onTestFinished(() => cache.close())
    return ocacheStorage(cache)
  }
  return [open(), open()]
}

test('two processes share what a function answered, until one says that it is no more', async () => {
  const square = vi.fn(async (n: number) => n * n)
  const late: Promise<unknown>[] = []
  const [one, other] = twoStorages().map((storage) => {
    const waitUntil = (writing: Promise<unknown>) => void late.push(writing)
    return defineCachedFunction(square, { name: 'square', maxAge: 60, storage, waitUntil })
  })
  expect(await one?.(3)).toBe(9)
  await Promise.all(late)
  expect(await other?.(3)).toBe(9)
  expect(square).toHaveBeenCalledTimes(1)
  await other?.invalidate(3)
  expect(await one?.(3)).toBe(9)
  expect(square).toHaveBeenCalledTimes(2)
})

test('a body of bytes comes back as the bytes that it was', async () => {
  const body = Uint8Array.of(0, 255, 128, 13, 10)
  const answer = vi.fn(() => new Response(body, { headers: { 'Content-Type': 'image/png' } }))
  const late: Promise<unknown>[] = []
  const [one, other] = twoStorages().map((storage) =>
    defineCachedHandler(answer, { name: 'picture', maxAge: 60, storage }),
  )
  const ask = async (handler: typeof one) => {
    const waitUntil = (writing: Promise<unknown>) => void late.push(writing)
    const req = Object.assign(new Request('https://site.test/a.png'), { waitUntil })
    const response = (await handler?.({ req })) as Response
    await Promise.all(late)
    return new Uint8Array(await response.arrayBuffer())
  }
  expect(await ask(one)).toEqual(body)
  expect(await ask(other)).toEqual(body)
  expect(answer).toHaveBeenCalledTimes(1)
})

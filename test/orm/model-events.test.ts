import { EventEmitter } from 'node:events'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Cache } from '../../src/contracts/cache.ts'
import { createCache } from '../../src/index.ts'
import { databaseChanges } from '../../src/orm/database-changes.ts'
import { modelEvents } from '../../src/orm/model-events.ts'

type User = { readonly id: number; readonly team: number }

let cache: Cache
beforeEach(() => {
  cache = createCache({ defaults: { ttl: null } })
})
afterEach(() => cache.close())

function userEvents() {
  const told: string[][] = []
  const changes = databaseChanges({
    columns: { users: ['id'] },
    cache: [cache, { invalidate: async (tags) => void told.push([...tags]) }],
  })
  const events = modelEvents(changes, {
    saved: (after: User, before?: User) => ({ table: 'users', rows: [{ before, after }] }),
    deleted: (before: User) => ({ table: 'users', rows: [{ before }] }),
    imported: () => [{ table: 'users' }, { table: 'posts' }],
    viewed: () => undefined,
  })
  return { changes, events, told }
}

describe('events', () => {
  test('of an emitter are told until they are no longer listened to', async () => {
    const { events, told } = userEvents()
    const signals = new EventEmitter()
    const stop = events.listen(signals)
    signals.emit('saved', { id: 1, team: 2 })
    signals.emit('deleted', { id: 2, team: 2 })
    signals.emit('imported')
    signals.emit('viewed')
    signals.emit('other')
    stop()
    signals.emit('saved', { id: 3, team: 2 })
    expect(signals.eventNames()).toEqual([])
    await Promise.resolve()
    expect(told).toEqual([
      ['db:users', 'db:users:id=1', 'db:*.users'],
      ['db:users', 'db:users:id=2', 'db:*.users'],
      ['db:users', 'db:users:id=*', 'db:*.users', 'db:posts', 'db:*.posts'],
    ])
  })

  test('of an event target are told until they are no longer listened to', async () => {
    const told: string[] = []
    const changes = databaseChanges({
      cache: { invalidate: async (tags) => void told.push(...tags) },
    })
    const events = modelEvents(changes, {
      saved: ({ detail }: CustomEvent<string>) => ({ table: detail }),
    })
    const target = new EventTarget()
    const stop = events.listen(target)
    target.dispatchEvent(new CustomEvent('saved', { detail: 'users' }))
    stop()
    target.dispatchEvent(new CustomEvent('saved', { detail: 'posts' }))
    await Promise.resolve()
    expect(told).toEqual(['db:users', 'db:*.users'])
  })

  test('that fail are an error of the emitter, where it takes them', async () => {
    const { changes } = userEvents()
    const events = modelEvents(changes, {
      saved: () => {
        throw new Error('not a user')
      },
    })
    const signals = new EventEmitter({ captureRejections: true })
    events.listen(signals)
    const failed = new Promise((resolve) => signals.on('error', resolve))
    signals.emit('saved')
    expect(await failed).toMatchObject({ message: 'not a user' })
    await expect(events.handle('saved')).rejects.toThrow('not a user')
  })

  test('are acknowledged once nothing older is served, and a batch is told at once', async () => {
    const { events, told } = userEvents()
    const acknowledged: string[] = []
    const changes = databaseChanges({
      cache: {
        invalidate: async () => {
          await new Promise((resolve) => setImmediate(resolve))
          acknowledged.push('invalidated')
        },
      },
    })
    const slow = modelEvents(changes, { saved: (table: string) => ({ table }) })
    await slow.handle('saved', 'users').then(() => acknowledged.push('acknowledged'))
    expect(acknowledged).toEqual(['invalidated', 'acknowledged'])

    await events.handleAll([
      ['saved', { id: 1, team: 1 }, { id: 1, team: 2 }],
      ['deleted', { id: 2, team: 1 }],
      ['viewed'],
    ])
    expect(told).toEqual([['db:users', 'db:users:id=1', 'db:*.users', 'db:users:id=2']])
    await events.handleAll([])
    await events.handle('viewed')
    expect(told).toHaveLength(1)
  })

  test('with no function are refused', () => {
    const { changes } = userEvents()
    expect(() => modelEvents(changes, { saved: 'users' as never })).toThrow('saved')
  })
})

/** A queue delivers at least once, in any order; the rows are what they are when it does. */
test('once all have arrived, however often and in whatever order, nothing old is served', async () => {
  const row = fc.record({
    id: fc.integer({ min: 1, max: 4 }),
    team: fc.integer({ min: 1, max: 2 }),
  })
  const property = fc.asyncProperty(
    fc.array(row, { maxLength: 8 }),
    fc.infiniteStream(fc.nat()),
    async (saves, dice) => {
      await cache.clear()
      const { changes, events } = userEvents()
      const table = new Map<number, User>()
      const roll = (sides: number) => (dice.next().value ?? 0) % sides
      const read = (id: number) =>
        cache.getOrSet(`${id}`, () => table.get(id)?.team ?? null, {
          tags: changes.tags.rows('users', { id }),
        })
      const queue: (readonly ['saved', User] | readonly ['saved', User, User])[] = []
      for (const row of saves) {
        const before = table.get(row.id)
        table.set(row.id, row)
        queue.push(before ? ['saved', row, before] : ['saved', row])
        await read(roll(4) + 1)
      }
      while (queue.length > 0) {
        const batch = Array.from({ length: roll(3) + 1 }, () => queue[roll(queue.length)]).filter(
          (event) => event !== undefined,
        )
        await events.handleAll(batch)
        // Some are delivered again.
        for (const event of batch) {
          if (roll(2) === 0 && queue.includes(event)) queue.splice(queue.indexOf(event), 1)
        }
        await read(roll(4) + 1)
      }
      for (const id of [1, 2, 3, 4]) expect(await read(id)).toBe(table.get(id)?.team ?? null)
    },
  )
  await fc.assert(property, { numRuns: 200 })
})

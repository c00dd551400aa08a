import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Recording } from '../../../src/http/exchange/recording.ts'

/** Parts of a body, what goes wrong at its end, the limit, and where its reader goes away. */
const cases = fc.record({
  lengths: fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 12 }),
  failing: fc.boolean(),
  limit: fc.integer({ min: 0, max: 200 }),
  room: fc.integer({ min: 0, max: 200 }),
  readsAtMost: fc.option(fc.nat(12), { nil: Infinity }),
})

function partsOf(lengths: readonly number[]): Uint8Array[] {
  let next = 0
  return lengths.map((length) => Uint8Array.from({ length }, () => next++ % 251))
}

test('the reader has every byte in order, the recording all or nothing, and the room is given back', async () => {
  await fc.assert(
    fc.asyncProperty(cases, fc.scheduler(), async (given, scheduler) => {
      const parts = partsOf(given.lengths)
      const room = { left: given.room }
      let ended = false
      const source = async function* () {
        try {
          for (const part of parts) yield await scheduler.schedule(Promise.resolve(part))
          if (given.failing) throw new Error('broken')
        } finally {
          ended = true
        }
      }
      const recording = new Recording(source(), given.limit, room)
      const read = (async () => {
        const got: Uint8Array[] = []
        try {
          for await (const part of recording.body) {
            if (got.length >= given.readsAtMost) return { got, end: 'left' }
            got.push(part)
            await scheduler.schedule(Promise.resolve())
          }
          return { got, end: 'done' }
        } catch {
          return { got, end: 'failed' }
        }
      })()
      await scheduler.waitFor(Promise.all([read, recording.whole]))
      const { got, end } = await read
      const whole = await recording.whole
      const all = Buffer.concat(parts)
      const taken = Buffer.concat(got)
      expect(all.subarray(0, taken.length)).toEqual(taken)
      if (end !== 'left') {
        expect(end).toBe(given.failing ? 'failed' : 'done')
        expect(taken.length).toBe(all.length)
      }
      const fits = all.length <= Math.min(given.limit, given.room)
      if (fits && !given.failing) expect(whole && Buffer.from(whole)).toEqual(all)
      else expect(whole).toBeUndefined()
      await scheduler.waitAll()
      expect(room.left).toBe(given.room)
      expect(ended).toBe(true)
    }),
    { numRuns: 500 },
  )
})

test('what is too long to be recorded is read no faster than it is taken', async () => {
  let given = 0
  const source = {
    [Symbol.asyncIterator]: () => ({
      next: async () => {
        given += 10
        return { done: false as const, value: new Uint8Array(10) }
      },
      return: async () => ({ done: true as const, value: undefined }),
    }),
  }
  const recording = new Recording(source, 100, { left: 1000 })
  expect(await recording.whole).toBeUndefined()
  expect(given).toBe(110)
  const reader = recording.body
  for (let part = 1; part <= 50; part++) {
    await reader.next()
    expect(given).toBe(Math.max(110, part * 10))
  }
})

test('a recording goes on when its reader has gone, and ends when it is given up as well', async () => {
  const whole = new Recording(some(3), 100, { left: 100 })
  whole.leave()
  expect(await whole.whole).toHaveLength(3)
  let returned = false
  const endless = {
    [Symbol.asyncIterator]: () => ({
      next: async () => ({ done: false as const, value: new Uint8Array(10) }),
      return: async () => {
        returned = true
        return { done: true as const, value: undefined }
      },
    }),
  }
  const given = new Recording(endless, 100, { left: 1000 })
  given.leave()
  expect(await given.whole).toBeUndefined()
  expect(returned).toBe(true)
})

async function* some(length: number) {
  for (let i = 0; i < length; i++) yield new Uint8Array(1)
}

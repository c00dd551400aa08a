import { expect, test } from 'vitest'
import { onDemand } from '../../src/kernel/on-demand.ts'

test('a part is fetched once for all, and there for whoever comes later', async () => {
  let fetched = 0
  const part = onDemand(async () => ++fetched)
  expect(part.here).toBeUndefined()
  expect(fetched).toBe(0)
  expect(await Promise.all([part.fetch(), part.fetch()])).toEqual([1, 1])
  expect(part.here).toBe(1)
  expect(await part.fetch()).toBe(1)
})

test('a failure is that of all who waited, and the next one tries again', async () => {
  const failure = new Error('not there')
  let fails = true
  const part = onDemand(async () => {
    if (fails) throw failure
    return 'part'
  })
  const waited = await Promise.allSettled([part.fetch(), part.fetch()])
  expect(waited.map((one) => one.status === 'rejected' && one.reason)).toEqual([failure, failure])
  expect(part.here).toBeUndefined()
  fails = false
  expect(await part.fetch()).toBe('part')
})

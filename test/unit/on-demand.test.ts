import { expect, test, vi } from 'vitest'
import { onDemand } from '../../src/kernel/on-demand.ts'

test('it is fetched once for all who ask, and is there from then on', async () => {
  const fetch = vi.fn(async () => 'part')
  const part = onDemand(fetch)
  expect([part.here, fetch.mock.calls.length]).toEqual([undefined, 0])
  expect(await Promise.all([part.fetch(), part.fetch()])).toEqual(['part', 'part'])
  expect(await part.fetch()).toBe('part')
  expect([part.here, fetch.mock.calls.length]).toEqual(['part', 1])
})

test('who asks after a failure tries again', async () => {
  let tries = 0
  const part = onDemand(async () => {
    if (++tries === 1) throw new Error('no way there')
    return tries
  })
  await expect(part.fetch()).rejects.toThrow('no way there')
  expect(part.here).toBeUndefined()
  expect(await part.fetch()).toBe(2)
})

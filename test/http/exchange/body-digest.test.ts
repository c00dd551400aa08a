import { createHash } from 'node:crypto'
import { afterEach, expect, test, vi } from 'vitest'
import { bodyDigest } from '../../../src/http/exchange/body-digest.ts'

afterEach(() => {
  vi.restoreAllMocks()
  vi.resetModules()
})

const bodies = [0, 1, 10_240, 64 * 1024, 64 * 1024 + 1, 1_000_000].map((length) =>
  Uint8Array.from({ length }, (_, i) => i % 251),
)
const expected = bodies.map((body) => createHash('sha256').update(body).digest('base64'))

test('a body has the same digest however long it is', async () => {
  expect(await Promise.all(bodies.map(bodyDigest))).toEqual(expected)
})

test('and where the runtime digests nothing in this turn', async () => {
  vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined as never)
  vi.resetModules()
  const elsewhere = await import('../../../src/http/exchange/body-digest.ts')
  expect(await Promise.all(bodies.map(elsewhere.bodyDigest))).toEqual(expected)
})

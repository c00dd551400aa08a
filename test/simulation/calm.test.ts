import { test } from 'vitest'
import { expectPromisesKept } from './simulate.ts'

test('promises are kept in any order of things', { timeout: 300_000 }, async () => {
  await expectPromisesKept('calm', 1_500)
})

import { test } from 'vitest'
import { expectPromisesKept } from './simulate.ts'

test('promises are kept while the store is down, frozen, slow, emptied or out of reach', {
  timeout: 300_000,
}, async () => {
  await expectPromisesKept('store', 2_500)
})

import { test } from 'vitest'
import { expectPromisesKept } from './simulate.ts'

test('promises are kept while the bus loses, repeats, reorders and delays, or is out of reach', {
  timeout: 300_000,
}, async () => {
  await expectPromisesKept('bus', 2_500)
})

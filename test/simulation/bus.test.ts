import { describe, test } from 'vitest'
import { expectPromisesKept, slices } from './simulate.ts'

describe('promises are kept while the bus loses, repeats, reorders and delays, or is out of reach', () => {
  test.each(slices(2_500))('seeds from %i to %i', async (from, to) => {
    await expectPromisesKept('bus', from, to)
  })
})

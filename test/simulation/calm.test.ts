import { describe, test } from 'vitest'
import { expectPromisesKept, slices } from './simulate.ts'

describe('promises are kept in any order of things', () => {
  test.each(slices(1_500))('seeds from %i to %i', async (from, to) => {
    await expectPromisesKept('calm', from, to)
  })
})

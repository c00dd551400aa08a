import { describe, test } from 'vitest'
import { expectPromisesKept, slices } from './simulate.ts'

describe('promises are kept whatever happens, crashes and clocks that disagree included', () => {
  test.each(slices(3_500))('seeds from %i to %i', async (from, to) => {
    await expectPromisesKept('everything', from, to)
  })
})

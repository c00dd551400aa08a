import { describe, expect, test } from 'vitest'
import { mutants } from './mutants.ts'
import { firstFailure } from './simulate.ts'

/** The last of the worlds in which one without the safeguard must be found out. */
const seeds = 11_999

describe('it shows that', () => {
  test.each(mutants)('$name', { timeout: 240_000 }, async ({ profile, mutate }) => {
    const restore = mutate()
    try {
      expect(await firstFailure(profile, 0, seeds)).not.toBe(undefined)
    } finally {
      restore()
    }
  })
})

import { test } from 'vitest'
import { expectPromisesKept } from './simulate.ts'

test('promises are kept whatever happens, crashes and clocks that disagree included', {
  timeout: 300_000,
}, async () => {
  await expectPromisesKept('everything', 3_500)
})

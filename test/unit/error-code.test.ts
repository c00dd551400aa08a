import { expect, test } from 'vitest'
import { codeOf } from '../../src/kernel/error-code.ts'

test.each([
  [Object.assign(new Error('gone'), { code: 'ENOENT' }), 'ENOENT'],
  [Object.assign(new Error('locked'), { code: 5 }), '5'],
  [new Error('without'), undefined],
  [{ code: 'ENOENT' }, undefined],
  ['ENOENT', undefined],
  [undefined, undefined],
])('the code of %j is %s', (error, code) => {
  expect(codeOf(error)).toBe(code)
})

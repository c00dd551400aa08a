import { expect, test } from 'vitest'
import { fieldsByName } from '../../../src/http/engine/fields.ts'

test('lines of one field are a list, whatever its name is on every object', () => {
  const lines = ['Constructor', 'a', 'x', 'b', 'X', 'c', 'toString', 'd', 'X', 'e']
  expect(fieldsByName(lines)).toEqual({ constructor: 'a', x: ['b', 'c', 'e'], tostring: 'd' })
})

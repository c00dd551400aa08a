import { expect, onTestFinished, test, vi } from 'vitest'
import { warn } from '../../src/kernel/warn.ts'

test('a warning says whose it is', () => {
  const emit = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  onTestFinished(() => emit.mockRestore())
  warn('watch out')
  expect(emit.mock.calls).toEqual([['watch out', { type: 'HotsetWarning' }]])
})

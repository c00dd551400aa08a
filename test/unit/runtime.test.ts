import { AsyncLocalStorage } from 'node:async_hooks'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { asyncStorage } from '../../src/kernel/async-storage.ts'
import { builtinModule } from '../../src/kernel/builtin-module.ts'
import { warn } from '../../src/kernel/warn.ts'

afterEach(() => void vi.unstubAllGlobals())

/** Puts another runtime in place: what it has for a `process`, if anything. */
function runOn(process: object | undefined): void {
  vi.stubGlobal('process', process)
}

/** What runtimes are like that have no `process`, or one without what is asked of it. */
const lesser = [undefined, {}]

describe('a module of the runtime', () => {
  test('is the one that it brings along', () => {
    expect(builtinModule('node:async_hooks')).toHaveProperty('AsyncLocalStorage', AsyncLocalStorage)
    expect(builtinModule('node:no_such_module')).toBeUndefined()
  })

  test.each(lesser)('is none where the process is %j', (process) => {
    runOn(process)
    expect(builtinModule('node:async_hooks')).toBeUndefined()
  })
})

describe('a warning', () => {
  test('is told to the process, as one of ours', () => {
    const emitWarning = vi.fn()
    runOn({ emitWarning })
    warn('It is late.')
    expect(emitWarning.mock.calls).toEqual([['It is late.', { type: 'HotsetWarning' }]])
  })

  test.each(lesser)('is told to nobody where the process is %j', (process) => {
    runOn(process)
    expect(() => warn('It is late.')).not.toThrow()
  })
})

describe('a storage that follows calls', () => {
  test('knows a value in a call and in whatever it calls, awaited or not', async () => {
    const storage = asyncStorage<number>()
    expect(storage?.getStore()).toBeUndefined()
    const seen = await storage?.run(1, async () => {
      const before = storage.getStore()
      await Promise.resolve()
      return [before, storage.getStore()]
    })
    expect(seen).toEqual([1, 1])
    expect(storage?.getStore()).toBeUndefined()
  })

  test('follows none any more once it is disabled', () => {
    const storage = asyncStorage<number>()
    storage?.run(1, () => {
      storage.disable?.()
      expect(storage.getStore()).toBeUndefined()
    })
    expect(storage?.run(2, () => storage.getStore())).toBe(2)
  })

  test('does so where the runtime cannot disable it, and has no such method then', () => {
    class Undisabled<T> extends AsyncLocalStorage<T> {
      override disable(): void {
        throw new Error('Not here')
      }
    }
    runOn({ getBuiltinModule: () => ({ AsyncLocalStorage: Undisabled }) })
    const storage = asyncStorage<number>()
    expect(storage?.disable).toBeUndefined()
    expect(storage?.run(1, () => storage.getStore())).toBe(1)
    expect(storage?.getStore()).toBeUndefined()
  })

  test.each(lesser)('is none where the process is %j', (process) => {
    runOn(process)
    expect(asyncStorage()).toBeUndefined()
  })
})

import { builtinModule } from './builtin-module.ts'

/** Knows a value in a call and in whatever it calls, awaited or not. */
export interface AsyncStorage<T> {
  getStore(): T | undefined
  run<R>(value: T, body: () => R): R
  /** Follows no calls any more, until the next `run`. Not on every runtime. */
  disable?(): void
}

interface AsyncHooks {
  readonly AsyncLocalStorage: new <T>() => AsyncStorage<T>
}

/** The runtime's own; `undefined` where it cannot follow asynchronous calls (a browser). */
export function asyncStorage<T>(): AsyncStorage<T> | undefined {
  const hooks = builtinModule<AsyncHooks>('node:async_hooks')
  if (hooks === undefined) return undefined
  const storage = new hooks.AsyncLocalStorage<T>()
  if (canBeDisabled(storage)) return storage
  return { getStore: () => storage.getStore(), run: (value, body) => storage.run(value, body) }
}

/** workerd has the method, but not what it does. */
function canBeDisabled(storage: AsyncStorage<unknown>): boolean {
  try {
    storage.disable?.()
    return true
  } catch {
    return false
  }
}

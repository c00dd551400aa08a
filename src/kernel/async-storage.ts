/** Knows a value in a call and in whatever it calls, awaited or not. */
export interface AsyncStorage<T> {
  getStore(): T | undefined
  run<R>(value: T, body: () => R): R
  /** Follows no calls any more, until the next `run`. Not on every runtime. */
  disable?(): void
}

interface Runtime {
  getBuiltinModule?(name: string): { AsyncLocalStorage: new <T>() => AsyncStorage<T> } | undefined
}

/** The runtime's own; `undefined` where it cannot follow asynchronous calls (a browser). */
export function asyncStorage<T>(): AsyncStorage<T> | undefined {
  const runtime = (globalThis as { process?: Runtime }).process
  const hooks = runtime?.getBuiltinModule?.('node:async_hooks')
  return hooks && new hooks.AsyncLocalStorage<T>()
}

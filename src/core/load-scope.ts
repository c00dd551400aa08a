/** Knows, inside a loader and whatever it calls, which load is running. */
export interface LoadScope<Load> {
  current(): Load | undefined
  run<T>(load: Load, body: () => T): T
}

interface AsyncStorage<Load> {
  getStore(): Load | undefined
  run<T>(store: Load, body: () => T): T
}

interface Runtime {
  getBuiltinModule?(name: string): { AsyncLocalStorage: new <L>() => AsyncStorage<L> } | undefined
}

/**
 * Where the runtime can follow asynchronous calls, a load that waits for itself is found and
 * refused. Elsewhere (a browser) only the deadlines end such a wait.
 */
export function loadScope<Load>(): LoadScope<Load> {
  const runtime = (globalThis as { process?: Runtime }).process
  const hooks = runtime?.getBuiltinModule?.('node:async_hooks')
  if (hooks === undefined) return { current: () => undefined, run: (_, body) => body() }
  const storage = new hooks.AsyncLocalStorage<Load>()
  return { current: () => storage.getStore(), run: (load, body) => storage.run(load, body) }
}

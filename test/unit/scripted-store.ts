import type { Store } from '../../src/contracts/store.ts'

type Around = (run: () => Promise<unknown>) => Promise<unknown>

/** What happens around the next call of an operation, once. */
export type Script = Partial<Record<keyof Store, Around>>

/** The store, but for what `script` says when an operation is called. */
export function scriptedStore(store: Store, script: Script): Store {
  return new Proxy(store, {
    get(_, name: keyof Store) {
      const operation = store[name]
      if (typeof operation !== 'function') return operation
      return (...given: readonly unknown[]) => {
        const { [name]: around } = script
        delete script[name]
        const run = () => Reflect.apply(operation, store, given)
        return around === undefined ? run() : around(run)
      }
    },
  })
}

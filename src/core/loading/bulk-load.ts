import type { BulkLoader, Loader } from '../../contracts/cache.ts'
import { LoaderFailedError } from '../../kernel/errors.ts'
import { show } from '../../kernel/expect.ts'
import type { Permits } from '../../kernel/permits.ts'
import type { Flight } from './flight.ts'
import { omitted } from './load.ts'
import { loadScope } from './load-scope.ts'

/** Loads one key of several by itself, or tells by `onWait` that it need not be loaded yet. */
export type LoadShare<T> = (key: string, load: Loader<T>, onWait: () => void) => Promise<T>

/**
 * The values of many keys, each resolved as one is by `getOrSet`, and one call of the loader for all
 * that turn out to be missing, in its turn if it needs a permit. Keys that the loader leaves out are
 * left out of the answer.
 */
export async function loadTogether<T>(
  keys: Iterable<string>,
  loader: BulkLoader<T>,
  permits: Permits | undefined,
  getOrSet: LoadShare<T>,
): Promise<Map<string, T>> {
  const values = new Map<string, T>()
  const distinct = [...new Set(keys)]
  const answers = await Promise.all(loadEach(distinct, loader, permits, getOrSet))
  for (const [i, key] of distinct.entries()) {
    const answer = answers[i]
    if (answer !== undefined) values.set(key, answer.value)
  }
  return values
}

/** The same, each key by itself: undefined is the answer for one that the loader leaves out. */
export function loadEach<T>(
  keys: readonly string[],
  loader: BulkLoader<T>,
  permits: Permits | undefined,
  getOrSet: LoadShare<T>,
): Promise<{ readonly value: T } | undefined>[] {
  const bulk = new BulkLoad(loader, keys.length, permits)
  return keys.map(async (key) => {
    const { load, depart } = bulk.share(key)
    try {
      return { value: await getOrSet(key, load, depart) }
    } catch (error) {
      if (error === omitted) return undefined
      throw error
    } finally {
      depart()
    }
  })
}

interface Arrival<T> {
  readonly key: string
  readonly signal: AbortSignal
  /** Undefined where loads are not followed. */
  readonly flight: Flight | undefined
  readonly resolve: (value: T | PromiseLike<T>) => void
  readonly reject: (error: unknown) => void
}

/**
 * One call of a bulk loader for many single loads: it waits until each key either needs loading or
 * turns out not to (it was found, or somebody else loads it), then loads those that do. A key that
 * needs loading only later (who had its lease died) is loaded then.
 */
class BulkLoad<T> {
  readonly #loader: BulkLoader<T>
  readonly #permits: Permits | undefined
  #expected: number
  #arrived: Arrival<T>[] = []

  constructor(loader: BulkLoader<T>, expected: number, permits: Permits | undefined) {
    this.#loader = loader
    this.#expected = expected
    this.#permits = permits
  }

  /** The loader of one key, and what to call once the others need not wait for that key. */
  share(key: string): { load: Loader<T>; depart: () => void } {
    let counted = true
    const depart = () => {
      if (!counted) return
      counted = false
      this.#expected--
      this.#startWhenComplete()
    }
    const load: Loader<T> = ({ signal }) =>
      new Promise<T>((resolve, reject) => {
        this.#arrived.push({ key, signal, flight: loadScope.current(), resolve, reject })
        if (counted) depart()
        else this.#startWhenComplete()
      })
    return { load, depart }
  }

  #startWhenComplete(): void {
    if (this.#expected > 0 || this.#arrived.length === 0) return
    const arrived = this.#arrived
    this.#arrived = []
    void this.#run(arrived)
  }

  async #run(arrived: readonly Arrival<T>[]): Promise<void> {
    await this.#permits?.take()
    try {
      const keys = arrived.map(({ key }) => key)
      const signal = abortedByAll(arrived.map((arrival) => arrival.signal))
      const result = await together(arrived, () => this.#loader(keys, { signal }))
      for (const { key, resolve, reject } of arrived) {
        const found = valueIn(result, key)
        if (found === undefined) reject(omitted)
        else resolve(found.value as T)
      }
    } catch (error) {
      for (const { reject } of arrived) reject(error)
    } finally {
      this.#permits?.giveBack()
    }
  }
}

/**
 * The loader runs as that of one of the flights, for which the others wait: should it ask for one of
 * its own keys, it would wait for itself.
 */
function together<T>(arrived: readonly Pick<Arrival<never>, 'flight'>[], load: () => T): T {
  const [first, ...others] = arrived.flatMap(({ flight }) => flight ?? [])
  if (first === undefined) return load()
  for (const other of others) if (other !== first) other.waitsFor.add(first)
  return loadScope.run(first, load)
}

function valueIn(result: unknown, key: string): { value: unknown } | undefined {
  if (result instanceof Map) return result.has(key) ? { value: result.get(key) } : undefined
  if (typeof result === 'object' && result !== null && !Array.isArray(result)) {
    return Object.hasOwn(result, key) ? { value: Reflect.get(result, key) } : undefined
  }
  throw new LoaderFailedError(
    `Expected the bulk loader to answer a Map or an object by key, got ${show(result)}`,
  )
}

/** Aborted once every one of the signals is. */
function abortedByAll(signals: readonly AbortSignal[]): AbortSignal {
  const controller = new AbortController()
  let left = signals.filter((signal) => !signal.aborted).length
  if (left === 0) controller.abort()
  for (const signal of signals) {
    signal.addEventListener('abort', () => {
      left--
      if (left === 0) controller.abort(signal.reason)
    })
  }
  return controller.signal
}

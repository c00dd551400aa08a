import type { Clock } from '../contracts/clock.ts'
import type { Bytes, Store } from '../contracts/store.ts'
import { StoreError } from '../kernel/errors.ts'
import { expectFunction, expectOptions } from '../kernel/expect.ts'
import { systemClock } from '../kernel/system-clock.ts'
import { backendStore } from './backend-store.ts'
import { storeFailure } from './store-failure.ts'

/** What is needed of a storage adapter of Keyv, of a `Keyv` itself, or of a `Map`. */
export interface KeyvBackend {
  /** Answers what was set, or a promise of it; `undefined` or `null` where there is nothing. */
  get(key: string): unknown
  /**
   * `life` is in milliseconds or, where `capabilities` say so, an instant in epoch milliseconds; none is
   * for ever. An answer of `false` is a failure.
   */
  set(key: string, value: string, life?: number): unknown
  /** Answers, or promises, whether there was something. */
  delete(key: string): unknown
  getMany?(keys: string[]): unknown
  /** Of a `Keyv`: what it keeps, with the value as its `value`. */
  getRaw?(key: string): unknown
  /** Of a `Keyv`: the adapter in it. */
  readonly store?: unknown
  /** Of an adapter of version 6: whether `set` takes the instant of expiry. @default false */
  readonly capabilities?: { readonly expires?: boolean | undefined } | undefined
  /** An error that is told while an operation runs makes it fail. */
  on?(event: 'error', listener: (error: unknown) => void): unknown
}

/** What a store on a backend of Keyv needs besides it. */
export interface KeyvStoreOptions {
  /** Tells the time. @default the system's */
  readonly clock?: Clock | undefined
}

const known: ReadonlySet<string> = new Set(['clock'])

/**
 * A store on whatever has an adapter for Keyv. Values are kept as text (base64), names are hashes.
 * Nothing can be compared and set: there are no leases between processes, and a load that a deletion
 * of another process overtook may put back what it read. The backend is not closed.
 */
export function keyvStore(backend: KeyvBackend, options: KeyvStoreOptions = {}): Store {
  expectOptions('keyvStore', options, known)
  for (const name of ['get', 'set', 'delete'] as const) {
    expectFunction(`backend.${name}`, backend?.[name])
  }
  const failures = failuresOf(backend)
  const clock = options.clock ?? systemClock
  const takesInstant = backend.capabilities?.expires === true
  return backendStore(
    'keyv',
    {
      async read(names) {
        const found = await failures.heeded(() => readAll(backend, names))
        if (!Array.isArray(found) || found.length !== names.length) {
          throw new StoreError('The keyv store failed: `getMany` did not answer a value a key')
        }
        return found.map(bytesOf)
      },
      async write(name, bytes, ms) {
        const { buffer, byteOffset, length } = bytes
        const text = Buffer.from(buffer, byteOffset, length).toString('base64')
        const life = takesInstant && ms !== undefined ? clock.now() + ms : ms
        const answer = await failures.heeded(() => backend.set(name, text, life))
        if (answer === false) throw new StoreError('The keyv store failed: `set` answered false')
      },
      async remove(name) {
        return (await failures.heeded(() => backend.delete(name))) !== false
      },
    },
    clock,
  )
}

/**
 * What a backend tells of as an event: Keyv, and many an adapter, answer as if nothing were there, or
 * `false`, for what has failed.
 */
class ToldFailures {
  #count = 0
  #last: unknown

  constructor(backend: KeyvBackend) {
    // Without a listener an event `error` would end the process.
    backend.on?.('error', (error) => {
      this.#count++
      this.#last = error
    })
  }

  /** Rejects if a failure was told meanwhile: it may be another operation's, but none is taken for done. */
  async heeded(operation: () => unknown): Promise<unknown> {
    const before = this.#count
    const answer = await operation()
    if (this.#count > before) throw storeFailure('The keyv store', this.#last)
    return answer
  }
}

const failures = new WeakMap<KeyvBackend, ToldFailures>()

/** One listener a backend, however many stores are on it. */
function failuresOf(backend: KeyvBackend): ToldFailures {
  const told = failures.get(backend) ?? new ToldFailures(backend)
  failures.set(backend, told)
  return told
}

function readAll(backend: KeyvBackend, names: readonly string[]): unknown {
  if (backend.getMany && !dropsFailures(backend)) return backend.getMany([...names])
  return Promise.all(names.map((name) => readOne(backend, name)))
}

async function readOne(backend: KeyvBackend, name: string): Promise<unknown> {
  if (!dropsFailures(backend)) return backend.get(name)
  const found = await backend.getRaw?.(name)
  return isRecord(found) ? found['value'] : undefined
}

/** Keyv 5 reads without a word of what fails, where its adapter has no batches; but for `getRaw`. */
function dropsFailures({ getRaw, store }: KeyvBackend): boolean {
  return getRaw !== undefined && isRecord(store) && store['getMany'] === undefined
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** Some adapters answer text as the bytes of it. */
function bytesOf(value: unknown): Bytes | undefined {
  if (typeof value === 'string') return Buffer.from(value, 'base64')
  return Buffer.isBuffer(value) ? Buffer.from(value.toString('latin1'), 'base64') : undefined
}

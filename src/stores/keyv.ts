import type { Clock } from '../contracts/clock.ts'
import type { Bytes, Store } from '../contracts/store.ts'
import { StoreError } from '../kernel/errors.ts'
import { expectFunction, expectOptions } from '../kernel/expect.ts'
import { systemClock } from '../kernel/system-clock.ts'
import { backendStore } from './backend-store.ts'

/** What is needed of a storage adapter of Keyv, of a `Keyv` itself, or of a `Map`. */
export interface KeyvBackend {
  /** Answers what was set, or a promise of it; `undefined` or `null` where there is nothing. */
  get(key: string): unknown
  /** `ttl` is in milliseconds; none is for ever. */
  set(key: string, value: string, ttl?: number): unknown
  /** Answers, or promises, whether there was something. */
  delete(key: string): unknown
  getMany?(keys: string[]): unknown
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
  // An adapter that tells of an error where nobody listens would end the process.
  if (!heard.has(backend)) backend.on?.('error', () => {})
  heard.add(backend)
  return backendStore(
    'keyv',
    {
      async read(names) {
        const found = await (backend.getMany
          ? backend.getMany([...names])
          : Promise.all(names.map((name) => backend.get(name))))
        if (!Array.isArray(found) || found.length !== names.length) {
          throw new StoreError('The keyv store failed: `getMany` did not answer a value a key')
        }
        return found.map(bytesOf)
      },
      async write(name, bytes, ms) {
        const { buffer, byteOffset, length } = bytes
        await backend.set(name, Buffer.from(buffer, byteOffset, length).toString('base64'), ms)
      },
      async remove(name) {
        return (await backend.delete(name)) !== false
      },
    },
    options.clock ?? systemClock,
  )
}

const heard = new WeakSet<KeyvBackend>()

/** Some adapters answer text as the bytes of it. */
function bytesOf(value: unknown): Bytes | undefined {
  if (typeof value === 'string') return Buffer.from(value, 'base64')
  return Buffer.isBuffer(value) ? Buffer.from(value.toString('latin1'), 'base64') : undefined
}

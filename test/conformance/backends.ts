import type { Clock } from '../../src/contracts/clock.ts'
import type { KeyvBackend } from '../../src/stores/keyv.ts'
import type { UnstorageBackend } from '../../src/stores/unstorage.ts'

/** Backends as others have them: each does what is documented of one, and nothing beyond it. */

/** Keeps times to live, answers batches, and tells errors as events. */
export class ExpiringAdapter implements KeyvBackend {
  readonly #items = new Map<string, { value: string; until: number }>()
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  async get(key: string): Promise<string | undefined> {
    const item = this.#items.get(key)
    return item && item.until > this.#clock.now() ? item.value : undefined
  }

  getMany(keys: string[]): Promise<(string | undefined)[]> {
    return Promise.all(keys.map((key) => this.get(key)))
  }

  async set(key: string, value: string, ttl?: number): Promise<boolean> {
    this.#items.set(key, { value, until: ttl ? this.#clock.now() + ttl : Infinity })
    return true
  }

  async delete(key: string): Promise<boolean> {
    return this.#items.delete(key)
  }
}

/** Keeps everything for ever, as a table whose rows nobody expires; answers `null` and bytes. */
export function keepingAdapter(): KeyvBackend {
  const rows = new Map<string, Buffer>()
  return {
    get: async (key) => rows.get(key) ?? null,
    async set(key, value) {
      rows.set(key, Buffer.from(value))
    },
    async delete(key) {
      rows.delete(key)
    },
  }
}

/**
 * Names are made uniform, then a driver sees them: one that keeps what it was given, or one that
 * keeps text alone, which others put in front of bytes and take away.
 */
export function storage(driver: 'bytes' | 'text' | 'expiring', clock: Clock): UnstorageBackend {
  const items = new Map<string, { value: unknown; until: number }>()
  const uniform = (key: string) =>
    (key.split('?')[0] as string).replace(/[/\\]/g, ':').replace(/:+/g, ':').replace(/^:|:$/g, '')
  return {
    async getItemRaw(key) {
      const item = items.get(uniform(key))
      if (!item || item.until <= clock.now()) return null
      if (typeof item.value !== 'string') return item.value
      return Uint8Array.from(Buffer.from(item.value.slice('base64:'.length), 'base64'))
    },
    async setItemRaw(key, value, { ttl } = {}) {
      const kept = {
        bytes: () => value,
        text: () => `base64:${Buffer.from(value).toString('base64')}`,
        expiring: () => Uint8Array.from(value).buffer,
      }[driver]()
      const until = driver === 'expiring' && ttl ? clock.now() + ttl * 1000 : Infinity
      items.set(uniform(key), { value: kept, until })
    },
    async removeItem(key) {
      items.delete(uniform(key))
    },
  }
}

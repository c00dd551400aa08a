import type { Bytes, StoreRecord } from '../../contracts/store.ts'
import { counterBytes, counterIn } from '../../kernel/counter.ts'
import { StoreDownError, StoreError } from '../../kernel/errors.ts'
import { Serial } from '../../kernel/serial.ts'
import { stampOf } from '../../kernel/stamp.ts'
import { counterCodec, readEnvelope, writeEntry } from '../behind/envelope.ts'
import type { StoreTier } from '../behind/store-tier.ts'
import type { RegisterPlace } from '../keyspace.ts'
import type { CacheState } from '../state.ts'
import { type Content, LocalRegisters } from './local-registers.ts'

/** What becomes of a register. */
export interface Change<Value, Answer> {
  readonly answer: Answer
  /** What it holds from now on; undefined leaves it. */
  readonly next?: Content & { readonly value: Value }
}

export type Decide<Value, Answer> = (
  current: Value | undefined,
  now: number,
) => Change<Value, Answer>

/** The id of the JSON codec, which is what registers other than numbers are written with. */
const jsonCodec = 1
/** Most times that a change is tried again because another process was faster. */
const mostAttempts = 200

/**
 * Small values that many processes change: what locks and limits are made of. In the store, where
 * there is one that can compare and set, without a copy in memory; else in this process. Unlike
 * entries they belong to no generation, so that no `clear` removes them, and they never go on
 * without the store: where it fails, so do they.
 */
export class Registers {
  readonly #state: CacheState
  readonly #serial = new Serial()
  readonly #local = new LocalRegisters()

  constructor(state: CacheState) {
    this.#state = state
  }

  /** Changes a register, atomically: `decide` may be asked again when another process was faster. */
  async update<Value, Answer>(
    place: RegisterPlace,
    decide: Decide<Value, Answer>,
  ): Promise<Answer> {
    const store = await this.#store()
    if (store === undefined) return this.#updateLocal(place, decide)
    return this.#serial.run(place.physicalKey, () => this.#updateStore(store, place, decide))
  }

  /** Adds to a number that begins at 0, in one step where the store can do that; answers the sum. */
  async add(place: RegisterPlace, by: number, expiresAt: number): Promise<number> {
    const store = await this.#store()
    if (store?.counts) {
      const bytes = await store.increment(place.physicalKey, by, this.#state.stamp())
      if (bytes !== undefined) return contentOf(place, bytes) as number
    }
    return this.update<number, number>(place, (current = 0) => {
      const sum = Math.max(0, current + by)
      return { answer: sum, next: { value: sum, expiresAt } }
    })
  }

  /** The number in a register; 0 where there is none. */
  async count(place: RegisterPlace): Promise<number> {
    const store = await this.#store()
    if (store === undefined) return (this.#local.get(place.physicalKey) ?? 0) as number
    const bytes = await store.read(place.physicalKey)
    return bytes === undefined ? 0 : (contentOf(place, bytes) as number)
  }

  async remove(places: readonly RegisterPlace[]): Promise<void> {
    const keys = places.map(({ physicalKey }) => physicalKey)
    const store = await this.#store()
    if (store !== undefined) await store.remove(keys)
    else for (const key of keys) this.#local.delete(key)
  }

  /** Ends the waits for a change of the register, here and in the other processes. */
  tell({ memoryKey }: RegisterPlace): void {
    this.#state.wakers.wake(memoryKey)
    this.#state.inBackground(this.#state.publish('keys', [memoryKey]))
  }

  /** Undefined where there is none to be shared. */
  async #store(): Promise<StoreTier | undefined> {
    const state = this.#state
    state.expectOpen()
    if (!state.enabled) {
      throw new StoreDownError(
        `The cache "${state.name}" is disabled: it can neither lock nor limit`,
      )
    }
    const store = state.backed ? (await state.connect()).store : undefined
    if (store?.atomic === false) {
      throw new StoreError(
        `The store "${store.name}" cannot compare and set, which locks and limits need`,
      )
    }
    return store
  }

  #updateLocal<Value, Answer>(place: RegisterPlace, decide: Decide<Value, Answer>): Answer {
    const now = this.#state.clock.now()
    const current = this.#local.get(place.physicalKey) as Value | undefined
    const { answer, next } = decide(current, now)
    if (next !== undefined) this.#local.set(place.physicalKey, next, now)
    return answer
  }

  async #updateStore<Value, Answer>(
    store: StoreTier,
    place: RegisterPlace,
    decide: Decide<Value, Answer>,
  ): Promise<Answer> {
    const key = place.physicalKey
    for (let attempt = 0; attempt < mostAttempts; attempt++) {
      const bytes = await store.read(key)
      const current = bytes && (contentOf(place, bytes) as Value)
      const now = this.#state.clock.now()
      const { answer, next } = decide(current, now)
      if (next === undefined) return answer
      const record = sealed(place, next, now, this.#state.stamp())
      const done = bytes ? store.replace(key, stampOf(bytes), record) : store.add(record)
      if (await done) return answer
    }
    throw new StoreError(
      `The store "${store.name}" did not take a change of "${key}" in ${mostAttempts} attempts`,
    )
  }
}

function sealed(
  { physicalKey: key }: RegisterPlace,
  { value, expiresAt }: Content,
  now: number,
  stamp: Bytes,
): StoreRecord {
  const isNumber = typeof value === 'number'
  const header = {
    key,
    createdAt: now,
    staleAt: expiresAt,
    revalidateUntil: expiresAt,
    errorUntil: expiresAt,
    sliding: 0,
    slidingCap: expiresAt,
    eagerAt: Infinity,
    retryAt: 0,
    leaseUntil: 0,
    loadMs: 0,
    negative: false,
    etag: undefined,
    lastModified: undefined,
    tags: [],
    codec: isNumber ? counterCodec : jsonCodec,
  }
  const payload = isNumber ? counterBytes(value) : new TextEncoder().encode(JSON.stringify(value))
  // A bounded store may forget a count, if it must, but not who holds a lock.
  return { key, value: writeEntry(header, payload, stamp), expiresAt, keep: !isNumber }
}

/** Throws for bytes that are damaged: who cannot tell whether a lock is free must not say so. */
function contentOf({ physicalKey }: RegisterPlace, bytes: Bytes): unknown {
  const envelope = readEnvelope(bytes, physicalKey)
  if (envelope?.kind !== 'entry') {
    throw new StoreError(`What the store has under "${physicalKey}" cannot be read`)
  }
  return envelope.codec === counterCodec
    ? counterIn(envelope.payload)
    : JSON.parse(new TextDecoder().decode(envelope.payload))
}

import type { Bytes, Store, StoreRecord } from '../contracts/store.ts'
import {
  counterBytes,
  counterIn,
  counterKind,
  kindOffset,
  numberLength,
} from '../kernel/counter.ts'
import { stampLength, stampOffset } from '../kernel/stamp.ts'

/** What some stores have and others have not. */
export type StoreCapability =
  | 'addMany'
  | 'replaceMany'
  | 'incrementMany'
  | 'getHeads'
  | 'scan'
  | 'prune'
  | 'usage'

/** One thing that every store must do, for any test runner. */
export interface StoreCase {
  /** What it must do, to go on from "a store". */
  readonly name: string
  /** What the store must be able to do for the case to make sense. */
  readonly needs: readonly StoreCapability[]
  /** Rejects where the store breaks the contract. The store may hold other records. */
  run(store: Store, world: StoreWorld): Promise<void>
}

/** What a case needs to know of the world around the store. */
export interface StoreWorld {
  /** A key that was never used, and that none begins with: at most 64 letters, digits, `-` and `:`. */
  key(): string
  /** Epoch milliseconds, by the clock of the store. */
  now(): number
  /** Resolves when so many milliseconds, 1,000 or more, have passed for the store. */
  pass(ms: number): Promise<void>
  /** Length of a value that the store must refuse. @default none: it takes a million bytes */
  readonly tooLarge?: number | undefined
}

type Able<C extends StoreCapability> = Store & Required<Pick<Store, C>>

/** A case for stores that can do what it needs; with others it rejects. */
export function storeCase<C extends StoreCapability = never>(
  name: string,
  needs: readonly C[],
  run: (store: Able<C>, world: StoreWorld) => Promise<void>,
): StoreCase {
  return {
    name,
    needs,
    async run(store, world) {
      if (!isAble(store, needs)) {
        throw new Error(`This case needs a store that has ${needs.join(' and ')}`)
      }
      await run(store, world)
    },
  }
}

function isAble<C extends StoreCapability>(store: Store, needs: readonly C[]): store is Able<C> {
  return needs.every((capability) => store[capability])
}

/** A record that does not expire, unless told. */
export function record(
  key: string,
  value: Bytes | string,
  expiresAt: number = Infinity,
): StoreRecord {
  return { key, value: typeof value === 'string' ? utf8(value) : value, expiresAt }
}

/** Eight bytes that name a write. */
export function stampFrom(number: number): Bytes {
  const stamp = new Uint8Array(stampLength)
  new DataView(stamp.buffer).setFloat64(0, number)
  return stamp
}

/** A value that carries the stamp of this number, and a text. */
export function stamped(number: number, text: string = ''): Bytes {
  const value = new Uint8Array(stampOffset + stampLength + utf8(text).length)
  value.set(stampFrom(number), stampOffset)
  value.set(utf8(text), stampOffset + stampLength)
  return value
}

/** A counter that carries the stamp of the first number, and the second: that may be a bad one. */
export function counted(stamp: number, number: number | string, text: string = ''): Bytes {
  const end =
    typeof number === 'number'
      ? String.fromCharCode(...counterBytes(number))
      : number.padStart(numberLength).repeat(2)
  const value = stamped(stamp, text + end)
  value[kindOffset] = counterKind
  return value
}

/** The number that a counter has come to. */
export function countIn(value: Bytes | undefined): number | undefined {
  return value && counterIn(value)
}

/** What the store has under each key, as text; `undefined` where there is nothing. */
export async function read(store: Store, ...keys: string[]): Promise<(string | undefined)[]> {
  const found = await store.getMany(keys)
  return found.map((value) => value && new TextDecoder('latin1').decode(value))
}

/** As `read` shows it. */
export function shown(value: Bytes | string): string {
  return new TextDecoder('latin1').decode(typeof value === 'string' ? utf8(value) : value)
}

function utf8(text: string): Bytes {
  return new TextEncoder().encode(text)
}

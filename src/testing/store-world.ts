import { systemClock } from '../kernel/system-clock.ts'
import type { StoreWorld } from './store-case.ts'

let worlds = 0

/** What the store under test needs. */
export interface StoreWorldOptions {
  /** What the store reads the time from. @default the system's clock, and real waiting */
  readonly clock?: { now(): number; pass(ms: number): Promise<void> } | undefined
  /** Length of a value that the store must refuse. @default none: it takes a million bytes */
  readonly tooLarge?: number | undefined
}

/** What the cases need to know: time as the store sees it, and keys that nobody else uses. */
export function storeWorld(options: StoreWorldOptions = {}): StoreWorld {
  const { clock = realTime, tooLarge } = options
  const self = `${crypto.randomUUID()}-${worlds++}`
  let keys = 0
  return { key: () => `${self}:${keys++}:`, now: clock.now, pass: clock.pass, tooLarge }
}

const realTime = {
  now: systemClock.now,
  pass: (ms: number): Promise<void> =>
    new Promise((resolve) => void systemClock.schedule(ms, resolve, 'foreground')),
}

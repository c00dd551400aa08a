import type { Bus, BusListener } from '../contracts/bus.ts'
import type { Bytes } from '../contracts/store.ts'
import { BusError } from '../kernel/errors.ts'

/** What becomes of messages on their way. */
export interface BusFaults {
  /** What becomes of a message on its way to the listeners; they are counted from 0. @default 'deliver' */
  readonly arriving?: (message: Bytes, number: number) => 'deliver' | 'lose' | 'repeat' | 'hold'
  /** What becomes of a publication; they are counted from 0. A lost one is not noticed. @default 'publish' */
  readonly leaving?: (message: Bytes, number: number) => 'publish' | 'lose' | 'fail' | 'hang'
}

/** A bus that loses, holds back and repeats what a test says. */
export interface FaultyBus extends Bus {
  /** Delivers what is held, in order. */
  release(): void
  /** Tells every listener of a gap. */
  gap(reason: string): void
}

/** A bus that does what a script says to what passes through it, and is otherwise the one it wraps. */
export function faultyBus(bus: Bus, faults: BusFaults): FaultyBus {
  const { arriving = () => 'deliver', leaving = () => 'publish' } = faults
  const seats = new Set<{ readonly listener: BusListener }>()
  const held: (() => void)[] = []
  let arrived = 0
  let left = 0

  return {
    name: bus.name,
    async publish(message) {
      const fate = leaving(message, left++)
      if (fate === 'hang') return new Promise(() => {})
      if (fate === 'fail') throw new BusError('A scripted failure')
      if (fate === 'publish') await bus.publish(message)
    },
    async subscribe(listener) {
      const seat = { listener }
      seats.add(seat)
      const leave = await bus.subscribe({
        message(bytes) {
          const deliver = () => {
            if (seats.has(seat)) listener.message(bytes)
          }
          const fate = arriving(bytes, arrived++)
          if (fate === 'hold') held.push(deliver)
          if (fate === 'repeat') deliver()
          if (fate === 'repeat' || fate === 'deliver') deliver()
        },
        gap: (reason) => listener.gap(reason),
      })
      return async () => {
        seats.delete(seat)
        await leave()
      }
    },
    ...(bus.poll && { poll: () => bus.poll?.() }),
    close: () => bus.close(),
    release() {
      for (const deliver of held.splice(0)) deliver()
    },
    gap(reason) {
      for (const { listener } of seats) listener.gap(reason)
    },
  }
}

import { onTestFinished } from 'vitest'
import type { CacheEvent } from '../../src/contracts/events.ts'
import { channels } from '../../src/kernel/channels.ts'
import { type Listeners, subscribe } from '../../src/telemetry/subscribe.ts'

export type EventType = CacheEvent['type']
export type EventOf<Type extends EventType> = Extract<CacheEvent, { readonly type: Type }>

export const eventTypes = Object.keys(channels) as EventType[]

export interface Heard {
  readonly events: CacheEvent[]
  of<Type extends EventType>(type: Type): EventOf<Type>[]
  readonly stop: () => void
}

/** All that is published from now on, to the end of the test or until `stop`. */
export function hear(types: readonly EventType[] = eventTypes): Heard {
  const events: CacheEvent[] = []
  const note = (event: CacheEvent) => void events.push(event)
  const stop = subscribe(Object.fromEntries(types.map((type) => [type, note])) as Listeners)
  onTestFinished(stop)
  return {
    events,
    of: <Type extends EventType>(type: Type) =>
      events.filter((event): event is EventOf<Type> => event.type === type),
    stop,
  }
}

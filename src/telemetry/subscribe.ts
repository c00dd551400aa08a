import type { CacheEvent } from '../contracts/events.ts'
import { channels } from '../kernel/channels.ts'

/** A listener for each type of event that is wanted. */
export type Listeners = {
  readonly [Type in CacheEvent['type']]?:
    | ((event: Extract<CacheEvent, { readonly type: Type }>) => void)
    | undefined
}

/**
 * Listens to the caches of this process; answers what ends it. What a listener throws is nobody's
 * failure. Where the runtime has no `node:diagnostics_channel`, nothing is heard.
 */
export function subscribe(listeners: Listeners): () => void {
  const subscriptions = Object.entries(listeners).flatMap(([type, listener]) => {
    if (listener === undefined) return []
    const channel = channels[type as CacheEvent['type']]
    const guarded = (event: unknown) => {
      try {
        ;(listener as (event: unknown) => void)(event)
      } catch {
        // Node would end the process for it.
      }
    }
    channel.subscribe(guarded)
    return () => channel.unsubscribe(guarded)
  })
  return () => {
    for (const unsubscribe of subscriptions) unsubscribe()
  }
}

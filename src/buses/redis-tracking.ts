import type { Bus } from '../contracts/bus.ts'
import type { Connection } from '../drivers/redis/connection.ts'
import { keyOfRedis } from '../drivers/redis/redis-key.ts'
import { expectFunction, expectOptions } from '../kernel/expect.ts'
import { RedisChannel } from './redis/channel.ts'
import { channelOptions } from './redis/channel-options.ts'
import { type Listening, together } from './redis/listening.ts'
import { trackKeys } from './redis/track-keys.ts'
import type { RedisBusOptions } from './redis.ts'

/** What a bus that also hears of keys needs besides. */
export interface RedisTrackingBusOptions extends RedisBusOptions {
  /** Told once if the server does not tell of changes. @default process.emitWarning */
  readonly onWarning?: ((message: string) => void) | undefined
}

const known: ReadonlySet<string> = new Set(['url', 'client', 'channel', 'clock', 'onWarning'])

interface Watch {
  readonly prefixes: readonly string[]
  readonly changed: (keys: readonly string[]) => void
}

/**
 * A `redisBus` that also hears from the server, by `CLIENT TRACKING`, which keys of a cache were
 * changed: also by programs that know nothing of caches, by expiry and by eviction. It must listen to
 * the server, or to the cluster, where the store is. A server before 6, and one that refuses, make it
 * a `redisBus`, with one warning.
 */
export function redisTrackingBus(options: RedisTrackingBusOptions): Bus {
  expectOptions('redisTrackingBus', options, known)
  const { onWarning = (message: string) => process.emitWarning(message), ...rest } = options
  expectFunction('onWarning', onWarning)
  const watches = new Set<Watch>()
  let warned = false

  const warn = (reason: string) => {
    if (warned) return
    warned = true
    onWarning(`The redis bus does not see what other programs change: ${reason}`)
  }
  const hear = (said: unknown) => {
    if (!Array.isArray(said)) return channel.gap('the server was flushed')
    const keys = said.map((key) => keyOfRedis(String(key)))
    for (const { prefixes, changed } of watches) {
      const own = keys.filter((key) => prefixes.some((prefix) => key.startsWith(prefix)))
      if (own.length > 0) changed(own)
    }
  }
  const track = (connection: Connection, lost: (reason: string) => void): Promise<Listening> => {
    const prefixes = [...watches].flatMap((watch) => watch.prefixes)
    if (prefixes.length === 0) return together([])
    return trackKeys(connection, { prefixes, hear, lost, refused: warn })
  }

  const channel = new RedisChannel({ ...channelOptions(rest), beside: track })
  return {
    name: 'redis',
    publish: (message) => channel.publish(message),
    subscribe: (listener) => channel.subscribe(listener),
    watch(prefixes, changed) {
      const watch = { prefixes, changed }
      watches.add(watch)
      channel.renew('another cache is watched')
      return () => void watches.delete(watch)
    },
    close: () => channel.close(),
  }
}

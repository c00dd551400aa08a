import type { Bus } from '../contracts/bus.ts'
import type { Ear } from '../drivers/redis/ear.ts'
import { keyOfRedis, redisKey } from '../drivers/redis/redis-key.ts'
import { expectFunction, expectOptions } from '../kernel/expect.ts'
import { RedisChannel } from './redis/channel.ts'
import { channelOptions } from './redis/channel-options.ts'
import type { RedisBusOptions } from './redis.ts'

export interface RedisTrackingBusOptions extends RedisBusOptions {
  /** Told once if the server does not tell of changes. @default process.emitWarning */
  readonly onWarning?: ((message: string) => void) | undefined
}

const known: ReadonlySet<string> = new Set(['url', 'client', 'channel', 'clock', 'onWarning'])

/** Where the server says which keys were changed. */
const invalidations = '__redis__:invalidate'

interface Watch {
  readonly prefixes: readonly string[]
  readonly changed: (keys: readonly string[]) => void
}

/**
 * A `redisBus` that also hears from the server, by `CLIENT TRACKING`, which keys of a cache were
 * changed: also by programs that know nothing of caches, by expiry and by eviction. It must listen to
 * the server where the store is. A server before 6, one that refuses, and a cluster make it a
 * `redisBus`, with one warning.
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
  const track = async (ear: Ear, oneServer: boolean) => {
    const prefixes = shortest([...watches].flatMap((watch) => watch.prefixes))
    if (prefixes.length === 0) return
    if (!oneServer) return warn('it is a cluster')
    try {
      // To itself: whoever listens in RESP2 can be told no other way.
      const redirect = ['REDIRECT', String(await ear.send(['CLIENT', 'ID'])), 'BCAST']
      const words = prefixes.flatMap((prefix) => ['PREFIX', redisKey(prefix)])
      await ear.send(['CLIENT', 'TRACKING', 'ON', ...redirect, ...words])
      await ear.listen(invalidations, 'plain', hear)
    } catch (error) {
      // Either the server has refused, or there is no connection any more.
      await ear.ping()
      warn(String(error))
    }
  }

  const channel = new RedisChannel({ ...channelOptions(rest), prepare: track })
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

/** The server refuses prefixes of which one begins with another. */
function shortest(prefixes: readonly string[]): string[] {
  const sorted = [...new Set(prefixes)].sort()
  return sorted.filter(
    (prefix) => !sorted.some((other) => other !== prefix && prefix.startsWith(other)),
  )
}

import type { Bus } from '../contracts/bus.ts'
import type { Clock } from '../contracts/clock.ts'
import type { RedisClient } from '../drivers/redis/client.ts'
import { expectOptions } from '../kernel/expect.ts'
import { RedisChannel } from './redis/channel.ts'
import { channelOptions } from './redis/channel-options.ts'

export type { RedisClient } from '../drivers/redis/client.ts'

/** Which server, and on which channel. */
export interface RedisBusOptions {
  /** A server, a cluster or sentinels, as for the store: `redis://[[user]:password@]host[:port]`. */
  readonly url?: string | undefined
  /**
   * Instead of `url`: a client of the package `redis` or `ioredis`, which speaks. It is duplicated to
   * listen, and never closed.
   */
  readonly client?: RedisClient | undefined
  /** Those on the same channel hear each other. @default 'hotset' */
  readonly channel?: string | undefined
  /** Tells the time. @default the system's */
  readonly clock?: Clock | undefined
}

const known: ReadonlySet<string> = new Set(['url', 'client', 'channel', 'clock'])

/**
 * A bus over the publish and subscribe of Redis or Valkey; in a cluster, which must be of 7 or later,
 * the channel lives on one server. It listens on a connection of its own,
 * which is asked for signs of life; when it is lost, and when there is another, listeners are told of
 * a gap. Operations reject with a `BusError`.
 */
export function redisBus(options: RedisBusOptions): Bus {
  expectOptions('redisBus', options, known)
  const channel = new RedisChannel(channelOptions(options))
  return {
    name: 'redis',
    publish: (message) => channel.publish(message),
    subscribe: (listener) => channel.subscribe(listener),
    close: () => channel.close(),
  }
}

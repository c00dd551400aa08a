import type { Clock } from '../../contracts/clock.ts'
import type { RedisClient } from '../../drivers/redis/client.ts'
import { handedLink, type Link, OpeningLink } from '../../drivers/redis/link.ts'
import { redisLocation } from '../../drivers/redis/location.ts'
import { expectString, invalid } from '../../kernel/expect.ts'
import { systemClock } from '../../kernel/system-clock.ts'

export interface ChannelOptions {
  readonly link: Link
  readonly channel: string
  readonly clock: Clock
}

/** What every bus over Redis is told. */
export function channelOptions(options: {
  readonly url?: string | undefined
  readonly client?: RedisClient | undefined
  readonly channel?: string | undefined
  readonly clock?: Clock | undefined
}): ChannelOptions {
  const { url, client, clock = systemClock } = options
  const channel = expectString('channel', options.channel ?? 'hotset')
  if (url === undefined && client !== undefined) {
    return { link: handedLink(client), channel, clock }
  }
  if (typeof url !== 'string' || client !== undefined) {
    throw invalid('url', 'a string, or missing where there is a client', url)
  }
  const link = new OpeningLink(redisLocation(url), { replicas: false, plain: false }, clock.now)
  return { link, channel, clock }
}

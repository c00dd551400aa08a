// hotset/redis-bus

export interface RedisBusOptions {
  readonly url?: string | undefined;
  readonly client?: RedisClient | undefined;
  readonly channel?: string | undefined;
  readonly clock?: Clock | undefined;
}

export { RedisClient } from 'hotset/redis'

export declare function redisBus(options: RedisBusOptions): Bus;

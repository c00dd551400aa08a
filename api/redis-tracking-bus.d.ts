// hotset/redis-tracking-bus

export interface RedisTrackingBusOptions extends RedisBusOptions {
  readonly onWarning?: ((message: string) => void) | undefined;
}

export declare function redisTrackingBus(options: RedisTrackingBusOptions): Bus;

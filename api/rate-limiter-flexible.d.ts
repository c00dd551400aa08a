// hotset/rate-limiter-flexible

export interface FlexibleLimiterOptions<Limits extends object = object> {
  readonly cache: Cache;
  readonly limits: Limits;
  readonly clock?: Clock | undefined;
}

export declare function flexibleLimiter<Limiter extends object, Limits extends object>(RateLimiterMemcache: new (options: Limits & {
  storeClient: Cache;
}) => Limiter, options: FlexibleLimiterOptions<Omit<Limits, 'storeClient'>>): Limiter;

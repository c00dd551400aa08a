// hotset/express

export interface CacheControlOptions {
  readonly maxAge?: Duration | undefined;
  readonly sMaxAge?: Duration | undefined;
  readonly staleWhileRevalidate?: Duration | undefined;
  readonly staleIfError?: Duration | undefined;
  readonly public?: boolean | undefined;
  readonly private?: boolean | undefined;
  readonly noCache?: boolean | undefined;
  readonly noStore?: boolean | undefined;
  readonly noTransform?: boolean | undefined;
  readonly mustRevalidate?: boolean | undefined;
  readonly proxyRevalidate?: boolean | undefined;
  readonly mustUnderstand?: boolean | undefined;
  readonly immutable?: boolean | undefined;
}

export interface ConditionalOptions<R> {
  readonly etag?: ((request: R) => MaybePromise<string | undefined>) | undefined;
  readonly lastModified?: ((request: R) => MaybePromise<Date | number | undefined>) | undefined;
}

export interface ExpressApp {
  (message: IncomingMessage, response: ServerResponse): unknown;
  readonly parent?: ExpressApp | undefined;
}

export type ExpressMiddleware<R extends ExpressRequest = ExpressRequest> = (request: R, response: ServerResponse, next: (error?: unknown) => void) => void;

export interface ExpressRequest extends IncomingMessage {
  readonly originalUrl: string;
  readonly protocol: string;
  readonly host: string;
  readonly app: ExpressApp;
}

export interface PageOptions<R> {
  readonly cache: Cache | HttpCache;
  readonly keyPrefix?: string | undefined;
  readonly browserTtl?: Duration | undefined;
  readonly statuses?: readonly number[] | undefined;
  readonly cookies?: 'bypass' | 'ignore' | readonly string[] | undefined;
  readonly tags?: readonly string[] | ((request: R) => readonly string[]) | undefined;
  readonly variant?: ((request: R) => string | null) | undefined;
}

export type Purging = Pick<HttpCache, 'purge' | 'settled'>;

export declare const cacheControl: Verbs['cacheControl'];

export declare function cachePage<R extends ExpressRequest = ExpressRequest>(ttl: Duration, options: PageOptions<R>): ExpressMiddleware<R> & Purging;

export declare function conditional<R extends ExpressRequest = ExpressRequest>(options: ConditionalOptions<R>): ExpressMiddleware<R>;

export declare function httpCache<R extends ExpressRequest = ExpressRequest>(options: PageOptions<R>): ExpressMiddleware<R> & Purging;

export declare const neverCache: ExpressMiddleware;

export declare const varyOnCookie: ExpressMiddleware;

export declare const varyOnHeaders: Verbs['varyOnHeaders'];

// Named above, and exported by no entry:

type Verbs = PageVerbs<ExpressMiddleware>;

type MaybePromise<T> = T | Promise<T>;

export interface PageVerbs<V> {
  readonly cacheControl: (options: CacheControlOptions) => V;
  readonly neverCache: V;
  readonly varyOnHeaders: (...names: readonly string[]) => V;
  readonly varyOnCookie: V;
}

// hotset/fetch

export { CacheControlOptions } from 'hotset/express'

export { ConditionalOptions } from 'hotset/express'

export type FetchHandler<Rest extends readonly unknown[] = readonly unknown[]> = (request: Request, ...rest: Rest) => Response | Promise<Response>;

export type FetchWrapper = <Rest extends readonly unknown[]>(handler: FetchHandler<Rest>) => FetchHandler<Rest>;

export { PageOptions } from 'hotset/express'

export { Purging } from 'hotset/express'

export declare const cacheControl: Verbs['cacheControl'];

export declare function cachePage(ttl: Duration, options: PageOptions<Request>): FetchWrapper & Purging;

export declare function conditional(options: ConditionalOptions<Request>): FetchWrapper;

export declare function httpCache(options: PageOptions<Request>): FetchWrapper & Purging;

export declare const neverCache: FetchWrapper;

export declare const varyOnCookie: FetchWrapper;

export declare const varyOnHeaders: Verbs['varyOnHeaders'];

// Named above, and exported by no entry:

type Verbs = PageVerbs<FetchWrapper>;

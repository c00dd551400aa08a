// hotset/hono

export { CacheControlOptions } from 'hotset/express'

export { ConditionalOptions } from 'hotset/express'

export interface HonoContext {
  readonly req: {
    raw: Request;
  };
  readonly env: unknown;
  get res(): Response;
  set res(response: Response | undefined);
}

export type HonoMiddleware<C extends HonoContext = HonoContext> = (context: C, next: () => Promise<void>) => Promise<Response | undefined>;

export { PageOptions } from 'hotset/express'

export { Purging } from 'hotset/express'

export declare const cacheControl: Verbs['cacheControl'];

export declare function cachePage<C extends HonoContext = HonoContext>(ttl: Duration, options: PageOptions<C>): HonoMiddleware<C> & Purging;

export declare function conditional<C extends HonoContext = HonoContext>(options: ConditionalOptions<C>): HonoMiddleware<C>;

export declare function httpCache<C extends HonoContext = HonoContext>(options: PageOptions<C>): HonoMiddleware<C> & Purging;

export declare const neverCache: HonoMiddleware;

export declare const varyOnCookie: HonoMiddleware;

export declare const varyOnHeaders: Verbs['varyOnHeaders'];

// Named above, and exported by no entry:

type Verbs = PageVerbs<HonoMiddleware>;

// hotset/astro

export interface AstroContext {
  readonly request: Request;
  readonly locals: object;
  readonly isPrerendered: boolean;
  readonly cookies: {
    headers(): Iterable<string>;
  };
}

export type AstroHandler<C extends AstroContext = AstroContext> = (context: C, next: () => Promise<Response>) => Promise<Response>;

export { CacheControlOptions } from 'hotset/express'

export { ConditionalOptions } from 'hotset/express'

export { PageOptions } from 'hotset/express'

export { Purging } from 'hotset/express'

export declare const cacheControl: Verbs['cacheControl'];

export declare function cachePage<C extends AstroContext = AstroContext>(ttl: Duration, options: PageOptions<C>): AstroHandler<C> & Purging;

export declare function conditional<C extends AstroContext = AstroContext>(options: ConditionalOptions<C>): AstroHandler<C>;

export declare function httpCache<C extends AstroContext = AstroContext>(options: PageOptions<C>): AstroHandler<C> & Purging;

export declare const neverCache: AstroHandler;

export declare const varyOnCookie: AstroHandler;

export declare const varyOnHeaders: Verbs['varyOnHeaders'];

// Named above, and exported by no entry:

type Verbs = PageVerbs<AstroHandler>;

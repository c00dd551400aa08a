// hotset/koa

export { CacheControlOptions } from 'hotset/express'

export { ConditionalOptions } from 'hotset/express'

export interface KoaContext {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly protocol: string;
  readonly host: string;
  readonly originalUrl: string;
  readonly app: {
    readonly middleware: readonly unknown[];
    callback(): (message: IncomingMessage, response: ServerResponse) => unknown;
  };
  status: number;
  message: string;
  body: unknown;
  respond?: boolean | undefined;
}

export type KoaMiddleware<C extends KoaContext = KoaContext> = (context: C, next: () => Promise<unknown>) => Promise<void>;

export { PageOptions } from 'hotset/express'

export { Purging } from 'hotset/express'

export declare const cacheControl: Verbs['cacheControl'];

export declare function cachePage<C extends KoaContext = KoaContext>(ttl: Duration, options: PageOptions<C>): KoaMiddleware<C> & Purging;

export declare function conditional<C extends KoaContext = KoaContext>(options: ConditionalOptions<C>): KoaMiddleware<C>;

export declare function httpCache<C extends KoaContext = KoaContext>(options: PageOptions<C>): KoaMiddleware<C> & Purging;

export declare const neverCache: KoaMiddleware;

export declare const varyOnCookie: KoaMiddleware;

export declare const varyOnHeaders: Verbs['varyOnHeaders'];

// Named above, and exported by no entry:

type Verbs = PageVerbs<KoaMiddleware>;

// hotset/sveltekit

export { CacheControlOptions } from 'hotset/express'

export { ConditionalOptions } from 'hotset/express'

export { PageOptions } from 'hotset/express'

export { Purging } from 'hotset/express'

export interface SvelteKitEvent {
  readonly request: Request;
  readonly isSubRequest: boolean;
  readonly cookies: {
    getAll(options: {
      decode: (value: string) => string;
    }): {
      name: string;
      value: string;
    }[];
  };
}

export type SvelteKitHandle<E extends SvelteKitEvent = SvelteKitEvent> = (input: SvelteKitInput<E>) => Promise<Response>;

export interface SvelteKitInput<E> {
  event: E;
  resolve(event: E): Response | Promise<Response>;
}

export declare const cacheControl: Verbs['cacheControl'];

export declare function cachePage<E extends SvelteKitEvent = SvelteKitEvent>(ttl: Duration, options: PageOptions<E>): SvelteKitHandle<E> & Purging;

export declare function conditional<E extends SvelteKitEvent = SvelteKitEvent>(options: ConditionalOptions<E>): SvelteKitHandle<E>;

export declare function httpCache<E extends SvelteKitEvent = SvelteKitEvent>(options: PageOptions<E>): SvelteKitHandle<E> & Purging;

export declare const neverCache: SvelteKitHandle;

export declare const varyOnCookie: SvelteKitHandle;

export declare const varyOnHeaders: Verbs['varyOnHeaders'];

// Named above, and exported by no entry:

type Verbs = PageVerbs<SvelteKitHandle>;

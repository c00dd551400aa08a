import type { Handle } from '@sveltejs/kit'
import type { MiddlewareHandler } from 'astro'
import * as astro from '../../../../src/http/adapters/astro.ts'
import * as sveltekit from '../../../../src/http/adapters/sveltekit.ts'
import { createCache } from '../../../../src/index.ts'

/** What the adapters make is what the frameworks take, and hands on what the frameworks give. */

const cache = createCache()

export const handles: readonly Handle[] = [
  sveltekit.cachePage('1m', { cache, variant: ({ route }) => route.id }),
  sveltekit.httpCache({ cache, tags: ({ url }) => [url.pathname] }),
  sveltekit.conditional({ etag: ({ params }) => params['id'] }),
  sveltekit.neverCache,
  sveltekit.varyOnCookie,
  sveltekit.varyOnHeaders('Accept-Language'),
  sveltekit.cacheControl({ maxAge: '1m' }),
]

export const handlers: readonly MiddlewareHandler[] = [
  astro.cachePage('1m', { cache, variant: ({ currentLocale }) => currentLocale ?? null }),
  astro.httpCache({ cache, tags: ({ url }) => [url.pathname] }),
  astro.conditional({ etag: ({ params }) => params['id'] }),
  astro.neverCache,
  astro.varyOnCookie,
  astro.varyOnHeaders('Accept-Language'),
  astro.cacheControl({ maxAge: '1m' }),
]

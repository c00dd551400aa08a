import { cache } from 'hono/cache'
import { serveHono } from '../apps/hono.mjs'

/** What Node lacks: as much of a `CacheStorage` as is asked for, in a `Map`. */
const kept = new Map()
const storage = {
  async match(key) {
    const page = kept.get(key)
    return page && new Response(page.body, { headers: page.headers })
  },
  async put(key, response) {
    kept.set(key, { body: await response.arrayBuffer(), headers: [...response.headers] })
  },
}
globalThis.caches = { open: async () => storage }

export const open = () => serveHono(cache({ cacheName: 'pages', wait: true }))

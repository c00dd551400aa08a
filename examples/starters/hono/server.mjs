// A site on Hono. CACHE_URL=lmdb:./cache PORT=3000 node server.mjs
import { once } from 'node:events'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { closeOnSignal, createCache } from 'hotset'
import { cachePage } from 'hotset/hono'
import { createHttpCache } from 'hotset/http'
import { toolbar } from 'hotset/toolbar'

const { CACHE_URL, PORT = '3000' } = process.env
const cache = createCache({ store: CACHE_URL }) // in memory, unless it says where
const pages = createHttpCache({ cache })
const page = cachePage('10m', { cache: pages, tags: ['news'] })

/** Stands for a query. */
const readNews = async () => [`It is ${new Date().toISOString()}`]

const app = new Hono()
app.use(toolbar(cache).hono()) // none where NODE_ENV is production

app.get('/', page, async (context) => {
  const news = await cache.getOrSet('news', readNews, { ttl: '1h', tags: ['news'] })
  return context.html(`<!doctype html><title>News</title><h1>News</h1><p>${news.join('<p>')}`)
})

// Data and pages with the tag are gone, in all processes. Let only those purge who may.
app.post('/purge', async (context) => {
  await cache.invalidate('news')
  return context.body(null, 204)
})

app.get('/stats', (context) => context.json(cache.stats()))

const server = serve({ fetch: app.fetch, port: Number(PORT) }, ({ port }) =>
  console.log(`http://localhost:${port}`),
)

// Answer who is being answered, keep what is on its way, then end.
process.on('SIGTERM', () => server.close())
closeOnSignal({
  async close() {
    await once(server, 'close')
    await pages.settled()
    await cache.close()
  },
})

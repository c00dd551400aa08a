// A site on Koa. CACHE_URL=lmdb:./cache PORT=3000 node server.mjs
import { once } from 'node:events'
import { closeOnSignal, createCache } from 'hotset'
import { createHttpCache } from 'hotset/http'
import { cachePage } from 'hotset/koa'
import { toolbar } from 'hotset/toolbar'
import Koa from 'koa'

const { CACHE_URL, PORT = '3000' } = process.env
const cache = createCache({ store: CACHE_URL }) // in memory, unless it says where
const pages = createHttpCache({ cache })
const page = cachePage('10m', { cache: pages, tags: ['news'] })

/** Stands for a query. */
const readNews = async () => [`It is ${new Date().toISOString()}`]

// Stands for a router: give its routes `page` before their handler.
const routes = {
  'GET /': (context) =>
    page(context, async () => {
      const news = await cache.getOrSet('news', readNews, { ttl: '1h', tags: ['news'] })
      context.type = 'html'
      context.body = `<!doctype html><title>News</title><h1>News</h1><p>${news.join('<p>')}`
    }),
  // Data and pages with the tag are gone, in all processes. Let only those purge who may.
  async 'POST /purge'(context) {
    await cache.invalidate('news')
    context.status = 204
  },
  async 'GET /stats'(context) {
    context.body = cache.stats()
  },
}

const app = new Koa()
app.use(toolbar(cache).koa()) // none where NODE_ENV is production
app.use((context, next) => (routes[`${context.method} ${context.path}`] ?? next)(context))

const server = app.listen(PORT, () => console.log(`http://localhost:${server.address().port}`))

// Answer who is being answered, keep what is on its way, then end.
process.on('SIGTERM', () => server.close())
closeOnSignal({
  async close() {
    await once(server, 'close')
    await pages.settled()
    await cache.close()
  },
})

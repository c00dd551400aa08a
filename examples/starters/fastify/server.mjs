// A site on Fastify. CACHE_URL=lmdb:./cache PORT=3000 node server.mjs
import { once } from 'node:events'
import fastify from 'fastify'
import { closeOnSignal, createCache } from 'hotset'
import { cachePage } from 'hotset/fastify'
import { createHttpCache } from 'hotset/http'
import { toolbar } from 'hotset/toolbar'

const { CACHE_URL, PORT = '3000' } = process.env
const cache = createCache({ store: CACHE_URL }) // in memory, unless it says where
const pages = createHttpCache({ cache })
const { preHandler, onSend } = cachePage('10m', { cache: pages, tags: ['news'] })

/** Stands for a query. */
const readNews = async () => [`It is ${new Date().toISOString()}`]

const app = fastify()
app.register(toolbar(cache).fastify) // none where NODE_ENV is production

app.get('/', { preHandler, onSend }, async (_request, reply) => {
  const news = await cache.getOrSet('news', readNews, { ttl: '1h', tags: ['news'] })
  reply.type('text/html')
  return `<!doctype html><title>News</title><h1>News</h1><p>${news.join('<p>')}`
})

// Data and pages with the tag are gone, in all processes. Let only those purge who may.
app.post('/purge', async (_request, reply) => {
  await cache.invalidate('news')
  return reply.code(204).send()
})

app.get('/stats', async () => cache.stats())

await app.listen({ port: Number(PORT) })
console.log(`http://localhost:${app.server.address().port}`)

// Answer who is being answered, keep what is on its way, then end.
process.on('SIGTERM', () => app.close())
closeOnSignal({
  async close() {
    await once(app.server, 'close')
    await pages.settled()
    await cache.close()
  },
})

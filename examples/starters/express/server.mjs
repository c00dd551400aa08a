// A site on Express. CACHE_URL=lmdb:./cache PORT=3000 node server.mjs
import { once } from 'node:events'
import express from 'express'
import { closeOnSignal, createCache } from 'hotset'
import { cachePage } from 'hotset/express'
import { createHttpCache } from 'hotset/http'
import { toolbar } from 'hotset/toolbar'

const { CACHE_URL, PORT = '3000' } = process.env
const cache = createCache({ store: CACHE_URL }) // in memory, unless it says where
const pages = createHttpCache({ cache })
const page = cachePage('10m', { cache: pages, tags: ['news'] })

/** Stands for a query. */
const readNews = async () => [`It is ${new Date().toISOString()}`]

const app = express()
app.use(toolbar(cache).express()) // none where NODE_ENV is production

app.get('/', page, async (_request, response) => {
  const news = await cache.getOrSet('news', readNews, { ttl: '1h', tags: ['news'] })
  response.send(`<!doctype html><title>News</title><h1>News</h1><p>${news.join('<p>')}`)
})

// Data and pages with the tag are gone, in all processes. Let only those purge who may.
app.post('/purge', async (_request, response) => {
  await cache.invalidate('news')
  response.sendStatus(204)
})

app.get('/stats', (_request, response) => void response.json(cache.stats()))

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

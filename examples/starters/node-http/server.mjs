// A site on node:http. CACHE_URL=lmdb:./cache PORT=3000 node server.mjs
import { once } from 'node:events'
import { createServer } from 'node:http'
import { closeOnSignal, createCache } from 'hotset'
import { createHttpCache } from 'hotset/http'
import { cached } from 'hotset/node-http'
import { toolbar } from 'hotset/toolbar'

const { CACHE_URL, PORT = '3000' } = process.env
const cache = createCache({ store: CACHE_URL }) // in memory, unless it says where
const pages = createHttpCache({ cache })

/** Stands for a query. */
const readNews = async () => [`It is ${new Date().toISOString()}`]

async function home(_request, response) {
  const news = await cache.getOrSet('news', readNews, { ttl: '1h', tags: ['news'] })
  response.setHeader('Content-Type', 'text/html; charset=utf-8')
  response.end(`<!doctype html><title>News</title><h1>News</h1><p>${news.join('<p>')}`)
}

// Data and pages with the tag are gone, in all processes. Let only those purge who may.
async function purge(_request, response) {
  await cache.invalidate('news')
  response.writeHead(204).end()
}

const routes = {
  'GET /': cached(home, { cache: pages, ttl: '10m', tags: ['news'] }),
  'POST /purge': purge,
  'GET /stats': (_request, response) => response.end(JSON.stringify(cache.stats())),
}
const notFound = (_request, response) => response.writeHead(404).end()

const watched = toolbar(cache).express() // none where NODE_ENV is production
const server = createServer((request, response) => {
  const answer = routes[`${request.method} ${request.url}`] ?? notFound
  watched(request, response, () => answer(request, response))
})
server.listen(PORT, () => console.log(`http://localhost:${server.address().port}`))

// Answer who is being answered, keep what is on its way, then end.
process.on('SIGTERM', () => server.close())
closeOnSignal({
  async close() {
    await once(server, 'close')
    await pages.settled()
    await cache.close()
  },
})

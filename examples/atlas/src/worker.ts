// One process of the site, forked by `cluster.ts`: serves the pages and reports what its cache did.
import { createServer } from 'node:http'
import { createCache } from 'hotset'
import { cached } from 'hotset/node-http'
import { loadCities } from './cities.ts'
import type { Report, WorkerOrder, WorkerSettings } from './cluster.ts'
import { createPages } from './pages.ts'
import { createSite } from './site.ts'

const { port, caching, directory } = JSON.parse(process.argv[2] ?? '') as WorkerSettings

const shared = caching === 'shared' || caching === 'pages'
const cache = createCache({
  name: 'atlas',
  enabled: caching !== 'none',
  store: shared ? `lmdb:${directory}` : undefined,
  defaults: { ttl: '1d' },
})
const site = createSite(createPages(loadCities()), cache)
const pages = createCache({ name: 'pages', store: `lmdb:${directory}/pages` })
const server = createServer(caching === 'pages' ? cached(site, { cache: pages, ttl: '1d' }) : site)
server.listen(port, '127.0.0.1')

async function stop(): Promise<void> {
  server.close()
  server.closeAllConnections()
  await cache.close()
  await pages.close()
  process.disconnect()
}

process.on('message', (order: WorkerOrder) => {
  if (order === 'stop') void stop()
  else process.send?.(report())
})
// Ctrl-C reaches every process of the terminal; here the parent says when to stop.
process.on('SIGINT', () => {})

function report(): Report {
  const { loads, memory, store } = cache.stats()
  return {
    loads,
    memoryHits: memory.hits,
    memoryMisses: memory.misses,
    storeHits: store.hits,
    storeMisses: store.misses,
  }
}

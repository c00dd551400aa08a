// CACHE_URL=lmdb:./cache PORT=3000 NODE_ENV=production node server.mjs
import { once } from 'node:events'
import { createRequestListener } from '@react-router/node'
import express from 'express'
import { closeOnSignal, createCache } from 'hotset'
import { cachePage } from 'hotset/express'
import { createHttpCache } from 'hotset/http'
import * as build from './build/server/index.js'

const { CACHE_URL, PORT = '3000' } = process.env
const cache = createCache({ store: CACHE_URL }) // in memory, unless it says where
const pages = createHttpCache({ cache })

const app = express()
app.use(express.static('build/client'))
// Data and pages with the tag are gone, in all processes. Let only those purge who may.
app.post('/purge', async (_request, response) => {
  await cache.invalidate('news')
  response.sendStatus(204)
})
app.get('/stats', (_request, response) => void response.json(cache.stats()))
app.use(cachePage('10m', { cache: pages, tags: ['news'] }))
app.use(createRequestListener({ build, getLoadContext: () => ({ cache, pages }) }))

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

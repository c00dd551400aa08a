// A site on Nest. CACHE_URL=lmdb:./cache PORT=3000 node server.js
import 'reflect-metadata'
import { once } from 'node:events'
import { Controller, Get, HttpCode, Module, Post } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { closeOnSignal, createCache, type Stats } from 'hotset'
import { createHttpCache } from 'hotset/http'
import { CachePage, HttpCacheModule } from 'hotset/nest'
import { toolbar } from 'hotset/toolbar'

const { CACHE_URL, PORT = '3000' } = process.env
const cache = createCache({ store: CACHE_URL }) // in memory, unless it says where
const pages = createHttpCache({ cache })

/** Stands for a query. */
const readNews = async () => [`It is ${new Date().toISOString()}`]

@Controller()
class Site {
  @Get()
  @CachePage('10m', { tags: ['news'] })
  async home(): Promise<string> {
    const news = await cache.getOrSet('news', readNews, { ttl: '1h', tags: ['news'] })
    return `<!doctype html><title>News</title><h1>News</h1><p>${news.join('<p>')}`
  }

  // Data and pages with the tag are gone, in all processes. Let only those purge who may.
  @Post('purge')
  @HttpCode(204)
  async purge(): Promise<void> {
    await cache.invalidate('news')
  }

  @Get('stats')
  stats(): Stats {
    return cache.stats()
  }
}

@Module({ imports: [HttpCacheModule.forRoot({ cache: pages })], controllers: [Site] })
class App {}

const app = await NestFactory.create(App, { logger: ['warn', 'error'] })
app.use(toolbar(cache).nest()) // none where NODE_ENV is production
await app.listen(PORT)
console.log(`http://localhost:${app.getHttpServer().address().port}`)

// Answer who is being answered, keep what is on its way, then end.
process.on('SIGTERM', () => app.close())
closeOnSignal({
  async close() {
    await once(app.getHttpServer(), 'close')
    await pages.settled()
    await cache.close()
  },
})

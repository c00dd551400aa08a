import { cache } from '../cache.js'

/** Stands for a query. */
const readNews = async () => [`It is ${new Date().toISOString()}`]

export default defineCachedEventHandler(
  async (event) => {
    const news = await cache.getOrSet('news', readNews, { ttl: '1h', tags: ['news'] })
    setHeader(event, 'Content-Type', 'text/html')
    return `<!doctype html><title>News</title><h1>News</h1><p>${news.join('<p>')}`
  },
  { name: 'home', maxAge: 600 },
)

import { cache } from '$lib/server/cache.js'

/** Stands for a query. */
const readNews = async () => [`It is ${new Date().toISOString()}`]

export const load = async () => ({
  news: await cache.getOrSet('news', readNews, { ttl: '1h', tags: ['news'] }),
})

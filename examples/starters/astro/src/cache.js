import { closeOnSignal, createCache } from 'hotset'
import { createHttpCache } from 'hotset/http'

export const cache = createCache({ store: process.env.CACHE_URL }) // in memory, unless it says where
export const pages = createHttpCache({ cache })

// Keep what is on its way, then end.
closeOnSignal({
  async close() {
    await pages.settled()
    await cache.close()
  },
})

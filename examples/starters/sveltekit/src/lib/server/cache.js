import { createCache } from 'hotset'
import { createHttpCache } from 'hotset/http'

export const cache = createCache({ store: process.env.CACHE_URL }) // in memory, unless it says where
export const pages = createHttpCache({ cache })

// The server has answered everybody: keep what is on its way, then end.
process.on('sveltekit:shutdown', async () => {
  await pages.settled()
  await cache.close()
})

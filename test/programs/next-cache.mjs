// The cache of a Next application: one for both of its handlers.
import { createCache } from 'hotset'

// A machine that is busy with other tests may take its time.
export const cache = createCache({ store: process.env.CACHE_URL, storeTimeout: '20s' })

import { createCache } from 'hotset'

export const cache = createCache({ store: process.env.CACHE_URL }) // in memory, unless it says where

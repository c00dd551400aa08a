import { nextCacheHandler } from 'hotset/next'
import { cache } from './cache.mjs'

export default nextCacheHandler({ cache })

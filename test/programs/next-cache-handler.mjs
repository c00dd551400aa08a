import { nextCacheHandler } from 'hotset/next'
import { cache } from './next-cache.mjs'

export default nextCacheHandler({ cache })

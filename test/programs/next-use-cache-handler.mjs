import { nextUseCacheHandler } from 'hotset/next'
import { cache } from './next-cache.mjs'

export default nextUseCacheHandler({ cache })

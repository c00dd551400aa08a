import { unstorageDriver } from 'hotset/unstorage-driver'
import { cache } from './cache.js'

// Nitro gives what it may serve stale no lifetime: an hour, then.
export default () => unstorageDriver({ cache, ttl: 3600 })

import { createCache } from '../../dist/index.js'

export const ttl = '1h'

/** Memory alone. */
export const pages = () => ({ cache: createCache() })

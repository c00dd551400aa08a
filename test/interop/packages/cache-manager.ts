export { type Cache, createCache } from 'cache-manager'

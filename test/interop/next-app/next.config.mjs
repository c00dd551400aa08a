import { fileURLToPath } from 'node:url'

const pathOf = (name) => fileURLToPath(new URL(name, import.meta.url))

export default {
  cacheHandler: pathOf('../../programs/next-cache-handler.mjs'),
  cacheHandlers: { default: pathOf('../../programs/next-use-cache-handler.mjs') },
  experimental: { useCache: true },
  // Where the handlers are as well.
  turbopack: { root: pathOf('../../..') },
}

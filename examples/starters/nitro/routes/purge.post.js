import { cache } from '../cache.js'

// Data with the tag and what Nitro keeps are gone, in all processes. Let only those purge who may.
export default defineEventHandler(async (event) => {
  await cache.invalidate('news')
  await useStorage('cache').clear()
  return sendNoContent(event)
})

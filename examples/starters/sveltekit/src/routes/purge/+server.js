import { cache } from '$lib/server/cache.js'

// Data and pages with the tag are gone, in all processes. Let only those purge who may.
export const POST = async () => {
  await cache.invalidate('news')
  return new Response(null, { status: 204 })
}

import { cache } from '$lib/server/cache.js'

export const GET = () => Response.json(cache.stats(), { headers: { 'Cache-Control': 'no-store' } })

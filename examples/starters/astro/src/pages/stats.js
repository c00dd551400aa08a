import { cache } from '../cache.js'

export const GET = () => Response.json(cache.stats(), { headers: { 'Cache-Control': 'no-store' } })

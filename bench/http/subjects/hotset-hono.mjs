import { cachePage } from '../../../dist/http/adapters/hono.js'
import { serveHono } from '../apps/hono.mjs'
import { pages, ttl } from '../hotset.mjs'

export const open = () => serveHono(cachePage(ttl, pages()))

import { cachePage, everyRoute } from '../../../dist/http/adapters/fastify.js'
import { serveFastify } from '../apps/fastify.mjs'
import { pages, ttl } from '../hotset.mjs'

export const open = () => serveFastify(everyRoute(cachePage(ttl, pages())))

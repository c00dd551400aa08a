import { cachePage } from '../../../dist/http/adapters/express.js'
import { serveExpress } from '../apps/express.mjs'
import { pages, ttl } from '../hotset.mjs'

export const open = () => serveExpress(cachePage(ttl, pages()))

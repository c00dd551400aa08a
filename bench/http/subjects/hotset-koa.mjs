import { cachePage } from '../../../dist/http/adapters/koa.js'
import { serveKoa } from '../apps/koa.mjs'
import { pages, ttl } from '../hotset.mjs'

export const open = () => serveKoa(cachePage(ttl, pages()))

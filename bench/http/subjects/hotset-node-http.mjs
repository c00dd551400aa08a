import { cached } from '../../../dist/http/node/cached.js'
import { answer } from '../apps/node-http.mjs'
import { pages, ttl } from '../hotset.mjs'
import { serveHttp } from '../serving.mjs'

export const open = () => serveHttp(cached(answer, { ttl, ...pages() }))

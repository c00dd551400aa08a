import { cachePage } from '../../../dist/http/adapters/fetch.js'
import { honoApp, serveFetch } from '../apps/hono.mjs'
import { pages, ttl } from '../hotset.mjs'

export const open = () => serveFetch(cachePage(ttl, pages())(honoApp().fetch))

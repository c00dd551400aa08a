// Asks for a URL by fetch and by undici, on an LMDB store, and says what came and how. Arguments: `directory url`.
import { createCache } from 'hotset'
import { cachingFetch, hotsetInterceptor } from 'hotset/http-client'
import { lmdbStore } from 'hotset/lmdb'
import { Agent, request } from 'undici'

const [directory, url] = process.argv.slice(2)
const cache = createCache({ store: lmdbStore({ directory }) })
const fetch = cachingFetch({ cache })
const interceptor = hotsetInterceptor({ cache })
const agent = new Agent()
const how = (status) => /(hit)|fwd=([a-z-]+)/.exec(status).slice(1).find(Boolean)

const response = await fetch(url)
const fetched = [await response.text(), how(response.headers.get('cache-status'))]
const answer = await request(url, { dispatcher: agent.compose(interceptor) })
const requested = [await answer.body.text(), how(answer.headers['cache-status'])]
await Promise.all([fetch.settled(), interceptor.settled()])
await Promise.all([cache.close(), agent.close()])
console.log(JSON.stringify([fetched, requested]))

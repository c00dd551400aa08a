// A process that keeps what libraries keep on a cache: [verb, ...args] in, { answer } or { error } out.
import { promisify } from 'node:util'
import { createCache } from 'hotset'
import { sessionStore } from 'hotset/express-session'
import { rateLimitStore } from 'hotset/rate-limit-store'
import { undiciStore } from 'hotset/undici-store'
import { unstorageDriver } from 'hotset/unstorage-driver'
import { webCaches } from 'hotset/web-cache'
import { Agent, interceptors, request } from 'undici'

const cache = createCache({ store: process.argv[2], memory: { trust: 0 } })
const sessions = sessionStore({ cache })
const limits = rateLimitStore({ cache })
const driver = unstorageDriver({ cache })
const pages = webCaches({ cache })
const responses = undiciStore({ cache })
const agent = new Agent().compose(interceptors.cache({ store: responses }))

const verbs = {
  setSession: promisify(sessions.set),
  getSession: promisify(sessions.get),
  touchSession: promisify(sessions.touch),
  destroySession: promisify(sessions.destroy),
  countSessions: promisify(sessions.length),
  async hit(key, times) {
    const hits = await Promise.all(Array.from({ length: times }, () => limits.increment(key)))
    return hits.map(({ totalHits, resetTime }) => [totalHits, resetTime.getTime()])
  },
  giveBack: (key) => limits.decrement(key),
  setItem: driver.setItem,
  getKeys: driver.getKeys,
  async put(url, text) {
    await (await pages.open('v1')).put(url, new Response(text))
  },
  match: async (url) => (await pages.match(url))?.text(),
  names: () => pages.keys(),
  async read(origin, path) {
    const { body } = await request(origin + path, { dispatcher: agent })
    return body.text()
  },
  stored: async (origin, path) =>
    (await responses.get({ origin, path, method: 'GET' }))?.body.toString(),
}

process.on('message', async ([verb, ...args]) => {
  try {
    process.send({ answer: await verbs[verb](...args) })
  } catch (error) {
    process.send({ error: error.message })
  }
})

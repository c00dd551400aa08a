import { createHttpCache } from '../../../dist/http/exchange/http-cache.js'
import { createProxy } from '../../../dist/http/proxy/proxy.js'
import { answer } from '../apps/node-http.mjs'
import { pages } from '../hotset.mjs'
import { serveHttp } from '../serving.mjs'

export async function open() {
  const { port } = await serveHttp(answer)
  const cache = createHttpCache({ ...pages(), rules: { ttl: 3_600_000 } })
  return createProxy({ origin: `http://127.0.0.1:${port}`, cache }).listen(0, '127.0.0.1')
}

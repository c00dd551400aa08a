// Users with and without a cookie ask for pages of each kind: nobody may see what was made for another.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { cached } from 'hotset/node-http'

const pages = 30
const kinds = [
  { headers: { 'Cache-Control': 'max-age=5' }, shared: true },
  { headers: { 'Cache-Control': 'max-age=5', Vary: 'Cookie' } },
  { headers: { 'Cache-Control': 'max-age=5', 'Set-Cookie': 'seen=1' } },
  { headers: { 'Cache-Control': 'private, max-age=5' } },
]

export async function userPages({ cache, tally, going }) {
  const answer = (request, response) => {
    const kind = kinds[Number(request.url.slice(3)) % kinds.length]
    response.writeHead(200, { 'Content-Type': 'text/plain', ...kind.headers })
    response.end(kind.shared ? 'for all' : `for ${request.headers.cookie ?? 'nobody'}`)
  }
  const server = createServer(cached(answer, { cache, ttl: '5s' })).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()

  async function visit() {
    const page = Math.floor(Math.random() * pages)
    const who = Math.random() < 0.3 ? 'nobody' : `user=${Math.floor(Math.random() * 5)}`
    const headers = who === 'nobody' ? {} : { cookie: who }
    const response = await fetch(`http://127.0.0.1:${port}/p/${page}`, { headers })
    const text = await response.text()
    tally.count('pages seen')
    const own = kinds[page % kinds.length].shared ? 'for all' : `for ${who}`
    if (text !== own) tally.note('leaks', `page ${page}, ${who}: ${text}`)
  }

  return { loops: [going(visit, 50)], close: () => server.close() }
}

import { pipeline, Readable } from 'node:stream'
import { cookieOf, count, greeting, htmlBytes, htmlParts } from '../site.mjs'

const type = 'text/html; charset=utf-8'

/** As little as a server can do. */
export function answer(request, response) {
  if (request.url === '/page') send(response, htmlBytes)
  else if (request.url.startsWith('/stream/')) {
    response.writeHead(200, { 'Content-Type': type })
    pipeline(Readable.from(htmlParts), response, () => {})
  } else if (request.url === '/count') send(response, Buffer.from(count()))
  else {
    const user = request.headers['x-user']
    response.setHeader('Set-Cookie', cookieOf(user))
    send(response, Buffer.from(greeting(user)))
  }
}

function send(response, bytes) {
  response.writeHead(200, { 'Content-Type': type, 'Content-Length': bytes.length })
  response.end(bytes)
}

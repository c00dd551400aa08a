import fastify from 'fastify'
import { listening } from '../serving.mjs'
import { cookieOf, count, greeting, html } from '../site.mjs'

const type = 'text/html; charset=utf-8'

export async function serveFastify(plugin) {
  const app = fastify()
  if (plugin) await app.register(plugin)
  app.get('/page', (_, reply) => reply.type(type).send(html))
  app.get('/count', (_, reply) => reply.type(type).send(count()))
  app.get('/login', ({ headers }, reply) => {
    const user = headers['x-user']
    reply.header('Set-Cookie', cookieOf(user)).type(type).send(greeting(user))
  })
  await app.ready()
  return listening(app.server)
}

import express from 'express'
import { serveHttp } from '../serving.mjs'
import { cookieOf, count, greeting, html } from '../site.mjs'

export function serveExpress(...middleware) {
  const app = express()
  for (const each of middleware) app.use(each)
  app.get('/page', (_, response) => response.send(html))
  app.get('/count', (_, response) => response.send(count()))
  app.get('/login', (request, response) => {
    const user = request.get('X-User')
    response.set('Set-Cookie', cookieOf(user)).send(greeting(user))
  })
  return serveHttp(app)
}

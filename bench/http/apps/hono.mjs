import { createAdaptorServer } from '@hono/node-server'
import { Hono } from 'hono'
import { listening } from '../serving.mjs'
import { cookieOf, count, greeting, html } from '../site.mjs'

export function serveHono(...middleware) {
  return serveFetch(honoApp(...middleware).fetch)
}

export function honoApp(...middleware) {
  const app = new Hono()
  for (const each of middleware) app.use(each)
  app.get('/page', (context) => context.html(html))
  app.get('/count', (context) => context.html(count()))
  app.get('/login', (context) => {
    const user = context.req.header('X-User')
    context.header('Set-Cookie', cookieOf(user))
    return context.html(greeting(user))
  })
  return app
}

export function serveFetch(fetch) {
  return listening(createAdaptorServer({ fetch }))
}

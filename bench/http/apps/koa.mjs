import Koa from 'koa'
import { serveHttp } from '../serving.mjs'
import { cookieOf, count, greeting, html } from '../site.mjs'

export function serveKoa(...middleware) {
  const app = new Koa()
  for (const each of middleware) app.use(each)
  app.use((context) => {
    context.type = 'html'
    if (context.path === '/page') context.body = html
    else if (context.path === '/count') context.body = count()
    else {
      const user = context.get('X-User')
      context.set('Set-Cookie', cookieOf(user))
      context.body = greeting(user)
    }
  })
  return serveHttp(app.callback())
}

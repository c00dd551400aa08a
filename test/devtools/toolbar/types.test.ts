import express from 'express'
import fastify, { type FastifyRequest } from 'fastify'
import { type Context, Hono } from 'hono'
import Koa from 'koa'
import { expect, test } from 'vitest'
import { toolbar } from '../../../src/devtools/toolbar.ts'
import { createCache, createCaches } from '../../../src/index.ts'

test('what decides who may see it gets what each framework calls a request', () => {
  const off = { enabled: false }
  const cache = createCache()
  const isAdmin = (name: string | undefined) => name === 'ada'
  const onExpress = toolbar(cache, {
    ...off,
    authorize: (request: express.Request) => isAdmin(request.get('x-user')),
    nonce: (request: express.Request) => request.app.locals.nonce,
  })
  express().use(onExpress.express())
  const onFastify = toolbar([cache], {
    ...off,
    authorize: async (request: FastifyRequest) => isAdmin(request.hostname),
  })
  fastify().register(onFastify.fastify)
  const onKoa = toolbar(createCaches({ default: {} }), {
    ...off,
    authorize: (context: Koa.Context) => isAdmin(context.get('x-user')),
  })
  new Koa().use(onKoa.koa())
  const onHono = toolbar(cache, {
    ...off,
    authorize: (context: Context) => isAdmin(context.req.header('x-user')),
  })
  new Hono().use(onHono.hono())
  express().use(toolbar(cache, off).nest())
  expect(onKoa.enabled).toBe(false)
})

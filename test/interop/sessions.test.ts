import { EventEmitter, once } from 'node:events'
import type { AddressInfo } from 'node:net'
import express from 'express'
import fc from 'fast-check'
import fastify from 'fastify'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createCache } from '../../src/index.ts'
import { type SessionStore, sessionStore } from '../../src/interop/session-store.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { fakeClock } from '../../src/testing/index.ts'
import { expressSessions as session } from './packages/express-session.ts'
import { fastifyCookie, fastifySession } from './packages/fastify-session.ts'
import { exactSetups, hostileName, inScene, sideOf, steps } from './scene.ts'

/** A verb with its callback as a promise. */
function asked<T>(
  call: (done: (error: unknown, value?: T) => void) => void,
): Promise<T | undefined> {
  return new Promise((resolve, reject) =>
    call((error, value) => (error ? reject(error) : resolve(value))),
  )
}

type Verb =
  | { do: 'set' | 'touch'; id: string; lasts: number | null; value: unknown }
  | { do: 'get' | 'destroy'; id: string }
  | { do: 'pass'; ms: number }
  | { do: 'all' | 'length' | 'clear' }

const lasts = fc.constantFrom(null, 60_000, 1, 0, -5, 5 * 60_000, 0.5)
const verb: fc.Arbitrary<Verb> = fc.oneof(
  fc.record({
    do: fc.constantFrom('set' as const, 'touch' as const),
    id: hostileName,
    lasts,
    value: fc.jsonValue(),
  }),
  fc.record({ do: fc.constantFrom('get' as const, 'destroy' as const), id: hostileName }),
  fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(1, 59_999, 60_000, 300_000) }),
  fc.record({ do: fc.constantFrom('all' as const, 'length' as const, 'clear' as const) }),
)

/** What both kinds of store have. */
type Verbs = Pick<SessionStore, 'get' | 'set' | 'touch' | 'destroy' | 'all' | 'length' | 'clear'>

async function run(store: Verbs, verb: Verb, now: number): Promise<unknown> {
  switch (verb.do) {
    case 'pass':
      return undefined
    case 'get':
      return asked((done) => store.get(verb.id, done))
    case 'destroy':
      return asked((done) => store.destroy(verb.id, done))
    case 'set':
    case 'touch': {
      const expires = verb.lasts === null ? null : new Date(now + verb.lasts)
      const data = { cookie: { originalMaxAge: verb.lasts, expires }, value: verb.value }
      return asked((done) => store[verb.do](verb.id, data, done))
    }
    case 'all':
      return asked((done) => store.all(done))
    case 'length':
      return asked((done) => store.length(done))
    case 'clear':
      return asked((done) => store.clear(done))
  }
}

/**
 * What a touch changes of a session without an end, or to one without, is known to differ: here the
 * entry gets another end, there the text of the cookie another line.
 */
function sameEnds(verbs: readonly Verb[]): Verb[] {
  const ends = new Map<string, boolean>()
  return verbs.filter((verb) => {
    if (verb.do !== 'set' && verb.do !== 'touch') return true
    const hasEnd = verb.lasts !== null
    if (verb.do === 'set') ends.set(verb.id, hasEnd)
    return ends.get(verb.id) === hasEnd
  })
}

describe.each(exactSetups)('%s', (setup) => {
  test('answers as the MemoryStore of express-session', () =>
    fc.assert(
      fc.asyncProperty(steps(verb), (history) =>
        inScene(setup, async ({ caches, clock, pass }) => {
          const Store = session.Store
          const ours = caches.map((cache) => sessionStore({ cache, Store, clock, ttl: '10d' }))
          const theirs = new session.MemoryStore() as object as Verbs
          const allowed = new Set(sameEnds(history.map((step) => step.verb)))
          for (const step of history.filter((one) => allowed.has(one.verb))) {
            if (step.verb.do === 'pass') pass(step.verb.ms)
            const expected = plain(await run(theirs, step.verb, clock.now()))
            expect(plain(await run(sideOf(ours, step), step.verb, clock.now()))).toEqual(expected)
          }
        }),
      ),
    ))
})

/** Without what a touch does not carry: the maximum age that the cookie began with. */
function plain(answer: unknown): unknown {
  return answer === undefined
    ? undefined
    : JSON.parse(JSON.stringify(answer), (key, value) => (key === 'originalMaxAge' ? 0 : value))
}

test('a touch moves the end, exactly, and writes nothing else of the session', async () => {
  const clock = fakeClock()
  const cache = createCache({ clock, defaults: { jitter: 1 }, random: () => 0.5 })
  const sessions = sessionStore({ cache, clock })
  const data = (ms: number, name: string) => ({
    cookie: { expires: new Date(clock.now() + ms) },
    name,
  })
  await asked((done) => sessions.set('1', data(1000, 'Ada'), done))
  clock.advance(999)
  await asked((done) => sessions.touch('1', data(1000, 'another'), done))
  clock.advance(999)
  expect(await asked((done) => sessions.get('1', done))).toEqual({
    cookie: { expires: new Date(clock.now() + 1).toISOString() },
    name: 'Ada',
  })
  clock.advance(1)
  expect(await asked((done) => sessions.get('1', done))).toBeUndefined()
})

test('a session ends with its cookie, also where the cache would serve what is stale', async () => {
  const clock = fakeClock()
  const cache = createCache({ clock, defaults: { staleWhileRevalidate: '1h' } })
  const sessions = sessionStore({ cache, clock, ttl: 3000 })
  await asked((done) => sessions.set('by age', { cookie: { maxAge: 1000 } }, done))
  await asked((done) => sessions.set('by end', { cookie: { expires: 'never' } }, done))
  await asked((done) => sessions.set('without', {}, done))
  const ids = async () => Object.keys((await asked((done) => sessions.all(done))) ?? {})
  clock.advance(999)
  expect(await ids()).toEqual(['by age', 'by end', 'without'])
  clock.advance(1)
  expect(await ids()).toEqual(['by end', 'without'])
  expect(await asked<object>((done) => sessions.get('by age', done))).toBeUndefined()
  clock.advance(2000)
  expect(await ids()).toEqual([])
})

test('a touch that a logout overtook brings nothing back', async () => {
  const sessions = sessionStore({ cache: createCache() })
  const data = { cookie: { maxAge: 10_000 } }
  await asked((done) => sessions.set('1', data, done))
  await asked((done) => sessions.destroy('1', done))
  await asked((done) => sessions.touch('1', data, done))
  expect(await asked((done) => sessions.get('1', done))).toBeUndefined()
})

test('what is kept does not change with what was handed over or given out', async () => {
  const sessions = sessionStore({ cache: createCache() })
  const data = { cookie: {}, cart: ['tea'] }
  await asked((done) => sessions.set('1', data, done))
  data.cart.push('rum')
  const got = (await asked<object>((done) => sessions.get('1', done))) as typeof data
  got.cart.push('gin')
  expect(await asked((done) => sessions.get('1', done))).toEqual({ cookie: {}, cart: ['tea'] })
})

test('a cache that fails to write is told, and other namespaces stay', async () => {
  const cache = createCache()
  const sessions = sessionStore({ cache })
  await cache.set('mine', 1)
  await asked((done) => sessions.set('1', { cookie: {} }, done))
  await asked((done) => sessions.clear(done))
  expect(await cache.get('mine')).toBe(1)
  await cache.close()
  await expect(asked((done) => sessions.get('1', done))).rejects.toThrow('closed')
  await expect(asked((done) => sessions.set('1', {}, done))).rejects.toThrow('closed')
  sessions.destroy('1')
})

test('it is a Store of express-session, and listed sessions of long ago are forgotten', async () => {
  const clock = fakeClock()
  const cache = createCache({ clock })
  const store = sessionStore({ cache, Store: session.Store, clock, ttl: 1000 })
  expect(store).toBeInstanceOf(session.Store)
  expect(store).toBeInstanceOf(EventEmitter)
  for (let id = 0; id < 2500; id++) {
    if (id % 500 === 0) clock.advance(1000)
    await asked((done) => store.set(`${id}`, { cookie: {} } as never, done))
  }
  expect(await asked<number>((done) => store.length(done as never))).toBe(500)
})

test('options that make no sense are refused', () => {
  const cache = createCache()
  expect(() => sessionStore({ cache, ttl: 'soon' as never })).toThrow('ttl')
  expect(() => sessionStore({ cache, ttl: -1 })).toThrow('ttl')
  expect(() => sessionStore({ cache, Store: {} as never })).toThrow('Store')
  expect(() => sessionStore({ cache, maxAge: 1 } as never)).toThrow('maxAge')
})

const secret = 'a secret that is long enough for fastify'

test('express-session counts visits on it, across two servers', async () => {
  const store = memoryStore()
  const urls = await Promise.all(
    [0, 1].map(async () => {
      const app = express()
      const cache = createCache({ store, memory: { trust: 0 } })
      app.use(
        session({
          store: sessionStore({ cache, Store: session.Store }),
          secret,
          resave: false,
          saveUninitialized: false,
        }),
      )
      app.get('/', (request, response) => {
        const visitor = request.session as { visits?: number }
        visitor.visits = (visitor.visits ?? 0) + 1
        response.send(`${visitor.visits}`)
      })
      app.get('/logout', (request, response) => {
        request.session.destroy(() => response.send('bye'))
      })
      const server = app.listen(0, '127.0.0.1')
      onTestFinished(() => void server.close())
      await once(server, 'listening')
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    }),
  )
  const [one, other] = urls as [string, string]
  const first = await fetch(one)
  expect(await first.text()).toBe('1')
  const cookie = first.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  const visit = async (url: string) => (await fetch(url, { headers: { cookie } })).text()
  expect(await visit(other)).toBe('2')
  expect(await visit(one)).toBe('3')
  expect(await visit(`${other}/logout`)).toBe('bye')
  expect(await visit(one)).toBe('1')
  expect(
    await (await fetch(one, { headers: { cookie: 'connect.sid=s%3A__proto__.x' } })).text(),
  ).toBe('1')
})

test('@fastify/session counts visits on it', async () => {
  const clock = fakeClock()
  const app = fastify()
  onTestFinished(() => app.close())
  const cache = createCache({ clock })
  await app.register(fastifyCookie)
  await app.register(fastifySession, {
    secret,
    cookie: { secure: false, maxAge: 60_000 },
    store: sessionStore({ cache }) as never,
  })
  app.get('/', async (request) => {
    const visitor = request.session as { visits?: number }
    visitor.visits = (visitor.visits ?? 0) + 1
    return `${visitor.visits}`
  })
  const first = await app.inject('/')
  const [cookie] = first.cookies.map(({ name, value }) => `${name}=${encodeURIComponent(value)}`)
  const visit = async () => (await app.inject({ url: '/', headers: { cookie: cookie ?? '' } })).body
  expect([first.body, await visit(), await visit()]).toEqual(['1', '2', '3'])
  clock.advance(60_000)
  expect(await visit()).toBe('1')
})

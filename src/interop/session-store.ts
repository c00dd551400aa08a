import type { Cache, Duration } from '../contracts/cache.ts'
import type { Clock } from '../contracts/clock.ts'
import { waitingTime } from '../kernel/duration.ts'
import { expectFunction, expectOptions } from '../kernel/expect.ts'
import { systemClock } from '../kernel/system-clock.ts'
import { exactLife } from './exact-life.ts'
import { KeyList } from './key-list.ts'

/** What matters of a session here; the rest is whatever JSON carries. */
export interface SessionData {
  cookie?: {
    expires?: Date | string | boolean | null | undefined
    /** Milliseconds. */
    maxAge?: number | null | undefined
  }
}

/** What express-session and @fastify/session call, with the error first. */
type Callback<T = void> = (error: unknown, value?: T) => void

/** Sessions by their ids, as express-session and @fastify/session want them. */
export interface SessionStore {
  /** Tells nothing where there is no session, or none any more. */
  get(id: string, callback: Callback<SessionData | undefined>): void
  set(id: string, session: SessionData, callback?: Callback): void
  destroy(id: string, callback?: Callback): void
  /** Gives the session the end that its cookie has now; the session itself is not written again. */
  touch(id: string, session: SessionData, callback?: Callback): void
  all(callback: Callback<Record<string, SessionData>>): void
  length(callback: Callback<number>): void
  clear(callback?: Callback): void
}

/** Where sessions are kept, and for how long. */
export interface SessionStoreOptions<Base extends object = object> {
  /** Where sessions are kept: in the namespace `session` of it. */
  readonly cache: Cache
  /** The class `Store` of express-session, which its stores must extend. @default none, as for Fastify */
  readonly Store?: (abstract new () => Base) | undefined
  /** Time after which a session goes whose cookie says no end. @default '1d' */
  readonly ttl?: Duration | undefined
  /** Tells the time. @default the system's */
  readonly clock?: Clock | undefined
}

const known: ReadonlySet<string> = new Set<keyof SessionStoreOptions>([
  'cache',
  'Store',
  'ttl',
  'clock',
])

/**
 * A store of sessions for express-session (give it `Store`) and @fastify/session. A session lives as
 * long as its cookie. Throws a `ConfigError` for options that make no sense.
 */
export function sessionStore<Base extends object = object>(
  options: SessionStoreOptions<Base>,
): Base & SessionStore {
  expectOptions('sessionStore', options, known)
  const { cache, Store, ttl = '1d', clock = systemClock } = options
  if (Store !== undefined) expectFunction('Store', Store)
  const base = Store === undefined ? {} : Reflect.construct(Store, [])
  return Object.assign(base, sessionsOn(cache.namespace('session'), waitingTime('ttl', ttl), clock))
}

function sessionsOn(cache: Cache, ttl: number, clock: Clock): SessionStore {
  const list = new KeyList(cache)
  const lifetimeOf = ({ cookie }: SessionData): number => {
    const { expires, maxAge } = cookie ?? {}
    if (expires instanceof Date || typeof expires === 'string') {
      const end = new Date(expires).getTime()
      if (!Number.isNaN(end)) return end - clock.now()
    }
    return typeof maxAge === 'number' ? maxAge : ttl
  }

  async function read(id: string): Promise<SessionData | undefined> {
    const found = await cache.lookup<string>(id)
    if (found.outcome !== 'hit') return undefined
    const session: SessionData = JSON.parse(found.value)
    // What `touch` moved is the end of the entry, not what is written in it.
    if (session.cookie?.expires) {
      session.cookie.expires = new Date(clock.now() + found.ttl).toISOString()
    }
    return session
  }

  async function write(id: string, session: SessionData): Promise<void> {
    // As text: whoever has a session may change it, and what is kept must not change with it.
    await cache.set(id, JSON.stringify(session), { ...exactLife, ttl: lifetimeOf(session) })
    await list.note(id)
  }

  async function remove(id: string): Promise<void> {
    await cache.delete(id)
  }

  async function move(id: string, session: SessionData): Promise<void> {
    await cache.touch(id, { ttl: lifetimeOf(session), jitter: 0 })
  }

  async function count(): Promise<number> {
    return (await list.keys('')).length
  }

  async function readAll(): Promise<Record<string, SessionData>> {
    const sessions: Record<string, SessionData> = Object.create(null)
    for (const id of await list.keys('')) {
      const session = await read(id)
      if (session !== undefined) sessions[id] = session
    }
    return sessions
  }

  return {
    get: (id, callback) => tell(read(id), callback),
    set: (id, session, callback) => tell(write(id, session), callback),
    destroy: (id, callback) => tell(remove(id), callback),
    touch: (id, session, callback) => tell(move(id, session), callback),
    all: (callback) => tell(readAll(), callback),
    length: (callback) => tell(count(), callback),
    clear: (callback) => tell(cache.clear(), callback),
  }
}

/** What `callback` throws is not taken for a failure of the work. */
function tell<T>(work: Promise<T>, callback: Callback<T> = () => {}): void {
  work.then(
    (value) => callback(null, value),
    (error) => callback(error),
  )
}

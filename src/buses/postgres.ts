import type { Bus } from '../contracts/bus.ts'
import type { Clock } from '../contracts/clock.ts'
import type { Bytes } from '../contracts/store.ts'
import { Batcher } from '../kernel/batcher.ts'
import { BusError, CacheError } from '../kernel/errors.ts'
import { expectOptions, expectString, invalid } from '../kernel/expect.ts'
import { systemClock } from '../kernel/system-clock.ts'
import { Audience } from './audience.ts'
import { LastingConnection } from './lasting-connection.ts'
import { Joiner, partsOf } from './postgres/parts.ts'
import { handedRound, ownProcess, servingProcess } from './postgres/serving-process.ts'
import {
  type PgListener,
  type PgNotification,
  type PgPool,
  type Session,
  sessions,
} from './postgres/session.ts'

export type { PgListener, PgNotification, PgPool, PgRows } from './postgres/session.ts'

export interface PostgresBusOptions {
  /** `postgres://[user[:password]@]host[:port]/database`, opened when it is first needed, by the package `pg`. */
  readonly url?: string | undefined
  /**
   * Instead of `url`: a `Pool` of the package `pg`, one connection of which is held as long as the
   * bus is open, or a connected `Client`, whose loss is final. Neither is closed.
   */
  readonly client?: PgPool | PgListener | undefined
  /** Those on the same channel of a database hear each other; at most 63 bytes. @default 'hotset' */
  readonly channel?: string | undefined
  /** @default the system's */
  readonly clock?: Clock | undefined
}

const known: ReadonlySet<string> = new Set(['url', 'client', 'channel', 'clock'])
const longestName = 63
/** Most messages that one statement sends. */
const batchLimit = 100

interface Listening extends Session {
  /** The process of the server that listens for it. */
  readonly process: unknown
}

/**
 * A bus over the `LISTEN` and `NOTIFY` of PostgreSQL. It speaks and listens on one connection, which
 * is asked for signs of life; when it is lost, and when there is another, listeners are told of a gap.
 * Behind a pooler that hands connections round by transaction (PgBouncer) it cannot listen, and says so.
 * Operations reject with a `BusError`.
 */
export function postgresBus(options: PostgresBusOptions): Bus {
  expectOptions('postgresBus', options, known)
  const { clock = systemClock } = options
  const channel = expectString('channel', options.channel ?? 'hotset')
  if (Buffer.byteLength(channel) > longestName || channel.includes('\0')) {
    throw invalid('channel', `a name of at most ${longestName} bytes without NUL`, channel)
  }
  const label = `The postgres bus on channel "${channel}"`
  const openSession = sessions(sourceOf(options))
  const audience = new Audience()
  let closed = false
  let number = 0

  const listen = async (lost: (reason: string) => void): Promise<Listening> => {
    const session = await openSession()
    const { client, run } = session
    const joiner = new Joiner()
    const hear = ({ channel: at, payload = '' }: PgNotification) => {
      if (at !== channel) return
      const message = joiner.add(payload)
      if (message === 'damaged') audience.gap('unreadable notification')
      else if (message !== 'incomplete') audience.message(message)
      audience.deliver()
    }
    const onError = (error?: Error) => lost(error?.message ?? 'the connection failed')
    const onEnd = () => lost('the connection has ended')
    client.on('notification', hear)
    client.on('error', onError)
    client.on('end', onEnd)
    const leave = () => {
      client.off('notification', hear)
      client.off('error', onError)
      client.off('end', onEnd)
      session.leave()
    }
    try {
      const process = await ownProcess(session, openSession)
      await run(`LISTEN "${channel.replaceAll('"', '""')}"`)
      return { client, run, leave, process }
    } catch (error) {
      leave()
      throw error
    }
  }
  const connection = new LastingConnection<Listening>({
    label,
    clock,
    open: listen,
    async ping(session) {
      if ((await servingProcess(session)) !== session.process) throw handedRound()
    },
    destroy: (session) => session.leave(),
    gap(reason) {
      audience.gap(reason)
      audience.deliver()
    },
  })
  const attempt = async <T>(act: () => Promise<T>): Promise<T> => {
    if (closed) throw new BusError(`${label} is closed`)
    try {
      return await act()
    } catch (error) {
      if (error instanceof CacheError) throw error
      const text = error instanceof Error ? error.message || error.name : String(error)
      throw new BusError(`${label} failed: ${text}`, { cause: error })
    }
  }
  const batches = new Batcher<Bytes, undefined>(async (messages) => {
    const parts = messages.flatMap((message) => {
      const some = partsOf(message, number)
      number += some.length
      return some
    })
    const { run } = await connection.use()
    await run('SELECT pg_notify($1, part) FROM unnest($2::text[]) AS part', [channel, parts])
    return messages.map(() => undefined)
  }, batchLimit)

  return {
    name: 'postgres',
    publish: (message) => attempt(() => batches.add(message)),
    subscribe: (listener) =>
      attempt(async () => {
        const leave = audience.add(listener)
        try {
          await connection.use()
          if (closed) throw new BusError(`${label} is closed`)
        } catch (error) {
          leave()
          throw error
        }
        return async () => {
          leave()
          if (audience.size === 0) connection.close()
        }
      }),
    async close() {
      closed = true
      audience.clear()
      connection.close()
    },
  }
}

function sourceOf({ url, client }: PostgresBusOptions): string | PgPool | PgListener {
  if (url === undefined && client !== undefined) return client
  if (typeof url === 'string' && client === undefined) return url
  throw invalid('url', 'a string, or missing where there is a client', url)
}

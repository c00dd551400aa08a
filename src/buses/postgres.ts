import type { Bus } from '../contracts/bus.ts'
import type { Clock } from '../contracts/clock.ts'
import type { Bytes } from '../contracts/store.ts'
import { expectChannel, listening } from '../drivers/postgres/listening.ts'
import { type PgListener, type PgPool, sessions } from '../drivers/postgres/session.ts'
import { Batcher } from '../kernel/batcher.ts'
import { BusError, CacheError } from '../kernel/errors.ts'
import { expectOptions, expectString, invalid } from '../kernel/expect.ts'
import { systemClock } from '../kernel/system-clock.ts'
import { Audience } from './audience.ts'
import { Joiner, partsOf } from './postgres/parts.ts'

export type { PgListener, PgNotification, PgPool, PgRows } from '../drivers/postgres/session.ts'

/** Which server, and on which channel. */
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
  /** Tells the time. @default the system's */
  readonly clock?: Clock | undefined
}

const known: ReadonlySet<string> = new Set(['url', 'client', 'channel', 'clock'])
/** Most messages that one statement sends. */
const batchLimit = 100

/**
 * A bus over the `LISTEN` and `NOTIFY` of PostgreSQL. It speaks and listens on one connection, which
 * is asked for signs of life; when it is lost, and when there is another, listeners are told of a gap.
 * Behind a pooler that hands connections round by transaction (PgBouncer) it cannot listen, and says so.
 * Operations reject with a `BusError`.
 */
export function postgresBus(options: PostgresBusOptions): Bus {
  expectOptions('postgresBus', options, known)
  const { clock = systemClock } = options
  const channel = expectChannel(expectString('channel', options.channel ?? 'hotset'))
  const label = `The postgres bus on channel "${channel}"`
  const openSession = sessions(sourceOf(options))
  const audience = new Audience()
  let closed = false
  let number = 0

  const connection = listening({
    label,
    channel,
    clock,
    openSession,
    hearing() {
      const joiner = new Joiner()
      return (payload) => {
        const message = joiner.add(payload)
        if (message === 'damaged') audience.gap('unreadable notification')
        else if (message !== 'incomplete') audience.message(message)
        audience.deliver()
      }
    },
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

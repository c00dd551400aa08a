import type { Clock } from '../../contracts/clock.ts'
import { invalid } from '../../kernel/expect.ts'
import { LastingConnection } from '../lasting-connection.ts'
import { handedRound, ownProcess, servingProcess } from './serving-process.ts'
import type { PgNotification, Session } from './session.ts'

const longestName = 63

export interface ListeningOptions {
  /** Shown in errors. */
  readonly label: string
  readonly channel: string
  readonly clock: Clock
  openSession(): Promise<Session>
  /** What hears the payloads that come on one connection. */
  hearing(): (payload: string) => void
  /** Something may not have been heard. Called when the connection is lost and when there is another. */
  gap(reason: string): void
}

/** A session that listens. */
export interface Listening extends Session {
  /** The process of the server that listens for it. */
  readonly process: unknown
}

/** The name of a channel, as given. Throws a `ConfigError` for what cannot be one. */
export function expectChannel(channel: string): string {
  const isShort = new TextEncoder().encode(channel).length <= longestName
  if (isShort && !channel.includes('\0')) return channel
  throw invalid('channel', `a name of at most ${longestName} bytes without NUL`, channel)
}

/** A connection that listens to a channel, not opened yet. */
export function listening(options: ListeningOptions): LastingConnection<Listening> {
  const { label, channel, clock, openSession, hearing, gap } = options
  const open = async (lost: (reason: string) => void): Promise<Listening> => {
    const session = await openSession()
    const { client, run } = session
    const hear = hearing()
    const onNotification = ({ channel: at, payload = '' }: PgNotification) => {
      if (at === channel) hear(payload)
    }
    const onError = (error?: Error) => lost(error?.message ?? 'the connection failed')
    const onEnd = () => lost('the connection has ended')
    client.on('notification', onNotification)
    client.on('error', onError)
    client.on('end', onEnd)
    const leave = () => {
      client.off('notification', onNotification)
      client.off('error', onError)
      client.off('end', onEnd)
      // A client that was handed over goes on.
      run('UNLISTEN *').catch(() => {})
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
  return new LastingConnection({
    label,
    clock,
    open,
    async ping(session) {
      if ((await servingProcess(session)) !== session.process) throw handedRound()
    },
    destroy: (session) => session.leave(),
    gap,
  })
}

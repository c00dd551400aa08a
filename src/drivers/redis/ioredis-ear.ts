import { ConfigError } from '../../kernel/errors.ts'
import type { OpenEar } from './ear.ts'

/** The slice of a client of the package `ioredis` from which one for listening can be made. */
interface Original {
  duplicate(options: object): Listening
}

interface Listening {
  on(event: string, listener: (cause?: unknown) => void): unknown
  on(event: MessageEvent, listener: (channel: Uint8Array, said: unknown) => void): unknown
  connect(): Promise<unknown>
  disconnect(): void
  ping(): Promise<unknown>
  call(name: string, ...words: string[]): Promise<unknown>
  subscribe(channel: string): Promise<unknown>
  ssubscribe(channel: string): Promise<unknown>
}

type MessageEvent = 'messageBuffer' | 'smessageBuffer'

const endings = ['error', 'close', 'end', 'moved']

export function ioredisEar(client: object): OpenEar {
  if (!isOriginal(client))
    throw new ConfigError('Expected `client` to be one that can be duplicated')
  return async (lost) => {
    const own = client.duplicate({
      protocol: 2,
      lazyConnect: true,
      autoResubscribe: false,
      enableAutoPipelining: false,
      enableOfflineQueue: false,
      commandTimeout: undefined,
      socketTimeout: undefined,
      maxRetriesPerRequest: 0,
      reconnectOnError: null,
      retryStrategy: null,
      sentinelRetryStrategy: null,
    })
    let failure: unknown
    own.on('error', (error) => {
      failure = error
    })
    for (const ending of endings) {
      own.on(ending, (cause) => lost(cause instanceof Error ? cause.message : ending))
    }
    try {
      await own.connect()
    } catch (error) {
      own.disconnect()
      throw failure ?? error
    }
    return {
      send: ([name = '', ...words]) => own.call(name, ...words),
      listen(channel, kind, hear) {
        const sharded = kind === 'sharded'
        own.on(sharded ? 'smessageBuffer' : 'messageBuffer', (at: Uint8Array, said: unknown) => {
          if (String(at) === channel) hear(said)
        })
        return sharded ? own.ssubscribe(channel) : own.subscribe(channel)
      },
      ping: () => own.ping(),
      destroy: () => own.disconnect(),
    }
  }
}

function isOriginal(client: object): client is Original {
  return 'duplicate' in client
}

import { ConfigError } from '../../kernel/errors.ts'
import type { OpenEar } from './ear.ts'

/** The slice of a client of the package `redis` from which one for listening can be made. */
interface Original {
  readonly options?: { readonly socket?: object }
  duplicate(options: object): Listening
}

interface Listening {
  on(event: string, listener: (cause?: unknown) => void): unknown
  connect(): Promise<unknown>
  destroy(): unknown
  ping(): Promise<unknown>
  sendCommand(words: readonly string[]): Promise<unknown>
  subscribe: Subscribe
  sSubscribe: Subscribe
}

type Subscribe = (channel: string, hear: (said: unknown) => void, bytes: true) => Promise<unknown>

const endings = ['error', 'terminated', 'end', 'sharded-channel-moved', '__MOVED']

export function nodeRedisEar(client: object): OpenEar {
  if (!isOriginal(client)) {
    throw new ConfigError(
      'Expected `client` to be one that can be duplicated: no pool, and no client for sentinels; hand over `url` instead',
    )
  }
  return async (lost) => {
    const own = client.duplicate({
      RESP: 2,
      clientSideCache: undefined,
      emitInvalidate: false,
      maintNotifications: 'disabled',
      pingInterval: undefined,
      commandOptions: undefined,
      disableOfflineQueue: false,
      socket: { ...client.options?.socket, socketTimeout: undefined, reconnectStrategy: false },
    })
    for (const ending of endings) {
      own.on(ending, (cause) => lost(cause instanceof Error ? cause.message : ending))
    }
    try {
      await own.connect()
    } catch (error) {
      own.destroy()
      throw error
    }
    return {
      send: (words) => own.sendCommand(words),
      listen: (channel, kind, hear) =>
        kind === 'sharded'
          ? own.sSubscribe(channel, hear, true)
          : own.subscribe(channel, hear, true),
      ping: () => own.ping(),
      destroy: () => void own.destroy(),
    }
  }
}

function isOriginal(client: object): client is Original {
  return 'duplicate' in client && 'options' in client && 'subscribe' in client
}

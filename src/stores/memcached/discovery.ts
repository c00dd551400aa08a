import type { Cancel, Clock } from '../../contracts/clock.ts'
import { StoreError } from '../../kernel/errors.ts'
import { lines } from './commands.ts'
import type { Connection, Replies } from './connection.ts'
import type { ServerAddress } from './server-address.ts'

/** Pause between two looks at the configuration. */
export const lookEveryMs = 60_000

export interface ClusterConfiguration {
  /** Rises with each change. */
  readonly version: number
  readonly addresses: readonly ServerAddress[]
}

/**
 * The nodes of an ElastiCache cluster, by its auto-discovery: any node of it tells all of them. A node
 * may tell an older configuration for a while, so that only newer ones count.
 */
export class Discovery {
  readonly #sources: () => readonly Connection[]
  readonly #adopt: (addresses: readonly ServerAddress[]) => void
  readonly #clock: Clock
  #version = -1
  #first: Promise<void> | undefined
  #cancel: Cancel | undefined
  #closed = false

  /** `sources` are asked in order until one answers. */
  constructor(
    sources: () => readonly Connection[],
    adopt: (addresses: readonly ServerAddress[]) => void,
    clock: Clock,
  ) {
    this.#sources = sources
    this.#adopt = adopt
    this.#clock = clock
  }

  /** Resolves when a configuration is known; where none can be had, whoever asks next tries again. */
  ready(): Promise<void> {
    this.#first ??= this.#look().catch((error) => {
      this.#first = undefined
      throw error
    })
    return this.#first
  }

  close(): void {
    this.#closed = true
    this.#cancel?.()
  }

  async #look(): Promise<void> {
    const { version, addresses } = await this.#ask()
    if (version > this.#version) {
      this.#version = version
      this.#adopt(addresses)
    }
    this.#lookLater()
  }

  #lookLater(): void {
    if (this.#closed) return
    // What cannot be learnt now stays as it is until the next time.
    const look = () => void this.#look().catch(() => this.#lookLater())
    this.#cancel = this.#clock.schedule(lookEveryMs, look, 'background')
  }

  async #ask(): Promise<ClusterConfiguration> {
    let cause: unknown
    for (const source of this.#sources()) {
      try {
        return readConfiguration(await source.run(lines('config get cluster')))
      } catch (error) {
        cause = error
      }
    }
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new StoreError(`The Memcached cluster tells none of its nodes: ${reason}`, { cause })
  }
}

/** A line with the version, then `host|ip|port` for each node; `ip` may be empty. */
export function readConfiguration(replies: Replies): ClusterConfiguration {
  const [reply] = replies
  const text = reply?.code === 'CONFIG' ? Buffer.from(reply.value ?? []).toString('latin1') : ''
  const match = /^(\d+)\r?\n([^\r\n]+)\r?\n/.exec(text)
  if (!match)
    throw new StoreError(`No configuration of a cluster in ${JSON.stringify(reply?.line)}`)
  const nodes = (match[2] as string).trim().split(' ')
  return { version: Number(match[1]), addresses: nodes.map(nodeAddress) }
}

function nodeAddress(node: string): ServerAddress {
  const match = /^([^|\s]+)\|([^|\s]*)\|(\d{1,5})$/.exec(node)
  if (!match) throw new StoreError(`No node of a cluster: ${JSON.stringify(node)}`)
  return { host: match[1] as string, ip: match[2] || undefined, port: Number(match[3]) }
}

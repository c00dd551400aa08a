import type { Bus } from './contracts/bus.ts'
import type { Clock } from './contracts/clock.ts'
import type { Store } from './contracts/store.ts'
import { ConfigError } from './kernel/errors.ts'

/** A store named by URL, and the bus that comes with it. */
export interface Opened {
  readonly store: Store
  readonly bus: Bus | undefined
}

type Opener = (location: string, options: StoreUrlOptions) => Promise<Opened>

interface StoreUrlOptions {
  readonly clock: Clock
  readonly maxBytes?: string
}

/** What each scheme opens. Its code, and the driver it needs, are loaded when it is first used. */
const schemes: Readonly<Record<string, Opener>> = {
  async lmdb(directory, options) {
    const { lmdbStore } = await import('./stores/lmdb.ts')
    return {
      store: lmdbStore({ directory, ...options }),
      bus: await busIn(directory, options),
    }
  },
  async file(directory, options) {
    const { fileStore } = await import('./stores/file.ts')
    return { store: fileStore({ directory, ...options }), bus: await busIn(directory, options) }
  },
}

/** Understands `scheme:location?option=value` at once, and opens it when it is called. */
export function openUrl(url: string, clock: Clock): () => Promise<Opened> {
  const match = /^([a-z][a-z0-9+.-]*):([^?]*)(?:\?(.*))?$/s.exec(url)
  const scheme = match?.[1] ?? ''
  const opener = Object.hasOwn(schemes, scheme) ? schemes[scheme] : undefined
  if (match === null || opener === undefined) {
    const known = Object.keys(schemes).map((name) => `${name}:`)
    throw new ConfigError(
      `Expected \`store\` to be a store or to begin with ${known.join(' or ')}, got a string that begins with "${scheme ? `${scheme}:` : url.slice(0, 12)}"`,
    )
  }
  const location = (match[2] as string).replace(/^\/\/(?=\/)/, '')
  if (location === '')
    throw new ConfigError(`Expected \`store\` to name a directory after "${scheme}:"`)
  const options = optionsOf(new URLSearchParams(match[3] ?? ''))
  return () => opener(location, { clock, ...options })
}

function optionsOf(query: URLSearchParams): { maxBytes?: string } {
  for (const name of query.keys()) {
    if (name !== 'maxBytes')
      throw new ConfigError(`Unknown option \`${name}\` in \`store\`; it knows maxBytes`)
  }
  const maxBytes = query.get('maxBytes')
  return maxBytes === null ? {} : { maxBytes }
}

async function busIn(directory: string, { clock }: StoreUrlOptions): Promise<Bus> {
  const { localBus } = await import('./buses/local.ts')
  return localBus({ directory: `${directory}/bus`, clock })
}

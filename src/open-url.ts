import type { Bus } from './contracts/bus.ts'
import type { Clock } from './contracts/clock.ts'
import type { Store } from './contracts/store.ts'
import { ConfigError } from './kernel/errors.ts'

/** A store named by URL, and the bus that comes with it. */
export interface Opened {
  readonly store: Store
  readonly bus: Bus | undefined
}

/** A URL taken apart. */
interface Address {
  /** What follows the scheme and its colon, without the options. */
  readonly location: string
  /** The URL without the options that are ours. */
  readonly url: string
  readonly clock: Clock
}

type Options = Readonly<Record<string, string>>

interface Scheme {
  /** There is no network between. */
  readonly local?: boolean
  /** The options that are ours; others are an error, unless they are the driver's to judge. */
  readonly options: readonly string[]
  readonly othersAreTheDrivers?: boolean
  open(address: Address, options: Options): Promise<Opened>
}

const lmdb: Scheme = {
  local: true,
  options: ['maxBytes'],
  async open({ location, clock }, options) {
    const { lmdbStore } = await import('./stores/lmdb.ts')
    const directory = withoutHost(location)
    const bus = await busIn(directory, clock)
    return { store: lmdbStore({ directory, clock, ...options }), bus }
  },
}

const file: Scheme = {
  local: true,
  options: ['maxBytes'],
  async open({ location, clock }, options) {
    const { fileStore } = await import('./stores/file.ts')
    const directory = withoutHost(location)
    const bus = await busIn(directory, clock)
    return { store: fileStore({ directory, clock, ...options }), bus }
  },
}

const redis: Scheme = {
  options: ['replicas', 'commands', 'bus'],
  async open({ url, clock }, { replicas, commands, bus }) {
    const { redisStore } = await import('./stores/redis.ts')
    const store = redisStore({
      url,
      clock,
      replicas: flag('replicas', replicas),
      commands: commands as 'all' | 'plain' | undefined,
    })
    return {
      store,
      bus: await redisBusFor(url, clock, bus ?? (commands === 'plain' ? 'none' : 'pubsub')),
    }
  },
}

const memcached: Scheme = {
  options: ['failover', 'discover'],
  async open({ location, clock }, { failover, discover }) {
    const { memcachedStore } = await import('./stores/memcached.ts')
    const store = memcachedStore({
      servers: location.replace(/^\/\//, ''),
      clock,
      failover: flag('failover', failover),
      discover: flag('discover', discover),
    })
    return { store, bus: undefined }
  },
}

const sql: Scheme = {
  options: ['maxBytes', 'table', 'schema', 'unlogged', 'createTable'],
  othersAreTheDrivers: true,
  async open({ url, clock }, { unlogged, createTable, ...options }) {
    const { sqlStore } = await import('./stores/sql.ts')
    const store = sqlStore({
      database: url,
      clock,
      unlogged: flag('unlogged', unlogged),
      createTable: flag('createTable', createTable),
      ...options,
    })
    return { store, bus: url.startsWith('postgres') ? await postgresBusFor(url, clock) : undefined }
  },
}

/** What each scheme opens. Its code, and the driver it needs, are loaded when it is first used. */
const schemes: Readonly<Record<string, Scheme>> = {
  lmdb,
  file,
  ...Object.fromEntries(
    ['redis', 'rediss', 'valkey', 'valkeys'].flatMap((name) => [
      [name, redis],
      [`${name}+cluster`, redis],
      [`${name}+sentinel`, redis],
    ]),
  ),
  memcached,
  postgres: sql,
  postgresql: sql,
  mysql: sql,
  mariadb: sql,
  sqlite: { ...sql, local: true },
}

/** What a URL stands for. */
export interface Understood {
  /** There is no network between. */
  readonly local: boolean
  open(): Promise<Opened>
}

/** Understands `scheme:location?option=value` at once; a `ConfigError` says what is wrong with it. */
export function openUrl(url: string, clock: Clock): Understood {
  const match = /^([a-z][a-z0-9+.-]*):([^?]*)(?:\?(.*))?$/s.exec(url)
  const name = match?.[1] ?? ''
  const scheme = Object.hasOwn(schemes, name) ? schemes[name] : undefined
  if (match === null || scheme === undefined) {
    const known = Object.keys(schemes).map((known) => `${known}:`)
    const begin = name ? `${name}:` : url.slice(0, 12)
    throw new ConfigError(
      `Expected \`store\` to be a store or to begin with ${known.join(', ')}; got a string that begins with "${begin}"`,
    )
  }
  const location = match[2] as string
  if (/^\/*$/.test(location)) {
    throw new ConfigError(`Expected \`store\` to say where after "${name}:"`)
  }
  const [options, rest] = optionsOf(scheme, new URLSearchParams(match[3] ?? ''))
  const query = rest.size === 0 ? '' : `?${rest}`
  return {
    local: scheme.local ?? false,
    open: () => scheme.open({ location, url: `${name}:${location}${query}`, clock }, options),
  }
}

/** Those that are ours, and the rest. */
function optionsOf(scheme: Scheme, query: URLSearchParams): [Options, URLSearchParams] {
  const rest = new URLSearchParams()
  const options: Record<string, string> = {}
  for (const [name, value] of query) {
    if (scheme.options.includes(name)) options[name] = value
    else if (scheme.othersAreTheDrivers) rest.append(name, value)
    else {
      const known = scheme.options.join(', ')
      throw new ConfigError(`Unknown option \`${name}\` in \`store\`; it knows ${known}`)
    }
  }
  return [options, rest]
}

function flag(name: string, value: string | undefined): boolean | undefined {
  if (value === undefined) return undefined
  if (value === 'true' || value === '') return true
  if (value === 'false') return false
  throw new ConfigError(`Expected \`${name}\` in \`store\` to be true or false, got "${value}"`)
}

/** `file:///var/cache` is a way to write `file:/var/cache`. */
function withoutHost(location: string): string {
  return location.replace(/^\/\/(?=\/)/, '')
}

async function redisBusFor(url: string, clock: Clock, kind: string): Promise<Bus | undefined> {
  if (kind === 'none') return undefined
  if (kind === 'tracking') {
    const { redisTrackingBus } = await import('./buses/redis-tracking.ts')
    return redisTrackingBus({ url, clock })
  }
  if (kind !== 'pubsub') {
    throw new ConfigError(
      `Expected \`bus\` in \`store\` to be pubsub, tracking or none, got "${kind}"`,
    )
  }
  const { redisBus } = await import('./buses/redis.ts')
  return redisBus({ url, clock })
}

async function postgresBusFor(url: string, clock: Clock): Promise<Bus> {
  const { postgresBus } = await import('./buses/postgres.ts')
  return postgresBus({ url, clock })
}

async function busIn(directory: string, clock: Clock): Promise<Bus> {
  const { localBus } = await import('./buses/local.ts')
  return localBus({ directory: `${directory}/bus`, clock })
}

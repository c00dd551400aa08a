import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Cache } from '../contracts/cache.ts'
import { expectName, Keyspace } from '../core/keyspace.ts'
import { createCache } from '../index.ts'
import { systemClock } from '../kernel/system-clock.ts'
import { openUrl } from '../open-url.ts'
import { asUsage, wholeNumber } from './as-usage.ts'
import { cachesModuleIn, loadCaches } from './caches-module.ts'
import { Failure, type Terminal, UsageError, type Values } from './command.ts'
import { printable } from './printable.ts'
import type { Target } from './target.ts'

/**
 * Which cache a command works on: the same options everywhere. It takes the URL of a store, or the
 * module in which the project makes its caches: one that exports what `createCaches` or `createCache`
 * answered. Without `--url` and `--caches` the module is the one that `package.json` names,
 * `"hotset": "./src/caches.js"`, else `hotset.config.js`, `.mjs`, `.ts` or `.mts` in the directory.
 * TypeScript is read from Node 22.18 on; before, name what it is compiled to.
 *
 * ```ts
 * // hotset.config.ts
 * import { createCaches } from 'hotset'
 *
 * export const caches = createCaches({
 *   default: { store: process.env.CACHE_URL },
 *   pages: { memory: { maxWeight: '64mb' }, store: 'lmdb:./.cache/pages' },
 * })
 * export const squares = caches.get().define({ name: 'squares', load: (id: number) => id ** 2 })
 * ```
 *
 * `--name` may be left out where the module has one cache. A store on this machine that is not there,
 * and the table of a database, are made by `import` and `bench` alone: looking at what was mistyped
 * makes nothing. With `--url` values are read that the codecs of this package made, encrypted ones
 * apart; with a module, those of its codec. A cache with a key function can be read, explained,
 * invalidated and cleared, and its keys not listed.
 */
export const targetFlags = {
  url: {
    value: 'URL',
    help: 'the store: redis://…, lmdb:DIR, file:DIR, memcached://…, postgres://…, sqlite:FILE',
  },
  caches: {
    value: 'file',
    help: 'a module that exports caches (default: hotset.config.js, .mjs or .ts, or what package.json says)',
    isFile: true,
  },
  name: { value: 'name', help: 'of the cache (default: default)' },
  namespace: { value: 'path', help: 'of the cache: users, or users/admins' },
  'key-version': { value: 'n', help: "of the keys (default: the cache's, which is 1)" },
  json: { help: 'prints JSON and nothing else' },
} as const

export type TargetValues = Values<typeof targetFlags>

/** Somebody is waiting, and would rather wait than not know. */
const storeTimeout = '10s'
/** Stores that are made where there are none. */
const local = /^(lmdb|file|sqlite):(?:\/\/(?=\/))?([^?]*)/
const sql = /^(postgres|postgresql|mysql|mariadb|sqlite):/

/** Opens what was named. `mayMake` says that a store on this machine need not be there yet. */
export async function openTarget(
  values: TargetValues,
  terminal: Terminal,
  mayMake = false,
): Promise<Target> {
  const version = wholeNumber('key-version', values['key-version'], 0)
  const path = values.namespace?.split('/') ?? []
  asUsage(() => path.map((name) => expectName('namespace', name)))
  if (values.url === undefined) {
    const file = values.caches ?? cachesModuleIn(terminal.directory)
    const { cache, label, close } = await loadCaches(resolve(terminal.directory, file), values.name)
    const view = inNamespace(cache, path)
    return {
      ...{ cache: view, label, close, url: undefined, bus: undefined },
      keyOptions: version === undefined ? {} : { version },
      store: await view.store(),
      space: await spaceOf(view),
      failure: () => undefined,
    }
  }
  if (values.caches !== undefined) throw new UsageError('Expected --url or --caches, got both')
  return openNamed(values.url, values.name ?? 'default', path, version ?? 1, mayMake)
}

/** As `openTarget`, closed again when `use` is done with it. */
export async function withTarget<T>(
  values: TargetValues,
  terminal: Terminal,
  use: (target: Target) => Promise<T>,
  mayMake?: boolean,
): Promise<T> {
  const target = await openTarget(values, terminal, mayMake)
  try {
    return await use(target)
  } finally {
    await target.close()
  }
}

/** Who only reads does not make the table of a database that was perhaps not meant. */
function withoutMaking(url: string): string {
  if (!sql.test(url) || /[?&]createTable\b/.test(url)) return url
  return `${url}${url.includes('?') ? '&' : '?'}createTable=false`
}

/** The store would be made if it were opened. */
export function isMissing(url: string): boolean {
  const place = local.exec(url)?.[2]
  return place !== undefined && !existsSync(place)
}

/** A URL without what is secret in it, so that it can be shown. */
function shownUrl(url: string): string {
  return printable(url.replace(/\?.*$/s, '').replace(/^([^:]*:\/\/).*@/s, '$1'))
}

async function openNamed(
  url: string,
  name: string,
  path: readonly string[],
  version: number,
  mayMake: boolean,
): Promise<Target> {
  const understood = asUsage(() => openUrl(mayMake ? url : withoutMaking(url), systemClock))
  asUsage(() => expectName('name', name))
  if (!mayMake && isMissing(url)) throw new Failure(`There is no store in ${shownUrl(url)}`)
  const { store, bus } = await understood.open()
  let failure: unknown
  const root = createCache({
    ...{ name, store, version, storeTimeout, memory: false },
    bus: bus ?? false,
    onEvent(event) {
      if (event.type === 'error') failure = event.error
    },
  })
  const space = path.reduce((space, part) => space.namespace(part), new Keyspace(name, version))
  const shown = `The cache "${printable(space.prefix)}" in ${shownUrl(url)}`
  return {
    cache: inNamespace(root, path),
    keyOptions: {},
    label: shown,
    url,
    ...{ space, store, bus },
    failure: () => failure,
    async close() {
      await root.close()
      await bus?.close()
      await store.close()
    },
  }
}

function inNamespace(cache: Cache, path: readonly string[]): Cache {
  return path.reduce((cache, name) => cache.namespace(name), cache)
}

/** How a cache writes its keys in the store, as far as it is the usual way. */
async function spaceOf(cache: Cache): Promise<Keyspace | undefined> {
  const { physicalKey } = await cache.explain('key')
  const [, version] = /:(\d+):key$/.exec(physicalKey) ?? []
  if (physicalKey !== `${cache.name}:${version}:key`) return undefined
  const [root = '', ...path] = cache.name.split('/')
  return path.reduce((space, part) => space.namespace(part), new Keyspace(root, Number(version)))
}

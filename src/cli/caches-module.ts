import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Cache } from '../contracts/cache.ts'
import type { Caches } from '../core/caches.ts'
import { codeOf } from '../kernel/error-code.ts'
import { Failure, UsageError } from './command.ts'
import { printable } from './printable.ts'

/** Where a project's caches are looked for, unless its `package.json` says where they are. */
const usualNames = [
  'hotset.config.js',
  'hotset.config.mjs',
  'hotset.config.ts',
  'hotset.config.mts',
]

/** One of the caches of a module. */
export interface LoadedCache {
  readonly cache: Cache
  readonly label: string
  close(): Promise<void>
}

/** The module that a directory's project keeps its caches in. @throws UsageError where there is none */
export function cachesModuleIn(directory: string): string {
  const manifest = join(directory, 'package.json')
  const said: unknown = existsSync(manifest)
    ? JSON.parse(readFileSync(manifest, 'utf8')).hotset
    : undefined
  if (typeof said === 'string') return said
  const found = usualNames.find((name) => existsSync(join(directory, name)))
  if (found !== undefined) return found
  throw new UsageError(
    `Expected --url, --caches, a ${usualNames[0]} here, or "hotset": "./caches.js" in package.json`,
  )
}

/** All that a module exports. Where this version of Node reads no TypeScript, it is told so. */
export async function loadModule(file: string): Promise<Readonly<Record<string, unknown>>> {
  if (!existsSync(file)) throw new Failure(`${printable(file)}: There is no such file`)
  try {
    return await import(pathToFileURL(file).href)
  } catch (error) {
    if (codeOf(error) !== 'ERR_UNKNOWN_FILE_EXTENSION') throw error
    throw new Failure(
      `${printable(file)}: Node ${process.versions.node} reads no TypeScript: compile it, or use Node 22.18 or later`,
    )
  }
}

/** The cache of that name among those that a module exports, by itself or as `Caches`. */
export async function loadCaches(file: string, name: string | undefined): Promise<LoadedCache> {
  const exported = Object.entries(await loadModule(file))
  const found = new Map<string, () => Pick<LoadedCache, 'cache' | 'close'>>()
  for (const [key, value] of exported) {
    if (isCaches(value)) {
      for (const name of value.names) {
        found.set(name, () => ({ cache: value.get(name), close: () => value.close() }))
      }
    } else if (isCache(value)) {
      const names = value.name === key ? [key] : [key, value.name]
      for (const name of names)
        found.set(name, () => ({ cache: value, close: () => value.close() }))
    }
  }
  const [only] = found.size === 1 ? found.keys() : []
  const chosen = name ?? (found.has('default') ? 'default' : only)
  const open = chosen === undefined ? undefined : found.get(chosen)
  if (open !== undefined) {
    return { ...open(), label: `The cache "${chosen}" of ${printable(file)}` }
  }
  const names = [...found.keys()].join(', ')
  throw new UsageError(
    found.size === 0
      ? `${printable(file)} exports no cache, nor what createCaches answers`
      : `Expected --name to be one of ${names}, got ${name ?? 'none'}`,
  )
}

function isCaches(value: unknown): value is Caches<string> {
  return isObject(value) && Array.isArray(value.names) && typeof value.get === 'function'
}

function isCache(value: unknown): value is Cache {
  return isObject(value) && typeof value.getOrSet === 'function' && 'explain' in value
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { type Finding, isAtLeast, versionFinding } from './finding.ts'

interface Manifest {
  readonly name: string
  readonly version: string
  readonly engines: { readonly node: string }
  readonly peerDependencies: Readonly<Record<string, string>>
}

const manifest: Manifest = JSON.parse(
  readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
)

/** The packages that open what a URL names; one of them is enough. */
const drivers: readonly (readonly [schemes: RegExp, packages: readonly string[]])[] = [
  [/^(redis|rediss|valkey|valkeys)(\+|:)/, ['redis']],
  [/^lmdb:/, ['lmdb']],
  [/^postgres(ql)?:/, ['pg']],
  [/^(mysql|mariadb):/, ['mysql2']],
  [/^sqlite:/, ['better-sqlite3']],
]

/** Versions of what runs here: Node, this package, and the driver that the URL needs. */
export async function* runtimeFindings(url: string | undefined): AsyncGenerator<Finding> {
  yield versionFinding('Node', process.versions.node, manifest.engines.node)
  yield { check: 'version', severity: 'ok', found: `hotset ${manifest.version}` }
  const [, packages = []] = drivers.find(([schemes]) => schemes.test(url ?? '')) ?? []
  for (const name of packages) {
    const version = versionOf(name)
    const needed = manifest.peerDependencies[name] ?? '0'
    if (version !== undefined) yield versionFinding(name, version, needed)
    else if (name === 'better-sqlite3' && isAtLeast(process.versions.node, '24')) continue
    else {
      const advice = `npm install ${name}`
      yield { check: 'driver', severity: 'error', found: `${name} is not installed`, advice }
    }
  }
}

/** Not every package lets its manifest be asked for by name. */
function versionOf(name: string): string | undefined {
  let directory: string
  try {
    directory = dirname(createRequire(import.meta.url).resolve(name))
  } catch {
    return undefined
  }
  for (; directory !== dirname(directory); directory = dirname(directory)) {
    const file = join(directory, 'package.json')
    const found: Partial<Manifest> = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
    if (found.name === name) return found.version
  }
  return undefined
}

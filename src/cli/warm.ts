import { createReadStream } from 'node:fs'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { counted, shownTime } from './amounts.ts'
import { wholeNumber } from './as-usage.ts'
import { cachesModuleIn, loadModule } from './caches-module.ts'
import { type Command, command, exitCodes, Failure, type Terminal, UsageError } from './command.ts'
import { printable } from './printable.ts'
import { progressBar } from './progress-bar.ts'
import { writeJson } from './write-out.ts'

/** Loads one thing, unless it is there already. */
type Warmer = (id: unknown) => unknown

interface Result {
  readonly warmed: number
  readonly failed: number
  readonly ms: number
}

/** Failures that are told one by one. */
const mostTold = 5

/**
 * Calls an export of the caches module with each id of a list: a cache made by `cache.define`,
 * whose loader then runs where the entry is not there; a memoized function; or any function that
 * fills a cache. LIST has an id a line, each of which counts once; `-` is the standard input. An id
 * that fails is told of, and the others go on; then the exit code is 1.
 *
 * `npx hotset warm ids.txt --with squares --json-ids` warms the cache of the example. `--json`
 * prints `{ warmed, failed, ms }`.
 */
export const warm: Command = command({
  details: `
Loads what is not in the cache yet: calls an export of the caches module with each id of a list.
That is a cache made by cache.define, a memoized function, or any function that fills a cache. LIST
has an id a line (--json-ids: in JSON); - is the standard input. A trace tells the ids by how often
they were read, the most wanted first.`,
  operands: [{ name: 'list', isFile: true }],
  flags: {
    caches: {
      value: 'file',
      help: 'the module (default: hotset.config.js, .mjs or .ts, or what package.json says)',
      isFile: true,
    },
    with: { value: 'export', help: 'what is called with each id' },
    trace: {
      value: 'file',
      help: 'takes the ids from a trace, as hotset simulate reads it',
      isFile: true,
    },
    format: { value: 'name', help: 'of the trace (default: by its name and first bytes)' },
    limit: { value: 'n', help: 'loads so many at most' },
    concurrency: { value: 'n', help: 'loads so many at once (default 8)' },
    'json-ids': { help: 'each id is JSON: 42, "a", {"page":1}' },
    json: { help: 'prints {warmed, failed, ms}' },
  },
  async run([list], values, terminal) {
    if ((list === undefined) === (values.trace === undefined)) {
      throw new UsageError('Expected a list of ids, or --trace')
    }
    const limit = wholeNumber('limit', values.limit) ?? Infinity
    const concurrency = wholeNumber('concurrency', values.concurrency) ?? 8
    const file = resolve(terminal.directory, values.caches ?? cachesModuleIn(terminal.directory))
    const exported = await loadModule(file)
    const warmer = warmerIn(exported, values.with, file)
    const texts =
      values.trace === undefined
        ? await idsOfList(list ?? '-', terminal)
        : await idsOfTrace(resolve(terminal.directory, values.trace), values.format)
    const ids = texts.slice(0, limit).map((text) => (values['json-ids'] ? parsed(text) : text))
    try {
      const result = await warmAll(ids, warmer, concurrency, terminal)
      if (values.json) await writeJson(terminal.stdout, result)
      else terminal.stdout.write(`${said(result)}\n`)
      return result.failed > 0 ? exitCodes.failed : exitCodes.done
    } finally {
      await closeAll(exported)
    }
  },
})

/** What the export does with an id. Without a name there must be one alone that can do it. */
function warmerIn(
  exported: Readonly<Record<string, unknown>>,
  name: string | undefined,
  file: string,
): Warmer {
  const found = Object.entries(exported).flatMap(([key, value]) => {
    const warmer = warmerOf(value)
    return warmer === undefined ? [] : [[key, warmer] as const]
  })
  const chosen =
    name === undefined && found.length === 1 ? found[0] : found.find(([key]) => key === name)
  if (chosen !== undefined) return chosen[1]
  const names = found
    .map(([key]) => key)
    .sort()
    .join(', ')
  throw new UsageError(
    names === ''
      ? `${printable(file)} exports nothing that loads: no function, nor what cache.define answers`
      : `Expected --with to be one of ${names}, got ${name ?? 'none'}`,
  )
}

function warmerOf(value: unknown): Warmer | undefined {
  if (typeof value === 'function') return (id) => value(id)
  const isDefined =
    typeof value === 'object' &&
    value !== null &&
    'refresh' in value &&
    'get' in value &&
    'key' in value
  if (!isDefined || typeof value.get !== 'function') return undefined
  const get = value.get.bind(value)
  return (id) => get(id)
}

async function idsOfList(list: string, { stdin, directory }: Terminal): Promise<string[]> {
  const input = list === '-' ? stdin : createReadStream(resolve(directory, list))
  const ids: string[] = []
  for await (const line of createInterface({ input, crlfDelay: Infinity })) {
    if (line !== '') ids.push(line)
  }
  return [...new Set(ids)]
}

/** The most wanted come first. */
async function idsOfTrace(file: string, format: string | undefined): Promise<string[]> {
  const { readAccesses } = await import('./trace-keys.ts')
  const counts = await readAccesses(file, format)
  return [...counts].sort(([, a], [, b]) => b - a).map(([key]) => key)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Failure(`Expected an id in JSON, got ${printable(text)}`)
  }
}

async function warmAll(
  ids: readonly unknown[],
  warmer: Warmer,
  concurrency: number,
  { stderr, interrupted }: Terminal,
): Promise<Result> {
  const bar = progressBar(stderr)
  const signal = interrupted()
  const begun = performance.now()
  let [next, warmed, failed] = [0, 0, 0]
  const work = async () => {
    while (next < ids.length && !signal.aborted) {
      const id = ids[next++]
      try {
        await warmer(id)
        warmed++
      } catch (error) {
        failed++
        bar.clear()
        if (failed <= mostTold)
          stderr.write(`${printable(shown(id))}: ${printable(String(error))}\n`)
      }
      const done = warmed + failed
      const left = ((performance.now() - begun) / done) * (ids.length - done)
      bar.show(`${counted(done, 'id', 'ids')}, ${shownTime(left)} to go`, done / ids.length)
    }
  }
  await Promise.all(Array.from({ length: Math.min(concurrency, ids.length) }, work))
  bar.clear()
  if (signal.aborted) {
    throw new Failure(`Interrupted: warmed ${warmed} of ${ids.length}`, exitCodes.interrupted)
  }
  return { warmed, failed, ms: Math.round(performance.now() - begun) }
}

function shown(id: unknown): string {
  return typeof id === 'string' ? id : JSON.stringify(id)
}

/** What was loaded may still be on its way to the store. */
async function closeAll(exported: Readonly<Record<string, unknown>>): Promise<void> {
  for (const value of Object.values(exported)) {
    if (typeof value !== 'object' || value === null || !('close' in value)) continue
    if (typeof value.close === 'function') await value.close()
  }
}

function said({ warmed, failed, ms }: Result): string {
  const rest = failed > 0 ? `; ${failed} failed` : ''
  return `Warmed ${counted(warmed, 'id', 'ids')} in ${shownTime(ms)}${rest}`
}

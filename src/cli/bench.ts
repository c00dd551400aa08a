import { randomBytes } from 'node:crypto'
import type { Cache } from '../contracts/cache.ts'
import type { Store } from '../contracts/store.ts'
import { Keyspace } from '../core/keyspace.ts'
import { createCache } from '../index.ts'
import { bytes as bytesIn } from '../kernel/size.ts'
import { shownTime } from './amounts.ts'
import { asUsage, wholeNumber } from './as-usage.ts'
import { type Command, command, exitCodes, Failure, type Terminal } from './command.ts'
import { targetFlags, withTarget } from './open-target.ts'
import { painter } from './paint.ts'
import { progressBar } from './progress-bar.ts'
import { storeOf } from './target.ts'
import { textTable } from './text-table.ts'
import { writeJson } from './write-out.ts'

/** How long each call of a verb took, and all of them together; milliseconds. */
interface Measured {
  readonly operation: string
  readonly calls: number
  /** Keys in each call. */
  readonly keys: number
  readonly perSecond: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly max: number
}

interface Plan {
  readonly calls: number
  readonly concurrency: number
  readonly size: number
}

/** Keys of one `getMany`. */
const together = 50
/** Keys that are written and read, one after the other. */
const different = 1000

/**
 * Sets, reads that hit and that miss, reads of 50 keys at once and deletes, through a cache without
 * memory: what an application would measure. It writes under a name of its own, and removes what it
 * wrote.
 *
 * `--json` prints an array of `{ operation, calls, keys, perSecond, p50, p95, p99, max }`;
 * `perSecond` counts calls, of `keys` keys each.
 */
export const bench: Command = command({
  details: `
How fast the store is, as a cache uses it: sets, reads that hit and that miss, reads of ${together} keys at
once, deletes. It writes under a name of its own, and removes what it wrote.`,
  flags: {
    ...targetFlags,
    calls: { value: 'n', help: 'calls of each verb (default 2000)' },
    concurrency: { value: 'n', help: 'calls at once (default 16)' },
    size: { value: 'size', help: 'of a value (default 1kb)' },
    json: {
      help: 'prints an array of {operation, calls, keys, perSecond, p50, p95, p99, max}, in ms',
    },
  },
  run(_, values, terminal) {
    const plan: Plan = {
      calls: wholeNumber('calls', values.calls) ?? 2000,
      concurrency: wholeNumber('concurrency', values.concurrency) ?? 16,
      size: sizeOf(values.size ?? '1kb'),
    }
    return withTarget(
      values,
      terminal,
      async (target) => {
        const store = storeOf(target)
        const results = await measureAll(store, plan, terminal)
        if (values.json) await writeJson(terminal.stdout, results)
        else terminal.stdout.write(report(results, target.label, terminal))
      },
      true,
    )
  },
})

function sizeOf(text: string): number {
  return asUsage(() => bytesIn('size', /^\d+$/.test(text) ? Number(text) : text))
}

/** On a cache beside the one that was named, with the same store. */
async function measureAll(store: Store, plan: Plan, terminal: Terminal): Promise<Measured[]> {
  const name = `hotset-bench-${randomBytes(6).toString('hex')}`
  const space = new Keyspace(name, 1)
  const cache = createCache({ name, store, bus: false, memory: false, storeTimeout: '10s' })
  const keys = Array.from({ length: Math.min(different, plan.calls) }, (_, i) => `key:${i}`)
  const bar = progressBar(terminal.stderr)
  const interrupted = terminal.interrupted()
  const results: Measured[] = []
  try {
    for (const [operation, width, call] of operationsOn(cache, keys, plan)) {
      bar.show(operation, results.length / 5)
      results.push(await measure(operation, width, call, plan, interrupted))
    }
    const { errors } = cache.stats().store
    if (errors > 0) throw new Failure(`The store failed ${errors} times`)
    return results
  } finally {
    bar.clear()
    await cache.close()
    const written = [...keys.map((key) => space.physicalKey(key, undefined))]
    await store.deleteMany([...written, ...space.generations.map((mark) => space.markKey(mark))])
  }
}

type Call = (i: number) => Promise<unknown>

function operationsOn(
  cache: Cache,
  keys: readonly string[],
  { size }: Plan,
): (readonly [operation: string, keys: number, call: Call])[] {
  const value = randomBytes(Math.ceil(size / 2))
    .toString('hex')
    .slice(0, size)
  const keyAt = (i: number) => keys[i % keys.length] as string
  const several = (i: number) => Array.from({ length: together }, (_, j) => keyAt(i * together + j))
  return [
    ['set', 1, (i) => cache.set(keyAt(i), value)],
    ['get, hit', 1, (i) => cache.get(keyAt(i))],
    ['get, miss', 1, (i) => cache.get(`none:${i}`)],
    [`getMany, ${together} keys`, together, (i) => cache.getMany(several(i))],
    ['delete', 1, (i) => cache.delete(keyAt(i))],
  ]
}

async function measure(
  operation: string,
  keys: number,
  call: Call,
  { calls, concurrency }: Plan,
  interrupted: AbortSignal,
): Promise<Measured> {
  const times = new Float64Array(calls)
  let next = 0
  const work = async () => {
    while (next < calls) {
      if (interrupted.aborted) throw new Failure('Interrupted', exitCodes.interrupted)
      const i = next++
      const begun = performance.now()
      await call(i)
      times[i] = performance.now() - begun
    }
  }
  const begun = performance.now()
  await Promise.all(Array.from({ length: Math.min(concurrency, calls) }, work))
  const seconds = (performance.now() - begun) / 1000
  times.sort()
  const at = (share: number) =>
    round(times[Math.min(calls - 1, Math.floor(share * calls))] as number)
  const perSecond = Math.round(calls / seconds)
  return {
    operation,
    calls,
    keys,
    perSecond,
    p50: at(0.5),
    p95: at(0.95),
    p99: at(0.99),
    max: at(1),
  }
}

function round(ms: number): number {
  return Math.round(1000 * ms) / 1000
}

function report(results: readonly Measured[], label: string, terminal: Terminal): string {
  const columns = [
    { title: 'operation' },
    ...['calls/s', 'median', '95 %', '99 %', 'longest'].map((title) => ({
      title,
      align: 'right' as const,
    })),
  ]
  const rows = results.map(({ operation, perSecond, p50, p95, p99, max }) => [
    operation,
    perSecond.toLocaleString('en'),
    ...[p50, p95, p99, max].map(shownTime),
  ])
  return `${label}\n\n${textTable(columns, rows, painter(terminal.stdout, terminal))}\n`
}

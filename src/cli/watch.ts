import { once } from 'node:events'
import type { Bus } from '../contracts/bus.ts'
import type { Bytes } from '../contracts/store.ts'
import { type BusMessage, readMessage } from '../core/behind/bus-message.ts'
import { milliseconds } from '../kernel/duration.ts'
import { asUsage, wholeNumber } from './as-usage.ts'
import { type Command, command, Failure } from './command.ts'
import { targetFlags, withTarget } from './open-target.ts'
import { type Paint, painter } from './paint.ts'
import { jsonText, printable } from './printable.ts'
import type { Target } from './target.ts'

/** Milliseconds between two looks at a bus that does not speak by itself. */
const lookEvery = 25

/** One thing that was heard. */
interface News {
  readonly time: string
  readonly event: 'change' | 'invalidate' | 'clear' | 'gap'
  readonly cache: string
  /** The process that said so, as 16 digits; undefined for a gap. */
  readonly process?: string
  readonly names: readonly Name[]
  readonly reason?: string
}

/** A key, a tag, or what was cleared. */
interface Name {
  readonly name: string
  readonly namespace?: string
  readonly version?: number
}

/**
 * What the processes of the cache tell each other on the bus of its store, as they do: keys that
 * were written or deleted, tags that were invalidated, clearings, and gaps, where something may
 * have been missed. It takes `--url`, and runs until it is told to end.
 *
 * `--json` prints a line `{ time, event, cache, process, names }` for each: `event` is `change`,
 * `invalidate`, `clear` or `gap` (with `reason`), `process` 16 digits that are the same for what
 * one process says, and each of `names` `{ name, namespace, version }`, without what is the cache's
 * own.
 */
export const watch: Command = command({
  details: `
Prints what any process changes in a cache, as it does: keys that were written or deleted, tags that
were invalidated, clearings; and gaps, where something may have been missed. It hears what the
processes tell each other on the bus of the store, and runs until it is told to end.`,
  flags: {
    ...targetFlags,
    all: { help: 'hears of all caches on that bus' },
    count: { value: 'n', help: 'ends after so many lines' },
    for: { value: 'duration', help: 'ends after that time: 30s' },
    json: { help: 'prints a line of JSON for each' },
  },
  run(_, values, terminal) {
    const count = wholeNumber('count', values.count) ?? Infinity
    const { for: duration } = values
    const length = duration === undefined ? undefined : asUsage(() => milliseconds('for', duration))
    return withTarget(values, terminal, async (target) => {
      const [root = ''] = target.cache.name.split('/')
      const enough = new AbortController()
      const paint = painter(terminal.stdout, terminal)
      let told = 0
      const tell = (news: News) => {
        if (told >= count || (!values.all && news.cache !== root)) return
        terminal.stdout.write(`${values.json ? jsonText(news) : line(news, paint)}\n`)
        if (++told >= count) enough.abort()
      }
      const time = length === undefined ? [] : [AbortSignal.timeout(length)]
      const ended = AbortSignal.any([terminal.interrupted(), enough.signal, ...time])
      const bus = busOf(target)
      const unsubscribe = await bus.subscribe({
        message(bytes) {
          const news = newsIn(bytes)
          if (news !== undefined) tell(news)
        },
        gap: (reason) => tell({ ...now('gap', root), reason, names: [] }),
      })
      terminal.stderr.write(`Listening to ${target.label}\n`)
      const looking = setInterval(() => bus.poll?.(), lookEvery)
      if (!ended.aborted) await once(ended, 'abort')
      clearInterval(looking)
      await unsubscribe()
    })
  },
})

function busOf({ bus, label, url }: Target): Bus {
  if (bus !== undefined) return bus
  const reason =
    url === undefined
      ? 'does not show its bus: name its store by --url'
      : 'has no bus: nothing can be heard of it'
  throw new Failure(`${label} ${reason}`)
}

const events: Readonly<Record<BusMessage['kind'], News['event'] | undefined>> = {
  keys: 'change',
  tags: 'invalidate',
  clear: 'clear',
  alive: undefined,
  gone: undefined,
}

function newsIn(bytes: Bytes): News | undefined {
  const message = readMessage(bytes)
  const event = message && events[message.kind]
  if (message === undefined || event === undefined) return undefined
  const { cache, origin, names } = message
  return { ...now(event, cache), process: origin, names: names.map(nameOf) }
}

function now(event: News['event'], cache: string) {
  return { time: new Date().toISOString(), event, cache }
}

/** Keys of namespaces and of other versions, and generations, are written with a NUL before them. */
function nameOf(written: string): Name {
  if (written[0] !== '\0') return { name: written }
  const [, path = '', version, name] = /^\0([^:]*):(\d+):(.*)$/s.exec(written) ?? []
  if (version === undefined) return { name: written.slice(1) }
  return { name: name ?? '', version: Number(version), ...(path && { namespace: path.slice(1) }) }
}

function line({ time, event, cache, names, reason }: News, paint: Paint): string {
  const colour = event === 'gap' ? 'red' : event === 'change' ? 'green' : 'yellow'
  const shown = names.map(({ name, namespace, version }) => {
    const where = namespace === undefined ? '' : `${printable(namespace)}: `
    return `${where}${printable(name)}${version === undefined ? '' : ` (version ${version})`}`
  })
  const what = reason === undefined ? shown.join(', ') : printable(reason)
  const when = paint('dim', time.slice(11, 23))
  return `${when}  ${paint(colour, event.padEnd(10))}  ${printable(cache)}  ${what}`.trimEnd()
}

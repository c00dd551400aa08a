import type { Clock } from '../contracts/clock.ts'
import type { Duration } from '../contracts/duration.ts'
import type { CacheEvent } from '../contracts/events.ts'
import { waitingTime } from '../kernel/duration.ts'
import { systemClock } from '../kernel/system-clock.ts'
import { errorType } from './error-type.ts'
import { keyGroup } from './key-group.ts'
import { Repetitions } from './repetitions.ts'
import { type Listeners, subscribe } from './subscribe.ts'

/** How loudly something is logged. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** `console`, winston, pino, bunyan: the last two, known by `bindings` or `fields`, want the object first. */
export type Logger = Readonly<Record<LogLevel, (...message: never[]) => void>>

/** What is logged, and how loudly. */
export interface LogEventsOptions {
  /**
   * Level of each type of event, or `'off'`. @default `error`: error, `store` and `gap`: warn, `load`,
   * `flush`, `invalidate` and `clear`: debug, others: off; what tells of a failure is warn at least
   */
  readonly levels?: Partial<Readonly<Record<CacheEvent['type'], LogLevel | 'off'>>> | undefined
  /** What is shown of a key or a tag; `false` shows all of it. @default keyGroup: what varies is hidden */
  readonly redact?: ((key: string, namespace: string | undefined) => string) | false | undefined
  /** Time in which failures that are alike are logged once; how many there were comes with the next. @default '1m' */
  readonly every?: Duration | undefined
  /** Time. @default the system's */
  readonly clock?: Clock | undefined
}

const usualLevels: Readonly<Partial<Record<CacheEvent['type'], LogLevel>>> = {
  error: 'error',
  store: 'warn',
  gap: 'warn',
  load: 'debug',
  flush: 'debug',
  invalidate: 'debug',
  clear: 'debug',
}

/** Writes what happens into a log; answers what ends it. */
export function logEvents(logger: Logger, options: LogEventsOptions = {}): () => void {
  const { levels, redact = keyGroup, clock = systemClock } = options
  const repetitions = new Repetitions(waitingTime('every', options.every ?? '1m'), clock)
  const show = redact === false ? (key: string) => key : redact
  const objectFirst = 'bindings' in logger || 'fields' in logger
  const write = (event: CacheEvent) => {
    const level = levelOf(event, levels?.[event.type])
    if (level === 'off') return
    const fields = fieldsOf(event, show, redact !== false)
    const repeated = 'error' in event ? repetitions.count(signatureOf(event, fields)) : 0
    if (repeated === undefined) return
    if (repeated > 0) fields.repeated = repeated
    const log = logger[level] as (...message: unknown[]) => void
    const text = `cache ${event.cache}: ${sentenceOf(event)}`
    if (objectFirst) log.call(logger, fields, text)
    else log.call(logger, text, fields)
  }
  const wanted = new Set<string>([...Object.keys(usualLevels), ...Object.keys(levels ?? {})])
  const heard = [...wanted].filter((type) => levels?.[type as CacheEvent['type']] !== 'off')
  return subscribe(Object.fromEntries(heard.map((type) => [type, write])) as Listeners)
}

function levelOf(event: CacheEvent, chosen: LogLevel | 'off' | undefined): LogLevel | 'off' {
  const failed = 'error' in event || (event.type === 'flush' && event.failures > 0)
  const usual = usualLevels[event.type] ?? 'off'
  if (event.type === 'store' && event.up) return chosen ?? 'info'
  return chosen ?? (failed && usual !== 'error' ? 'warn' : usual)
}

/** What there is to say of an event besides the sentence; no value is among it. */
function fieldsOf(
  event: CacheEvent,
  show: (key: string, namespace: string | undefined) => string,
  isRedacted: boolean,
): Record<string, unknown> {
  const { namespace } = event as { readonly namespace?: string }
  const fields: Record<string, unknown> = {}
  for (const [name, member] of Object.entries(event)) {
    if (name === 'key') fields.key = show(String(member), namespace)
    else if (name === 'tags' || name === 'names') {
      fields[name] = (member as readonly string[]).map((text) => show(text, undefined))
    } else if (name === 'error') {
      const key = 'key' in event ? event.key : undefined
      fields.error = isRedacted ? redacted(member, key, show) : member
    } else if (name !== 'value' && plain.has(typeof member)) fields[name] = member
  }
  return fields
}

const plain: ReadonlySet<string> = new Set(['string', 'number', 'boolean'])

/** The error without its key, and without what the package's own messages quote. */
function redacted(
  error: unknown,
  key: string | undefined,
  show: (key: string, namespace: string | undefined) => string,
): Record<string, unknown> {
  const message = error instanceof Error ? error.message : String(error)
  const quoted = message.replace(/"([^"]*)"/g, (_, text: string) => `"${show(text, undefined)}"`)
  const hidden = key === undefined ? quoted : quoted.replaceAll(key, show(key, undefined))
  return { type: errorType(error), message: hidden }
}

/** What failures have in common that need not be told of twice. */
function signatureOf(event: CacheEvent & { readonly error?: unknown }, fields: object): string {
  const { namespace } = event as { readonly namespace?: string }
  const key = 'key' in event && event.key !== undefined ? keyGroup(event.key, namespace) : ''
  const { message = '' } = (('error' in fields && fields.error) || {}) as { message?: string }
  return [event.type, event.cache, key, errorType(event.error), keyGroup(message)].join('\0')
}

function sentenceOf(event: CacheEvent): string {
  switch (event.type) {
    case 'read':
      return event.tier === undefined ? event.outcome : `${event.outcome} in ${event.tier}`
    case 'load':
      return 'error' in event ? 'a load failed' : 'loaded'
    case 'operation':
      return `${event.operation} ${'error' in event ? 'failed' : 'done'} on ${event.store}`
    case 'store':
      return event.up
        ? 'what is behind memory answers again'
        : 'what is behind memory is down, memory goes on'
    case 'gap':
      return `others' changes may have been missed: ${event.reason}`
    case 'flush':
      return event.failures > 0 ? 'writes that were put off failed' : 'writes reached the source'
    case 'error':
      return 'something failed, and the cache went on'
    default:
      return event.type
  }
}

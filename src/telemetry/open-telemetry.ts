import type { Clock } from '../contracts/clock.ts'
import { systemClock } from '../kernel/system-clock.ts'
import { secondBounds } from './buckets.ts'
import { type CacheSet, cachesOf, membership } from './cache-set.ts'
import { errorType } from './error-type.ts'
import { keyGroup } from './key-group.ts'
import { type Metric, metrics, readMetrics } from './metrics.ts'
import type { Meter, Observe, OpenTelemetryApi, Span, Tracer } from './open-telemetry-api.ts'
import { subscribe } from './subscribe.ts'

/** As `SpanKind` and `SpanStatusCode` number them. */
const internal = 0
const client = 2
const failed = 2

/** What is told to OpenTelemetry. */
export interface OpenTelemetryOptions {
  /** Numbers, as counters, gauges and histograms. @default true */
  readonly metrics?: boolean | undefined
  /** Spans of loads, of waits for somebody else's load, and of operations of the store. @default true */
  readonly spans?: boolean | undefined
  /** What of a key is in spans: what many keys have in common. @default keyGroup */
  readonly group?: ((key: string, namespace: string | undefined) => string) | undefined
  /** When waits and operations of the store began. @default the system's */
  readonly clock?: Clock | undefined
}

/**
 * Tells OpenTelemetry of the caches; answers what ends it. `api` is all of `@opentelemetry/api`. What
 * the semantic conventions name (operations of databases) has their names; of caches they know nothing
 * yet, so these are `hotset.cache.…`. Neither metrics nor spans have keys in them.
 */
export function openTelemetry(
  caches: CacheSet,
  api: OpenTelemetryApi,
  options: OpenTelemetryOptions = {},
): () => void {
  const isMember = membership(caches)
  const stops: (() => void)[] = []
  if (options.metrics ?? true) stops.push(measure(caches, isMember, api.metrics.getMeter('hotset')))
  if (options.spans ?? true) stops.push(trace(isMember, api, options))
  return () => {
    for (const stop of stops) stop()
  }
}

type IsMember = ReturnType<typeof membership>

function measure(caches: CacheSet, isMember: IsMember, meter: Meter): () => void {
  const instruments = new Map<Metric, object>()
  for (const metric of metrics) {
    const { name, kind, unit, help: description } = metric
    const create = kind === 'counter' ? 'createObservableCounter' : 'createObservableGauge'
    instruments.set(metric, meter[create](name, { unit, description }))
  }
  const observe: Observe = async (result) => {
    for (const { metric, samples } of await readMetrics(cachesOf(caches))) {
      const instrument = instruments.get(metric) as object
      for (const { attributes, value } of samples) {
        result.observe(instrument, value, namedAttributes(attributes))
      }
    }
  }
  const observed = [...instruments.values()]
  meter.addBatchObservableCallback(observe, observed)
  const seconds = { unit: 's', advice: { explicitBucketBoundaries: [...secondBounds] } }
  const loads = meter.createHistogram('hotset.cache.load.duration', {
    ...seconds,
    description: 'How long loaders took.',
  })
  const operations = meter.createHistogram('db.client.operation.duration', {
    ...seconds,
    description: 'How long batches took to the store and back.',
  })
  const gaps = meter.createCounter('hotset.cache.bus.gaps', {
    unit: '{gap}',
    description: "Times at which others' changes may have been missed.",
  })
  const unsubscribe = subscribe({
    load(event) {
      if (!isMember(event)) return
      const about = { 'hotset.cache.name': event.cache, ...errorAttributes(event) }
      loads.record(event.durationMs / 1000, about)
    },
    operation(event) {
      if (!isMember(event)) return
      operations.record(event.durationMs / 1000, operationAttributes(event))
    },
    gap(event) {
      if (isMember(event)) gaps.add(1, { 'hotset.cache.name': event.cache })
    },
  })
  return () => {
    unsubscribe()
    meter.removeBatchObservableCallback(observe, observed)
  }
}

function trace(
  isMember: IsMember,
  { trace, context }: OpenTelemetryApi,
  { group = keyGroup, clock = systemClock }: OpenTelemetryOptions,
): () => void {
  const tracer: Tracer = trace.getTracer('hotset')
  const spans = new WeakMap<object, Span>()
  const about = (event: { cache: string; key: string; namespace: string | undefined }) => ({
    'hotset.cache.name': event.cache,
    'hotset.cache.key.group': group(event.key, event.namespace),
  })
  /** What is told of when it is over: it began so many milliseconds ago. */
  const past = (
    name: string,
    durationMs: number,
    options: Omit<Parameters<Tracer['startSpan']>[1], 'startTime'>,
    event: { readonly error?: unknown },
  ) => {
    const now = clock.now()
    end(tracer.startSpan(name, { ...options, startTime: now - durationMs }), event, now)
  }
  return subscribe({
    'load-start'(event) {
      if (!isMember(event)) return
      const attributes = { ...about(event), 'hotset.cache.background': `${event.background}` }
      const span = tracer.startSpan('hotset.load', { kind: internal, attributes })
      spans.set(event, span)
      event.around((body) => context.with(trace.setSpan(context.active(), span), body))
    },
    load(event) {
      const span = event.start && spans.get(event.start)
      if (span !== undefined) end(span, event)
    },
    join(event) {
      if (!isMember(event)) return
      const load = event.load && spans.get(event.load)
      const links = load === undefined ? [] : [{ context: load.spanContext() }]
      const options = { kind: internal, attributes: about(event), links }
      past('hotset.wait', event.durationMs, options, {})
    },
    operation(event) {
      if (!isMember(event)) return
      const { operation, store, count, durationMs } = event
      const attributes = { ...operationAttributes(event), 'db.operation.batch.size': count }
      past(`${operation} ${store}`, durationMs, { kind: client, attributes }, event)
    },
  })
}

function end(span: Span, event: { readonly error?: unknown }, time?: number): void {
  if ('error' in event) {
    span.setAttribute('error.type', errorType(event.error))
    span.setStatus({ code: failed })
  }
  span.end(time)
}

function namedAttributes(attributes: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [
      `hotset.cache.${name === 'cache' ? 'name' : name}`,
      value,
    ]),
  )
}

function operationAttributes(event: {
  readonly cache: string
  readonly store: string
  readonly operation: string
  readonly error?: unknown
}): Record<string, string> {
  return {
    'hotset.cache.name': event.cache,
    'db.system.name': event.store,
    'db.operation.name': event.operation,
    ...errorAttributes(event),
  }
}

function errorAttributes(event: { readonly error?: unknown }): Record<string, string> {
  return 'error' in event ? { 'error.type': errorType(event.error) } : {}
}

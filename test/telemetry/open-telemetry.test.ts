import * as api from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { createCache } from '../../src/index.ts'
import { channels } from '../../src/kernel/channels.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { openTelemetry } from '../../src/telemetry/open-telemetry.ts'

const spans = new InMemorySpanExporter()
const points = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
const reader = new PeriodicExportingMetricReader({ exporter: points, exportIntervalMillis: 1e9 })
const meters = new MeterProvider({ readers: [reader] })
const tracers = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] })
const manager = new AsyncLocalStorageContextManager().enable()
const tracer = tracers.getTracer('application')

beforeAll(() => {
  api.context.setGlobalContextManager(manager)
  api.trace.setGlobalTracerProvider(tracers)
  api.metrics.setGlobalMeterProvider(meters)
})
beforeEach(() => spans.reset())
afterAll(async () => {
  api.context.disable()
  api.trace.disable()
  api.metrics.disable()
  manager.disable()
  await meters.shutdown()
})

/** Runs `body` inside of a span of the application; answers that span. */
async function inSpan(name: string, body: () => unknown): Promise<api.Span> {
  const span = tracer.startSpan(name)
  await api.context.with(api.trace.setSpan(api.context.active(), span), body)
  span.end()
  return span
}

const named = (name: string): ReadableSpan[] =>
  spans.getFinishedSpans().filter((span) => span.name === name)
const idOf = (span: api.Span) => span.spanContext().spanId
const turn = () => new Promise((resolve) => setImmediate(resolve))

for (const place of ['memory alone', 'a store behind it'] as const) {
  test(`a load is a child of the request that began it, and waits are linked to it: ${place}`, async () => {
    const cache = createCache(place === 'memory alone' ? {} : { store: memoryStore() })
    onTestFinished(openTelemetry(cache, api))
    let proceed = () => {}
    const gate = new Promise<void>((resolve) => {
      proceed = resolve
    })
    const load = async () => {
      await gate
      // What the loader does is inside of the load's span, even after it has waited.
      await inSpan('query', async () => {})
      return 1
    }
    const requests = ['first', 'second', 'third'].map((name) =>
      inSpan(name, async () => {
        await turn()
        await cache.getOrSet('user:42', load)
        tracer.startSpan(`after ${name}`).end()
      }),
    )
    for (let i = 0; i < 10; i++) await turn()
    proceed()
    const [first, second, third] = await Promise.all(requests)
    const [loaded, ...others] = named('hotset.load')
    expect(others).toEqual([])
    expect(loaded?.parentSpanContext?.spanId).toBe(first && idOf(first))
    expect(loaded?.attributes).toMatchObject({
      'hotset.cache.name': 'default',
      'hotset.cache.key.group': 'user:{id}',
    })
    expect(named('query')[0]?.parentSpanContext?.spanId).toBe(loaded?.spanContext().spanId)
    const waits = named('hotset.wait')
    expect(waits.map((span) => span.parentSpanContext?.spanId).sort()).toEqual(
      [second, third].map((span) => span && idOf(span)).sort(),
    )
    for (const wait of waits) {
      expect(wait.links.map(({ context }) => context.spanId)).toEqual([
        loaded?.spanContext().spanId,
      ])
    }
    for (const [name, span] of [
      ['first', first],
      ['second', second],
      ['third', third],
    ] as const) {
      expect(named(`after ${name}`)[0]?.parentSpanContext?.spanId).toBe(span && idOf(span))
    }
    expect(
      JSON.stringify(spans.getFinishedSpans().map(({ name, attributes }) => [name, attributes])),
    ).not.toContain('42')
  })
}

test('a failed load is a failed span, with the kind of the error alone', async () => {
  const cache = createCache()
  onTestFinished(openTelemetry(cache, api))
  const error = new TypeError('user 42 is broken')
  await inSpan('request', () => cache.getOrSet('a', () => Promise.reject(error)).catch(() => {}))
  const [span] = named('hotset.load')
  expect(span?.status).toEqual({ code: api.SpanStatusCode.ERROR })
  expect(span?.attributes['error.type']).toBe('TypeError')
})

test('operations of the store are client spans of the request, by the conventions of databases', async () => {
  const cache = createCache({ store: memoryStore() })
  onTestFinished(openTelemetry(cache, api))
  const request = await inSpan('request', async () => {
    await cache.setMany({ a: 1, b: 2 })
  })
  const [span] = named('setMany memory').filter(
    ({ attributes }) => attributes['db.operation.batch.size'] === 2,
  )
  expect(span?.kind).toBe(api.SpanKind.CLIENT)
  expect(span?.parentSpanContext?.spanId).toBe(idOf(request))
  expect(span?.attributes).toMatchObject({
    'db.system.name': 'memory',
    'db.operation.name': 'setMany',
  })
})

test('metrics are what the caches count, and nothing is told of a hit', async () => {
  const cache = createCache({ name: 'shop', store: memoryStore() })
  const stop = openTelemetry(cache, api, { spans: false })
  onTestFinished(stop)
  expect(channels.read.hasSubscribers).toBe(false)
  await cache.getOrSet('user:1', () => 1)
  await cache.getOrSet('user:1', () => 1)
  await cache.getOrSet('user:2', () => Promise.reject(new RangeError('no'))).catch(() => {})
  await reader.forceFlush()
  const scopes = points.getMetrics().at(-1)?.scopeMetrics ?? []
  const metrics = scopes.flatMap((scope) => scope.metrics)
  const pointOf = (name: string, attributes: object) =>
    metrics
      .find(({ descriptor }) => descriptor.name === name)
      ?.dataPoints.find(
        (point) =>
          JSON.stringify(sorted(point.attributes)) ===
          JSON.stringify(sorted({ 'hotset.cache.name': 'shop', ...attributes })),
      )?.value
  const stats = cache.stats()
  expect(stats.memory.hits).toBe(1)
  expect(
    pointOf('hotset.cache.reads', { 'hotset.cache.outcome': 'hit', 'hotset.cache.tier': 'memory' }),
  ).toBe(1)
  expect(pointOf('hotset.cache.reads', { 'hotset.cache.outcome': 'miss' })).toBe(stats.misses)
  expect(pointOf('hotset.cache.memory.entry.count', {})).toBe(1)
  expect(pointOf('hotset.cache.load.duration', {})).toMatchObject({ count: 1 })
  expect(pointOf('hotset.cache.load.duration', { 'error.type': 'RangeError' })).toMatchObject({
    count: 1,
  })
  const operations = metrics.find(
    ({ descriptor }) => descriptor.name === 'db.client.operation.duration',
  )
  expect(operations?.descriptor.unit).toBe('s')
  expect(operations?.dataPoints.length).toBeGreaterThan(0)
  expect(
    JSON.stringify(metrics.map(({ dataPoints }) => dataPoints.map(({ attributes }) => attributes))),
  ).not.toContain('user')
  stop()
  await cache.getOrSet('user:3', () => 1)
  await reader.forceFlush()
  const after =
    points
      .getMetrics()
      .at(-1)
      ?.scopeMetrics.flatMap((scope) => scope.metrics) ?? []
  const misses = after
    .find(({ descriptor }) => descriptor.name === 'hotset.cache.reads')
    ?.dataPoints.find(({ attributes }) => attributes['hotset.cache.outcome'] === 'miss')
  expect(misses?.value).toBe(stats.misses)
  expect(cache.stats().misses).toBe(stats.misses + 1)
})

function sorted(attributes: object): [string, unknown][] {
  return Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1))
}

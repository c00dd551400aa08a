import { Buckets, secondBounds } from './buckets.ts'
import { type CacheSet, cachesOf, membership } from './cache-set.ts'
import { contentType, exposition, type Family, prometheusName } from './exposition.ts'
import { readMetrics, type Sample } from './metrics.ts'
import { subscribe } from './subscribe.ts'

/** The slice of a response of `node:http` that is used. */
interface NodeResponse {
  statusCode: number
  setHeader(name: string, value: string): unknown
  end(text: string): unknown
}

/** What Prometheus is to be given. It knows nothing of authorisation: mount it where only Prometheus comes. */
export interface PrometheusEndpoint {
  /** What the text is to be sent as. */
  readonly contentType: string
  /** The text exposition, version 0.0.4. */
  text(): Promise<string>
  /** Answers a request as `fetch` does: for Hono, Deno, Bun and the like. */
  fetch(request?: unknown): Promise<Response>
  /** Answers a request of `node:http`, and so of Express and Connect. */
  node(request: unknown, response: NodeResponse): Promise<void>
  /** Durations of loads are counted no more. */
  close(): void
}

/**
 * The numbers of the caches for Prometheus. Counters are those that the caches keep anyway; what takes
 * time is told of as it happens. No label has a key in it: cache, tier, outcome, reason, definition.
 */
export function prometheus(caches: CacheSet): PrometheusEndpoint {
  const isMember = membership(caches)
  const loads = new Durations()
  const operations = new Durations()
  const gaps = new Map<string, number>()
  const stop = subscribe({
    load(event) {
      if (!isMember(event)) return
      const result = 'error' in event ? 'failure' : 'success'
      loads.add({ cache: event.cache, result }, event.durationMs)
    },
    operation(event) {
      if (!isMember(event)) return
      const { cache, store, operation } = event
      const result = 'error' in event ? 'failure' : 'success'
      operations.add({ cache, store, operation, result }, event.durationMs)
    },
    gap(event) {
      if (isMember(event)) gaps.set(event.cache, (gaps.get(event.cache) ?? 0) + 1)
    },
  })

  async function text(): Promise<string> {
    const read = await readMetrics(cachesOf(caches))
    const families = read.map(
      ({ metric: { name, kind, unit, help }, samples }): Family => ({
        name: prometheusName(name, unit, kind === 'counter'),
        ...{ type: kind, help, samples },
      }),
    )
    const gapSamples = [...gaps].map(([cache, value]) => ({ attributes: { cache }, value }))
    return exposition([
      ...families,
      {
        ...{ name: 'hotset_cache_bus_gaps_total', type: 'counter', samples: gapSamples },
        help: "Times at which others' changes may have been missed.",
      },
      loads.family('hotset_cache_load_duration_seconds', 'How long loaders took.'),
      operations.family(
        'hotset_cache_store_operation_duration_seconds',
        'How long batches took to the store and back.',
      ),
    ])
  }

  return {
    contentType,
    text,
    fetch: async () => new Response(await text(), { headers: { 'content-type': contentType } }),
    async node(_request, response) {
      const body = await text()
      response.statusCode = 200
      response.setHeader('content-type', contentType)
      response.end(body)
    },
    close: stop,
  }
}

/** A histogram for each set of labels. */
class Durations {
  readonly #members = new Map<string, { attributes: Record<string, string>; buckets: Buckets }>()

  add(attributes: Record<string, string>, ms: number): void {
    const name = JSON.stringify(attributes)
    let member = this.#members.get(name)
    if (member === undefined) {
      member = { attributes, buckets: new Buckets() }
      this.#members.set(name, member)
    }
    member.buckets.add(ms / 1000)
  }

  family(name: string, help: string): Family {
    const samples = [...this.#members.values()].flatMap(({ attributes, buckets }) => {
      let below = 0
      const parts: (Sample & { suffix: string })[] = buckets.counts.map((count, i) => {
        const bound = secondBounds[i]
        const le = bound === undefined ? '+Inf' : `${bound}`
        below += count
        return { suffix: '_bucket', attributes: { ...attributes, le }, value: below }
      })
      return [
        ...parts,
        { suffix: '_sum', attributes, value: buckets.sum },
        { suffix: '_count', attributes, value: buckets.count },
      ]
    })
    return { name, type: 'histogram', help, samples }
  }
}

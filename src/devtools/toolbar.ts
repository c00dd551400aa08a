import type { Clock } from '../contracts/clock.ts'
import { ConfigError } from '../kernel/errors.ts'
import { expectFunction, expectInteger, expectOptions, invalid } from '../kernel/expect.ts'
import { systemClock } from '../kernel/system-clock.ts'
import type { CacheSet } from '../telemetry/cache-set.ts'
import { Desk } from './toolbar/desk.ts'
import { expressToolbar, type ToolbarMiddleware } from './toolbar/express.ts'
import { fastifyToolbar, type ToolbarFastifyPlugin } from './toolbar/fastify.ts'
import { honoToolbar, type ToolbarHonoMiddleware } from './toolbar/hono.ts'
import { koaToolbar, type ToolbarKoaMiddleware } from './toolbar/koa.ts'
import type { RequestReport, RequestSummary } from './toolbar/request-report.ts'

export type { CacheSet } from '../telemetry/cache-set.ts'
export type { ToolbarMiddleware } from './toolbar/express.ts'
export type { ToolbarFastifyInstance, ToolbarFastifyPlugin } from './toolbar/fastify.ts'
export type { ToolbarHonoContext, ToolbarHonoMiddleware } from './toolbar/hono.ts'
export type { ToolbarKoaContext, ToolbarKoaMiddleware } from './toolbar/koa.ts'
export type {
  CallReport,
  LoadReport,
  NameReport,
  RenewalReport,
  RequestReport,
  RequestStart,
  RequestSummary,
  Totals,
} from './toolbar/request-report.ts'

/** `R` is what the framework calls a request: Express's and Fastify's request, Koa's and Hono's context. */
export interface ToolbarOptions<R> {
  /** Whether there is a toolbar. @default unless NODE_ENV is `production` */
  readonly enabled?: boolean | undefined
  /** Who may see it; in production nobody may without. @default everybody */
  readonly authorize?: ((request: R) => boolean | Promise<boolean>) | undefined
  /** The nonce of scripts in the page. @default the one in its Content-Security-Policy */
  readonly nonce?: ((request: R) => string | undefined) | undefined
  /** Requests whose reports are kept. @default 100 */
  readonly keep?: number | undefined
  /** Where reports are answered: the last at this path, each below it by its id. @default '/__hotset' */
  readonly path?: string | undefined
  /** Time. @default the system's */
  readonly clock?: Clock | undefined
}

const known: ReadonlySet<string> = new Set<keyof ToolbarOptions<never>>([
  ...(['enabled', 'authorize', 'nonce', 'keep', 'path', 'clock'] as const),
])

/** Shows on each page what the caches did for it. */
export interface Toolbar<R = unknown> {
  /** Whether there is one: where not, what follows does nothing. */
  readonly enabled: boolean
  /** For `app.use` of Express. */
  express(): ToolbarMiddleware<R>
  /** A plugin: `app.register(bar.fastify)`. */
  readonly fastify: ToolbarFastifyPlugin
  /** For `app.use` of Koa. */
  koa(): ToolbarKoaMiddleware<R>
  /** For `app.use` of Hono. */
  hono(): ToolbarHonoMiddleware<R>
  /** For `app.use`, whatever Nest runs on. */
  nest(): ToolbarMiddleware<R>
  /** The last requests, the last first. */
  requests(): RequestSummary[]
  /** The report of one request, while it is kept. */
  request(id: string): RequestReport | undefined
  /** Listens to the caches no more. */
  close(): void
}

/**
 * A toolbar for the pages of an application, which is to be before all in the chain that calls a cache,
 * and behind what compresses. In production it is not there unless `enabled`. Throws a `ConfigError`
 * for options that make no sense, such as that without `authorize`.
 */
export function toolbar<R = unknown>(
  caches: CacheSet,
  options: ToolbarOptions<R> = {},
): Toolbar<R> {
  const desk = deskOf(caches, options)
  return {
    enabled: desk !== undefined,
    express: () => expressToolbar(desk),
    fastify: fastifyToolbar(desk),
    koa: () => koaToolbar(desk),
    hono: () => honoToolbar(desk),
    nest: () => expressToolbar(desk),
    requests: () => desk?.summaries() ?? [],
    request: (id) => desk?.report(id),
    close: () => desk?.stop(),
  }
}

function deskOf<R>(caches: CacheSet, options: ToolbarOptions<R>): Desk<R> | undefined {
  expectOptions('toolbar options', options, known)
  const { authorize, nonce, path = '/__hotset', keep = 100, clock = systemClock } = options
  const isProduction = process.env.NODE_ENV === 'production'
  if (authorize !== undefined) expectFunction('authorize', authorize)
  if (nonce !== undefined) expectFunction('nonce', nonce)
  expectInteger('keep', keep, 1, 10_000)
  if (!/^(?:\/[\w.~-]+)+$/.test(path)) throw invalid('path', 'a path such as "/__hotset"', path)
  if (!(options.enabled ?? !isProduction)) return undefined
  if (isProduction && authorize === undefined) {
    throw new ConfigError(
      'In production the toolbar shows keys to nobody: say by `authorize` to whom',
    )
  }
  return new Desk(caches, { authorize, nonce, keep, path, clock, id: () => crypto.randomUUID() })
}

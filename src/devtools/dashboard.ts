import type { Clock } from '../contracts/clock.ts'
import { expectFunction, expectOptions } from '../kernel/expect.ts'
import { systemClock } from '../kernel/system-clock.ts'
import { warn } from '../kernel/warn.ts'
import type { CacheSet } from '../telemetry/cache-set.ts'
import { type KeyStatistics, keyStatistics } from '../telemetry/key-statistics.ts'
import { processIdentity } from '../telemetry/process-report.ts'
import { type ProcessReporting, reportProcesses } from '../telemetry/report-processes.ts'
import {
  type Asked,
  type NodeRequest,
  type NodeResponse,
  nodeAsked,
  webAsked,
} from './dashboard/exchange.ts'
import { type Admission, answer } from './dashboard/handler.ts'
import { type OwnProcess, overviewOf } from './dashboard/overview.ts'
import type { Access } from './dashboard/state.ts'
import { watch } from './dashboard/watcher.ts'

export type { CacheSet } from '../telemetry/cache-set.ts'
export type { NodeRequest, NodeResponse } from './dashboard/exchange.ts'
export type { Access } from './dashboard/state.ts'

/** Who may see the dashboard, and what it knows. */
export interface DashboardOptions<R> {
  /**
   * Who may look (`'read'`), who may also delete, invalidate and clear (`'write'`), and who may
   * neither (`false`). It gets the request as it came. @default nobody may
   */
  readonly authorize?: ((request: R) => Access | false | Promise<Access | false>) | undefined
  /** Where key groups, hottest keys and advice come from; `false` for none. @default its own, which cost a little per read */
  readonly statistics?: KeyStatistics | false | undefined
  /** Has this process tell the others how it does, in the stores of its caches. @default true */
  readonly report?: boolean | undefined
  /** These caches are of this process, rather than a way to those of others. @default true */
  readonly own?: boolean | undefined
  /** Time. @default the system's */
  readonly clock?: Clock | undefined
}

const known: ReadonlySet<string> = new Set<keyof DashboardOptions<never>>([
  ...(['authorize', 'statistics', 'report', 'own', 'clock'] as const),
])

/** Shows what the caches do, in a browser. `R` is what the framework calls a request. */
export interface Dashboard<R = Request | NodeRequest> {
  /** Answers a request as `fetch` does: for Hono, Next, Deno, Bun. */
  fetch(request: R & Request): Promise<Response>
  /** Answers a request of `node:http`, and so of Express, Fastify and Koa. Never rejects. */
  node(request: R & NodeRequest, response: NodeResponse): Promise<void>
  /** Counts and reports no more. */
  close(): Promise<void>
}

/**
 * A dashboard of the caches, as a handler for any framework and any path. Throws a `ConfigError` for
 * options that make no sense.
 */
export function dashboard<R = Request | NodeRequest>(
  caches: CacheSet,
  options: DashboardOptions<R> = {},
): Dashboard<R> {
  expectOptions('dashboard options', options, known)
  const { authorize, clock = systemClock } = options
  if (authorize !== undefined) expectFunction('authorize', authorize)
  const { own, close } = options.own === false ? nobody : ownProcess(caches, options, clock)
  const overview = overviewOf({ caches, own, clock })
  const respond = async (request: R, asked: Asked) =>
    answer({ caches, overview }, await admit(request, authorize), asked)
  return {
    async fetch(request) {
      const { status, headers, body } = await respond(request, webAsked(request))
      return new Response(request.method === 'HEAD' ? null : body, { status, headers })
    },
    async node(request, response) {
      try {
        const { status, headers, body } = await respond(request, nodeAsked(request))
        response.writeHead(status, { ...headers })
        response.end(request.method === 'HEAD' ? undefined : body)
      } catch (error) {
        warn(`The dashboard failed: ${error}`)
        response.writeHead(500, {})
        response.end()
      }
    },
    close,
  }
}

async function admit<R>(
  request: R,
  authorize: DashboardOptions<R>['authorize'],
): Promise<Admission> {
  if (authorize === undefined) return 'unguarded'
  try {
    const access = await authorize(request)
    return access === 'read' || access === 'write' ? access : 'refused'
  } catch (error) {
    warn(`\`authorize\` of the dashboard failed: ${error}`)
    return 'failed'
  }
}

interface Following {
  readonly own: OwnProcess | undefined
  close(): Promise<void>
}

const nobody: Following = { own: undefined, close: async () => {} }

/** Begins to follow what this process does. */
function ownProcess<R>(caches: CacheSet, options: DashboardOptions<R>, clock: Clock): Following {
  const { report = true } = options
  const given = options.statistics
  const made = given === undefined ? keyStatistics(caches) : undefined
  const statistics = given === false ? undefined : (given ?? made)
  const reporting: ProcessReporting | undefined = report
    ? reportProcesses(caches, { clock, statistics })
    : undefined
  const identity = reporting?.process ?? processIdentity(clock)
  const watcher = watch(caches, clock)
  return {
    own: { identity, statistics, watcher },
    async close() {
      watcher.stop()
      made?.stop()
      await reporting?.stop()
    },
  }
}

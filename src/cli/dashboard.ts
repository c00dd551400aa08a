import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dashboard as dashboardOf } from '../devtools/dashboard.ts'
import { createCache } from '../index.ts'
import { readReports } from '../telemetry/read-reports.ts'
import { wholeNumber } from './as-usage.ts'
import { type Command, command, UsageError } from './command.ts'
import { openTarget, targetFlags } from './open-target.ts'
import { jsonText } from './printable.ts'
import type { Target } from './target.ts'

const { url, caches, name } = targetFlags
const flags = {
  ...{ url, caches, name },
  port: {
    value: 'n',
    help: 'where it listens, on this machine alone (default 0: whichever is free)',
  },
  'read-only': { help: 'nothing can be deleted, invalidated or cleared from it' },
  json: { help: 'the line that says where it listens is {url}' },
} as const

/**
 * [The dashboard](../operate/dashboard.md) of what the processes report that share a store. It
 * prints its address, of which a part is drawn at random, listens on this machine alone, and runs
 * until `SIGINT` or `SIGTERM`. Whoever knows the address may look, and delete.
 *
 * `--json` prints `{url}`.
 */
export const dashboard: Command = command({
  details: `
Serves the dashboard of what the processes report that share a store. Whoever knows the address that
it prints may look, and delete, unless it is --read-only. It runs until it is told to end.`,
  flags,
  async run(_, values, terminal) {
    const port = wholeNumber('port', values.port, 0) ?? 0
    if (port > 65_535) throw new UsageError(`Expected --port to be at most 65535, got ${port}`)
    const target = await openTarget(values, terminal)
    const ended = once(terminal.interrupted(), 'abort')
    const served = await serveDashboard({ target, port, mayWrite: !values['read-only'] })
    const { url } = served
    terminal.stdout.write(values.json ? `${jsonText({ url })}\n` : `Listening on ${url}\n`)
    await ended
    await served.close()
    await target.close()
  },
})

export interface ServeDashboardOptions {
  readonly target: Target
  /** 0 is any that is free. */
  readonly port: number
  readonly mayWrite: boolean
}

export interface ServedDashboard {
  readonly url: string
  close(): Promise<void>
}

/** Serves it on this machine alone, to who knows the address: a part of it is drawn at random. */
export async function serveDashboard(options: ServeDashboardOptions): Promise<ServedDashboard> {
  const { target, port, mayWrite } = options
  const path = `/${randomBytes(16).toString('hex')}/`
  const caches = await reachedCaches(target)
  const page = dashboardOf<IncomingMessage>(caches.set, {
    own: false,
    authorize({ url = '', headers }) {
      // A name that somebody else lets lead to this machine is not one of ours.
      const isLocal = /^(127\.0\.0\.1|localhost)(:\d+)?$/.test(headers.host ?? '')
      return isLocal && url.split('?', 1)[0] === path && (mayWrite ? 'write' : 'read')
    },
  })
  const server = createServer(page.node).listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
    async close() {
      server.close()
      server.closeAllConnections()
      await page.close()
      await caches.close()
    },
  }
}

/**
 * Those that processes report of in the store, or else the one that was named: each is a way to the
 * entries, without a memory of its own.
 */
async function reachedCaches({ cache, store, bus, url }: Target) {
  const reports = store !== undefined && url !== undefined ? await readReports(store) : []
  const names = reports.flatMap(({ caches }) => caches.map(({ inspection }) => inspection.name))
  const set = [...new Set(names)].map((name) =>
    name === cache.name ? cache : createCache({ name, store, bus: bus ?? false, memory: false }),
  )
  return {
    set: set.length === 0 ? [cache] : set,
    async close() {
      await Promise.all(set.map((other) => (other === cache ? undefined : other.close())))
    },
  }
}

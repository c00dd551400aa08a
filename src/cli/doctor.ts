import { type Command, command, exitCodes, type Terminal } from './command.ts'
import type { Examination, Finding, Severity } from './doctor/finding.ts'
import { isMissing, openTarget, type TargetValues, targetFlags } from './open-target.ts'
import { type Colour, painter } from './paint.ts'
import { printable } from './printable.ts'
import type { Target } from './target.ts'
import { writeJson } from './write-out.ts'

const order: readonly Severity[] = ['ok', 'note', 'warning', 'error']
const signs: Readonly<Record<Severity, readonly [sign: string, colour: Colour]>> = {
  ok: ['✓', 'green'],
  note: ['·', 'blue'],
  warning: ['!', 'yellow'],
  error: ['✗', 'red'],
}
const codes: Readonly<Record<Severity, number>> = {
  ok: exitCodes.done,
  note: exitCodes.done,
  warning: exitCodes.warned,
  error: exitCodes.failed,
}

/**
 * Versions of Node, of this package, of the driver and of the server; whether a record can be
 * written and read back; how long a read takes; how far the server's clock is off; how the server
 * makes room (`maxmemory-policy`, evictions); how full PostgreSQL's queue of notifications is;
 * whether there is a bus; whether the disk is one of this machine, and has room. Each finding that
 * is not well says what to change. `--json` prints `{ worst, findings }`, each finding `{ check,
 * severity, found, advice }`; severities are `ok`, `note`, `warning` (exit code 5) and `error` (1).
 */
export const doctor: Command = command({
  details: `
Looks for what is wrong with a cache: versions, whether the store can be written and how long a read
takes, how its server makes room, how far its clock is off, whether processes hear each other. It says
what to change. The exit code is 1 where something is broken, 5 where there are warnings alone.`,
  flags: { ...targetFlags, json: { help: 'prints {worst, findings}' } },
  async run(_, values, terminal) {
    const findings: Finding[] = []
    for await (const finding of examine(values, terminal)) {
      findings.push(finding)
      if (!values.json) terminal.stdout.write(line(finding, terminal))
    }
    const worst =
      order[Math.max(...findings.map(({ severity }) => order.indexOf(severity)))] ?? 'ok'
    if (values.json) await writeJson(terminal.stdout, { worst, findings })
    return codes[worst]
  },
})

/** What keeps an examination from being made is a finding, too. */
async function* examine(values: TargetValues, terminal: Terminal): Examination {
  const { runtimeFindings } = await import('./doctor/runtime.ts')
  yield* runtimeFindings(values.url)
  if (values.url !== undefined && !isMissing(values.url))
    yield* asFindings('server', serverFindings(values.url))
  let target: Target | undefined
  try {
    target = await openTarget(values, terminal)
    const { storeFindings } = await import('./doctor/store.ts')
    yield* asFindings('store', storeFindings(target))
  } catch (error) {
    yield failureFinding('store', error)
  } finally {
    await target?.close()
  }
}

async function* asFindings(check: string, examination: Examination): Examination {
  try {
    yield* examination
  } catch (error) {
    yield failureFinding(check, error)
  }
}

/** Drivers throw what they like: whatever it is, the rest is still to be examined. */
function failureFinding(check: string, error: unknown): Finding {
  return { check, severity: 'error', found: error instanceof Error ? error.message : String(error) }
}

/** What the server, or the disk, of a URL tells. */
async function* serverFindings(url: string): Examination {
  if (/^(redis|rediss|valkey|valkeys)(\+|:)/.test(url)) {
    yield* (await import('./doctor/redis.ts')).redisFindings(url)
  } else if (url.startsWith('memcached:')) {
    yield* (await import('./doctor/memcached.ts')).memcachedFindings(url)
  } else if (/^(lmdb|file):/.test(url)) {
    yield* (await import('./doctor/disk.ts')).diskFindings(url)
  } else if (/^(postgres|postgresql|mysql|mariadb|sqlite):/.test(url)) {
    if (url.startsWith('sqlite:')) yield* (await import('./doctor/disk.ts')).diskFindings(url)
    yield* (await import('./doctor/sql.ts')).sqlFindings(url)
  }
}

function line({ check, severity, found, advice }: Finding, terminal: Terminal): string {
  const paint = painter(terminal.stdout, terminal)
  const [sign, colour] = signs[severity]
  const first = `${paint(colour, sign)} ${paint('dim', check.padEnd(11))} ${printable(found)}\n`
  return advice === undefined ? first : `${first}${' '.repeat(14)}→ ${advice}\n`
}

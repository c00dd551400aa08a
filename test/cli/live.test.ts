import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { clockFinding, type Finding, isAtLeast } from '../../src/cli/doctor/finding.ts'
import { createCache } from '../../src/index.ts'
import { keyStatistics } from '../../src/telemetry/key-statistics.ts'
import { reportProcesses } from '../../src/telemetry/report-processes.ts'
import { startMemcached } from '../servers/memcached.ts'
import { startRedis, tell } from '../servers/redis.ts'
import { postgres, stopServers as stopDatabases } from '../servers/sql-drivers.ts'
import type { Server } from '../servers/start-server.ts'
import { temporaryDirectory } from '../unit/temporary-directory.ts'
import { inCache, kinds, redisUrl, stopServers } from './places.ts'
import { hotset, json } from './run.ts'

afterAll(stopServers)
afterAll(stopDatabases)

const lmdbUrl = () => `lmdb:${join(temporaryDirectory(), 'store')}`

/** A command under way, of which one can wait for what it prints. */
function running(args: readonly string[], interruption?: AbortSignal) {
  const waiting = new Map<RegExp, () => void>()
  let printed = ''
  const onOutput = (text: string) => {
    printed += text
    for (const [pattern, resolve] of waiting) if (pattern.test(printed)) resolve()
  }
  const ended = hotset(args, { onOutput, interruption })
  const prints = (pattern: RegExp) =>
    new Promise<void>((resolve) => {
      waiting.set(pattern, resolve)
      onOutput('')
    })
  return { prints, ended }
}

describe.each([
  { name: 'LMDB', open: async () => lmdbUrl() },
  { name: 'Redis', open: redisUrl },
  { name: 'PostgreSQL', open: async () => (await postgres.open()).url },
])('watch over $name', ({ open }) => {
  test('tells what others change, as they do', async () => {
    const url = await open()
    await inCache(url, (cache) => cache.set('before', 1))
    const watching = running(['watch', '--count', '5', '--json', '--url', url])
    await watching.prints(/Listening/)
    await inCache(url, (cache) => cache.set('not mine', 1), 'other')
    await inCache(url, async (cache) => {
      await cache.set('evil\x1b[2J', 1, { tags: ['t'] })
      await cache.namespace('space').delete('inner')
      await cache.delete('k', { version: 9 })
      await cache.invalidate(['t', 'u'])
      await cache.clear()
    })
    const { code, stdout } = await watching.ended
    expect(code).toBe(0)
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    const common = { cache: 'default', process: expect.stringMatching(/^[0-9a-f]{16}$/) }
    expect(lines).toEqual(
      [
        { event: 'change', names: [{ name: 'evil\x1b[2J' }] },
        { event: 'change', names: [{ name: 'inner', namespace: 'space', version: 1 }] },
        { event: 'change', names: [{ name: 'k', version: 9 }] },
        { event: 'invalidate', names: [{ name: 't' }, { name: 'u' }] },
        { event: 'clear', names: [{ name: '' }] },
      ].map((line) => ({ ...common, ...line, time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) })),
    )
    expect(stdout).not.toContain('\x1b')
  })

  test('of all caches, for people, until it is told to end', async () => {
    const url = await open()
    const ending = new AbortController()
    await inCache(url, (cache) => cache.set('before', 1))
    const watching = running(['watch', '--all', '--url', url], ending.signal)
    await watching.prints(/Listening/)
    await inCache(url, (cache) => cache.set('last', 1), 'other')
    await watching.prints(/last/)
    ending.abort()
    const { code, stdout, stderr } = await watching.ended
    expect(code).toBe(0)
    expect(stdout).toMatch(/^\d\d:\d\d:\d\d\.\d{3} {2}change {6}other {2}last\n/m)
    expect(stderr).toContain('Listening to The cache "default" in ')
  })
})

test('there is no bus over some stores', async () => {
  const url = `sqlite:${join(temporaryDirectory(), 'c.db')}`
  await inCache(url, (cache) => cache.set('k', 1))
  const { code, stderr } = await hotset(['watch', '--url', url])
  expect([code, stderr]).toEqual([1, expect.stringContaining('has no bus: nothing can be heard')])
})

describe.each(kinds)('stats over $name', ({ empty }) => {
  test('what the processes do that report, and what they do not', async () => {
    const url = await empty()
    const name = `stats-${Math.random()}`
    const options = ['--url', url, '--name', name]
    await inCache(url, (cache) => cache.set('k', 1), name)
    const alone = await hotset(['stats', ...options])
    expect(alone).toMatchObject({ code: 0, stderr: '' })
    expect(alone.stdout).toContain('No process reports what it does: call reportProcesses(caches)')

    const caches = [1, 2].map(() => createCache({ store: url, name }))
    const reports = caches.map((cache) => {
      const statistics = keyStatistics(cache)
      onTestFinished(() => statistics.stop())
      return reportProcesses(cache, { statistics, interval: '1h' })
    })
    for (const [i, cache] of caches.entries()) {
      await cache.getOrSet('evil\x1b[2J', () => i)
      for (let j = 0; j < 8; j++) await cache.get('evil\x1b[2J')
      await cache.get('none')
    }
    for (const report of reports) await report.write()
    const told = await json<{ totals: object; processes: { pid: number }[] }>(['stats', ...options])
    expect(told).toMatchObject({
      cache: name,
      totals: { reads: 20, misses: 3, hits: 17, hitRatio: 17 / 20, loads: 1, storeErrors: 0 },
    })
    expect(told.processes.map(({ pid }) => pid)).toEqual([process.pid, process.pid])
    const { stdout } = await hotset(['stats', ...options])
    expect(stdout).toMatch(/^reads +20: 85\.0 % hit, 0\.0 % stale, 15\.0 % miss$/m)
    for (const share of ['80.0', '90.0']) {
      expect(stdout).toMatch(new RegExp(`^\\S+ ${process.pid} .* 10 +${share} % .*well$`, 'm'))
    }
    expect((await hotset(['stats', '--url', url, '--name', 'another'])).stdout).toContain(
      'No process',
    )

    const live = await hotset(['top', '--count', '1', ...options], { isTTY: true })
    expect(live.stdout.startsWith('\x1b[?1049h\x1b[?25l')).toBe(true)
    expect(live.stdout.endsWith('\x1b[?25h\x1b[?1049l')).toBe(true)
    expect(live.stdout).toMatch(/^evil\S+ +\d+/m)
    expect(live.stdout).not.toContain('\x1b[2J')
    const lines = await hotset(['top', '--json', '--count', '2', '--interval', '1ms', ...options])
    expect(
      lines.stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).cache),
    ).toEqual([name, name])
    for (const report of reports) await report.stop()
    for (const cache of caches) await cache.close()
  })
})

describe('warm', () => {
  const index = new URL('../../src/index.ts', import.meta.url).href
  const project = () => {
    const directory = temporaryDirectory()
    writeFileSync(
      join(directory, 'hotset.config.mjs'),
      `import { createCache } from '${index}'
export const cache = createCache({ store: 'lmdb:${directory}/store' })
export const squares = cache.define({
  name: 'squares',
  key: String,
  load(id) {
    running++
    most = Math.max(most, running)
    return new Promise((resolve, reject) => setImmediate(() => {
      running--
      if (id === 'bad') reject(new Error('no \\x1b[2J such thing'))
      else resolve(typeof id === 'object' ? id.n ** 2 : Number(id) ** 2)
    }))
  },
})
let running = 0
let most = 0
export async function filling(id) {
  await cache.set(\`by hand \${id}\`, most)
}
`,
    )
    return { directory }
  }
  const keysIn = async (directory: string, ...args: string[]) => {
    const { stdout } = await hotset(['keys', '--url', `lmdb:${directory}/store`, ...args])
    return stdout.split('\n').slice(0, -1).sort()
  }

  test('loads what a list names, once each', async () => {
    const where = project()
    writeFileSync(join(where.directory, 'ids'), '1\n2\n2\n\n3')
    const result = await json(['warm', 'ids', '--with', 'squares'], where)
    expect(result).toEqual({ warmed: 3, failed: 0, ms: expect.any(Number) })
    expect(await keysIn(where.directory, '--namespace', 'squares')).toEqual(['1', '2', '3'])
    const url = `lmdb:${where.directory}/store`
    const three = await json(['get', '3', '--namespace', 'squares', '--url', url])
    expect(three).toMatchObject({ value: 9 })
  })

  test('failures are told, counted, and keep nothing from being loaded', async () => {
    const where = { ...project(), input: 'bad\n7\n' }
    const { code, stdout, stderr } = await hotset(['warm', '-', '--with', 'squares'], where)
    expect(code).toBe(1)
    expect(stdout).toMatch(/^Warmed 1 id in .*; 1 failed\n$/)
    expect(stderr).toBe('bad: Error: no \\x1b[2J such thing\n')
    expect(await keysIn(where.directory, '--namespace', 'squares')).toEqual(['7'])
  })

  test('a function, ids in JSON, a limit, and a bar on a terminal', async () => {
    const where = { ...project(), input: '{"n":2}\n{"n":3}\n5\n6\n', isTTY: true }
    const args = ['warm', '-', '--json-ids', '--limit', '2', '--concurrency', '1']
    const { code, stdout, stderr } = await hotset([...args, '--with', 'filling'], where)
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^Warmed 2 ids/)])
    expect(stderr).toMatch(/█ 100 % {2}2 ids, .* to go/)
    expect(stderr.endsWith('\r\x1b[K')).toBe(true)
    expect(await keysIn(where.directory)).toEqual(['by hand [object Object]'])
  })

  test('a trace names the ids, the most wanted first', async () => {
    const where = project()
    writeFileSync(join(where.directory, 't'), 'a\nb\nc\nb\nc\nc\n')
    const args = ['warm', '--trace', 't', '--with', 'filling', '--limit', '2']
    expect(await json(args, where)).toMatchObject({ warmed: 2 })
    expect(await keysIn(where.directory)).toEqual(['by hand b', 'by hand c'])
    const again = project()
    writeFileSync(join(again.directory, 'plain'), '# hotset trace 1\n"x \\"y\\"" 3\n"x \\"y\\""\n')
    await json(['warm', '--trace', 'plain', '--with', 'filling'], again)
    expect(await keysIn(again.directory)).toEqual(['by hand x "y"'])
    const hashed = project()
    writeFileSync(join(hashed.directory, 'hashed'), '# hotset trace 1\n00ff\n')
    const { code, stderr } = await hotset(
      ['warm', '--trace', 'hashed', '--with', 'filling'],
      hashed,
    )
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining('Its keys are hashed: record it by'),
    ])
  })

  test('what is called has to be named where there are several', async () => {
    const { code, stderr } = await hotset(['warm', '-'], project())
    expect(code).toBe(2)
    expect(stderr).toContain('Expected --with to be one of filling, squares, got none')
  })
})

describe.each(kinds)('bench over $name', ({ lists, empty }) => {
  test('measures, and leaves nothing behind', async () => {
    const url = await empty()
    const results = await json<Record<string, number | string>[]>([
      ...['bench', '--url', url, '--calls', '40', '--concurrency', '4', '--size', '100'],
    ])
    expect(results.map(({ operation }) => operation)).toEqual([
      ...['set', 'get, hit', 'get, miss', 'getMany, 50 keys', 'delete'],
    ])
    for (const { calls, perSecond, p50, p95, p99, max } of results) {
      expect([calls, Number(perSecond) > 0]).toEqual([40, true])
      expect([p50, p95, p99, max].map(Number)).toEqual(
        [p50, p95, p99, max].map(Number).sort((a, b) => a - b),
      )
    }
    if (lists) {
      const told = await json<{ store: { entries: number } }>(['stats', '--url', url])
      expect(told.store.entries).toBe(0)
    }
    const { stdout } = await hotset(['bench', '--url', url, '--calls', '4'])
    expect(stdout).toContain('operation         calls/s')
  })
})

interface Examined {
  readonly worst: string
  readonly findings: readonly Finding[]
}

describe('doctor', () => {
  let server: Server
  beforeEach(async () => {
    server = await startRedis('--maxmemory', '100mb', '--maxmemory-policy', 'allkeys-lfu')
  })
  afterEach(() => server.stop())

  const examined = async (url: string) => {
    const { code, stdout } = await hotset(['doctor', '--json', '--url', url])
    const { worst, findings }: Examined = JSON.parse(stdout)
    const severe = findings.filter(({ severity }) => severity === 'warning' || severity === 'error')
    return { code, worst, checks: severe.map(({ check }) => check), findings }
  }

  test('a server that suits a cache', async () => {
    const url = `redis://127.0.0.1:${server.port}`
    expect(await examined(url)).toMatchObject({ code: 0, checks: [] })
    const { stdout } = await hotset(['doctor', '--url', url])
    expect(stdout).toMatch(/^✓ version {5}Redis \d/m)
    expect(stdout).toMatch(/^✓ eviction {4}maxmemory-policy allkeys-lfu$/m)
    expect(stdout).toMatch(/^✓ bus {9}redis: /m)
    expect(await tell(server.port, 'DBSIZE')).toBe(0)
  })

  test.each([
    [['maxmemory-policy', 'noeviction'], 1, 'error', 'CONFIG SET maxmemory-policy'],
    [['maxmemory-policy', 'volatile-lru'], 5, 'warning', 'CONFIG SET maxmemory-policy'],
    [['maxmemory', '0'], 5, 'warning', 'CONFIG SET maxmemory 1gb'],
  ])('%j does not suit one', async (setting, code, worst, advice) => {
    await tell(server.port, 'CONFIG', 'SET', ...setting)
    const found = await examined(`redis://127.0.0.1:${server.port}`)
    expect(found).toMatchObject({ code, worst, checks: ['eviction'] })
    expect(found.findings.find(({ check }) => check === 'eviction')?.advice).toContain(advice)
  })

  test('a server that is frozen', async () => {
    await server.kill('SIGSTOP')
    const found = await examined(`redis://127.0.0.1:${server.port}`)
    expect(found).toMatchObject({ code: 1, checks: ['server', 'store'] })
  })

  test('a replica, a server that is full, one that is down', async () => {
    const url = `redis://127.0.0.1:${server.port}`
    await tell(server.port, 'REPLICAOF', '127.0.0.1', '1')
    expect(await examined(url)).toMatchObject({ code: 1, checks: ['role', 'store'] })
    await tell(server.port, 'REPLICAOF', 'NO', 'ONE')
    await tell(server.port, 'CONFIG', 'SET', 'maxmemory', '1', 'maxmemory-policy', 'noeviction')
    expect(await examined(url)).toMatchObject({ code: 1, checks: ['eviction', 'store'] })
    await server.kill()
    expect(await examined(url)).toMatchObject({ code: 1, checks: ['server', 'store'] })
  })

  test('clocks that differ', async () => {
    const url = `redis://127.0.0.1:${server.port}`
    const real = Date.now
    const late = vi.spyOn(Date, 'now').mockImplementation(() => real() + 60_000)
    onTestFinished(() => late.mockRestore())
    const found = await examined(url)
    expect(found).toMatchObject({ code: 1, checks: ['clock'] })
    const clock = found.findings.find(({ check }) => check === 'clock')
    expect(clock?.found).toMatch(/^the server's clock is (60|59)\d{3} ms behind$/)
    expect(clock?.advice).toContain('NTP')
  })

  test('Memcached that does not evict', async () => {
    const strict = await startMemcached('-M')
    onTestFinished(() => strict.stop())
    const found = await examined(`memcached://127.0.0.1:${strict.port}`)
    expect(found).toMatchObject({ code: 1, checks: ['eviction'] })
  })

  test('PostgreSQL before the table is there, and after', async () => {
    const { url } = await postgres.open()
    expect(await examined(url)).toMatchObject({ code: 1, checks: ['table', 'store'] })
    expect((await hotset(['create-table', url])).code).toBe(0)
    const { findings, ...rest } = await examined(url)
    expect(rest).toMatchObject({ code: 0, checks: [] })
    const queue = findings.find(({ check }) => check === 'notifications')
    expect(queue?.found).toBe('0% of the queue of notifications is taken')
  })

  test('stores on this machine', async () => {
    for (const { name, empty } of kinds) {
      if (name !== 'LMDB' && name !== 'SQLite') continue
      const url = await empty()
      await inCache(url, (cache) => cache.set('k', 1))
      expect(await examined(url)).toMatchObject({ code: 0, checks: [] })
      expect((await hotset(['keys', '--url', url])).stdout).toBe('k\n')
    }
  })

  test('skew is measured against what the way there leaves open', () => {
    expect(clockFinding(1_000, 990, 1_010)).toMatchObject({ severity: 'ok' })
    expect(clockFinding(0, 0, 4_000)).toMatchObject({ severity: 'ok' })
    expect(clockFinding(7_000, 0, 2_000)).toMatchObject({ severity: 'error' })
    expect(clockFinding(0, 999, 1_001)).toMatchObject({
      severity: 'warning',
      found: "the server's clock is 1000 ms behind",
    })
    expect(clockFinding(6_500, 0, 0)).toMatchObject({ severity: 'error' })
  })

  test('versions compare by their numbers', () => {
    expect(isAtLeast('10.0', '9.9')).toBe(true)
    expect(isAtLeast('6.2.14', '6.2.5')).toBe(true)
    expect(isAtLeast('6.2.14', '>=6.2.15')).toBe(false)
    expect(isAtLeast('20.19.0', '>=20.19')).toBe(true)
    expect(isAtLeast('15.3 (Debian)', '13')).toBe(true)
  })
})

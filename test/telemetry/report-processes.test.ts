import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { hostname } from 'node:os'
import { setImmediate as turn } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { createCache } from '../../src/index.ts'
import { readReports } from '../../src/telemetry/read-reports.ts'
import { sharedStores } from '../servers/shared-stores.ts'

/** Reports of two processes over a real store, read by a third that knows nothing of them. */

const program = fileURLToPath(new URL('../programs/reporting-process.mjs', import.meta.url))

async function start(url: string, loads: number): Promise<{ child: ChildProcess; id: string }> {
  const child = fork(program, [url, `${loads}`])
  onTestFinished(() => void child.kill('SIGKILL'))
  const [{ id }] = (await once(child, 'message')) as [{ id: string }]
  return { child, id }
}

for (const name of ['LMDB', 'Redis'] as const) {
  test(`all processes are seen by any, over ${name}`, async () => {
    const url = await sharedStores[name]()
    const reader = createCache({ name: 'reader', store: url, storeTimeout: '20s' })
    const [one, two] = [await start(url, 3), await start(url, 5)]
    const seen = async () => (await readReports(reader)).map(({ id }) => id).sort()
    const reports = await readReports(reader)
    expect(reports.map(({ pid }) => pid)).toEqual(
      [one.child.pid, two.child.pid].sort((a = 0, b = 0) => a - b),
    )
    for (const { host, id, caches } of reports) {
      expect(host).toBe(hostname())
      expect(caches.map(({ inspection }) => inspection.name)).toEqual(['default'])
      const loads = id === one.id ? 3 : 5
      expect(caches[0]?.inspection.stats.loads).toBe(loads)
      expect(caches[0]?.groups).toMatchObject([{ group: '{id}:user:{id}', loads }])
    }
    await reader.clear()
    expect(await seen()).toEqual([one.id, two.id].sort())
    one.child.kill('SIGKILL')
    while ((await seen()).includes(one.id)) await turn()
    expect(await seen()).toEqual([two.id])
    two.child.send('stop')
    await once(two.child, 'exit')
    expect(await seen()).toEqual([])
    await reader.close()
  })
}

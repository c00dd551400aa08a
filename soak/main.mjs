// Mixed load on several processes, with a fault each minute: says in the end whether every promise held.
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createClient } from 'redis'
import { startServer } from '../bench/tiers/server.mjs'
import { checked } from './checks.mjs'
import { faults as known } from './faults.mjs'
import { soakProcess } from './processes.mjs'
import { writeReport } from './report.mjs'
import { createTruth } from './truth.mjs'
import { keys } from './workloads/truthful-reads.mjs'

const workers = 4
/** The one that is killed and stopped. */
const victim = workers - 1
const every = 5_000
const results = fileURLToPath(new URL('./results', import.meta.url))

/** Answers whether every promise held. */
export async function soak({ minutes = 20 } = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'hotset-soak-'))
  const redis = await startServer()
  const url = `redis://127.0.0.1:${redis.port}`
  const client = await createClient({ url })
    .on('error', () => {})
    .connect()
  const stores = { lmdb: `lmdb:${directory}/lmdb?maxBytes=64mb`, redis: url }
  for (const kind of Object.keys(stores)) createTruth(join(directory, `truth-${kind}`), keys)
  writeFileSync(join(directory, 'fences'), '')

  const reports = []
  const processes = Array.from({ length: workers }, (_, worker) =>
    soakProcess({ directory, stores, worker, workers, every }, (report) => reports.push(report)),
  )
  for (const one of processes) await one.start()
  const from = Date.now()
  const to = from + minutes * 60_000
  const seen = []
  const watching = setInterval(async () => {
    const info = await client.info('memory').catch(() => '')
    const used = /used_memory:(\d+)/.exec(info)?.[1]
    seen.push({
      at: Date.now(),
      redis: used && Number(used),
      lmdb: bytesIn(join(directory, 'lmdb')),
    })
  }, every)

  const made = []
  const ask = (...command) => client.sendCommand(command)
  for (let i = 0; Date.now() + 60_000 < to; i++) {
    await pause(30_000)
    const fault = known[i % known.length]
    const begun = Date.now()
    console.log(`${((begun - from) / 60_000).toFixed(1)} min: ${fault.name}`)
    await fault.run({ redis, ask, victim: processes[victim] })
    made.push({ name: fault.name, paused: fault.paused ?? false, from: begun, to: Date.now() })
    await pause(Math.max(0, begun + 30_000 - Date.now()))
  }
  await pause(Math.max(0, to - Date.now()))
  clearInterval(watching)
  await Promise.all(processes.map((one) => one.finish()))
  client.destroy()
  await redis.stop()

  const checks = checked({ reports, faults: made, workers, victim, directory })
  const span = { from, to: Date.now(), workers }
  writeReport(results, { checks, reports, stores: seen, faults: made, ...span })
  for (const { promise, found, ok } of checks) console.log(`${ok ? '✓' : '✗'} ${promise}: ${found}`)
  rmSync(directory, { recursive: true })
  return checks.every(({ ok }) => ok)
}

function bytesIn(directory) {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0)
}

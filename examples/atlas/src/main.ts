// The main job: measures what the cache saves this site, and says so.
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadCities } from './cities.ts'
import { measure } from './measure.ts'
import { createProgress } from './progress.ts'
import { report } from './report.ts'
import { readTrace, requestPaths } from './requests.ts'
import { readSettings, type Settings, usage } from './settings.ts'

async function run(settings: Settings, signal: AbortSignal): Promise<boolean> {
  const directory = await mkdtemp(join(tmpdir(), 'atlas-'))
  const progress = createProgress(process.stderr)
  try {
    const { site, measurement } = await measure({
      paths: requestPaths(readTrace(), loadCities()).slice(0, settings.requests),
      complete: settings.requests !== undefined,
      port: settings.port,
      directory,
      progress,
      signal,
    })
    progress.clear()
    console.log(settings.json ? JSON.stringify(measurement) : report(measurement))
    if (settings.serve) {
      console.error(`Serving ${site.url} – Ctrl-C ends it`)
      if (!signal.aborted) await once(signal, 'abort')
    }
    await site.stop()
    return measurement.phases.every(({ wrong, failed }) => wrong + failed === 0)
  } finally {
    progress.clear()
    await rm(directory, { recursive: true, force: true })
  }
}

async function main(): Promise<number> {
  const settings = readSettings(process.argv.slice(2), process.env)
  if (typeof settings === 'string') {
    console.error(`${settings}\n${usage}`)
    return 2
  }
  const interruption = new AbortController()
  // Once: a second Ctrl-C ends the process at once.
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => interruption.abort())
  }
  try {
    return (await run(settings, interruption.signal)) ? 0 : 1
  } catch (error) {
    if (interruption.signal.aborted) return 130
    throw error
  }
}

process.exitCode = await main()

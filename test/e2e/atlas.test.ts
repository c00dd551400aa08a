import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, watch } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Measurement } from '../../examples/atlas/src/measure.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const patience = 180_000

let directory: string
let job: ChildProcessByStdio<null, Readable, Readable>

beforeAll(() => {
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'examples/atlas'], {
    cwd: root,
  })
})

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'atlas-test-'))
})

afterEach(async () => {
  if (job.exitCode === null && job.signalCode === null) {
    job.kill('SIGKILL')
    await once(job, 'exit')
  }
  await rm(directory, { recursive: true, force: true })
})

/** Starts the main job, with its temporary files where the test can see them. */
function start(...args: string[]): void {
  job = spawn(process.execPath, ['examples/atlas/dist/main.js', ...args], {
    cwd: root,
    env: { ...process.env, TMPDIR: directory, PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

test('the site answers alike with every cache, and loads less and less', {
  timeout: patience,
}, async () => {
  start('--json', '--requests', '300')
  const ended = once(job, 'exit')
  const output = await text(job.stdout)
  expect(await ended).toEqual([0, null])

  const measurement: Measurement = JSON.parse(output.trimEnd().split('\n').at(-1) ?? '')
  const [none, memory, shared, killed, restarted] = measurement.phases
  for (const phase of measurement.phases) {
    expect(phase).toMatchObject({ requests: 300, wrong: 0, failed: 0 })
  }
  const { distinctPages } = measurement
  expect(none?.loads).toBeGreaterThanOrEqual(memory?.loads ?? Infinity)
  expect(memory?.loads).toBeGreaterThanOrEqual(distinctPages)
  expect(shared?.loads).toBe(distinctPages)
  expect(killed?.loads).toBe(0)
  expect(restarted?.loads).toBe(0)
  expect(measurement.survived).toBe(distinctPages)
  expect(measurement.duplicatesAvoided).toBe((memory?.loads ?? 0) - distinctPages)
  expect(await readdir(directory)).toEqual([])
})

test('with --serve it stays up until it is interrupted', { timeout: patience }, async () => {
  start('--serve', '--requests', '20')
  const url = await lineWith(/Serving (\S+)/)
  const response = await fetch(`${url}/search?q=reykjavik`)
  expect(response.status).toBe(200)
  expect(await response.text()).toContain('Reykjav')
  expect((await fetch(`${url}/nowhere`)).status).toBe(404)
  expect((await fetch(`${url}/country/XX`)).status).toBe(404)
  expect((await fetch(url, { method: 'POST' })).status).toBe(405)

  job.kill('SIGINT')
  expect(await once(job, 'exit')).toEqual([0, null])
  await expect(fetch(url)).rejects.toThrow()
  expect(await readdir(directory)).toEqual([])
})

test('interrupted in the middle it ends clean', { timeout: patience }, async () => {
  start('--requests', '300')
  const store = join(directory, await firstIn(directory))
  await firstIn(store)
  job.kill('SIGINT')
  expect(await once(job, 'exit')).toEqual([130, null])
  expect(await readdir(directory)).toEqual([])
})

test('what it does not understand it says, and does nothing', async () => {
  start('--quiet')
  const [message, [code]] = await Promise.all([text(job.stderr), once(job, 'exit')])
  expect(message).toContain("Unknown option '--quiet'")
  expect(message).toContain('Usage: npm start')
  expect(code).toBe(2)
})

/** What the pattern captures, once the job has said it. */
async function lineWith(pattern: RegExp): Promise<string> {
  for await (const line of createInterface({ input: job.stderr })) {
    const [, found] = pattern.exec(line) ?? []
    if (found) return found
  }
  throw new Error(`The job ended without saying ${pattern}`)
}

/** The name of what comes first into an empty directory. */
async function firstIn(directory: string): Promise<string> {
  const changes = watch(directory)
  const [there] = await readdir(directory)
  if (there) return there
  for await (const { filename } of changes) if (filename) return filename
  throw new Error(`Nothing came into ${directory}`)
}

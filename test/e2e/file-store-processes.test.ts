import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test, vi } from 'vitest'
import { fileStore } from '../../src/stores/file.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'
import { record, stamped } from '../../src/testing/store-case.ts'
import { temporaryDirectory } from '../unit/temporary-directory.ts'

const program = fileURLToPath(new URL('../programs/file-store-racer.mjs', import.meta.url))

interface Racer {
  readonly process: ChildProcessWithoutNullStreams
  /** Keys of the changes that were acknowledged. */
  readonly told: string[]
  /** Says the next word: to begin, to stop. */
  say(): void
  ended(): Promise<unknown>
}

async function race(job: 'add' | 'addAndRemove' | 'count', ...args: string[]): Promise<Racer> {
  const child = spawn(process.execPath, [program, job, ...args])
  const ended = once(child, 'close')
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
  })
  child.stdin.on('error', () => {})
  const lines = createInterface({ input: child.stdout })
  const told: string[] = []
  await once(lines, 'line')
  lines.on('line', (line) => told.push(line))
  return {
    process: child,
    told,
    say: () => void child.stdin.write('\n'),
    ended: () => ended,
  }
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0)
}

test('of four processes one adds each record, where one has expired too', async () => {
  const directory = temporaryDirectory()
  const keys = Array.from({ length: 300 }, (_, i) => `key ${i}`)
  const past = fakeClock(1000)
  const store = fileStore({ directory, clock: past })
  await store.setMany(keys.slice(0, 200).map((key) => record(key, 'expired', 2000)))
  await store.setMany(keys.slice(0, 50).map((key) => record(key, 'live')))

  const racers = await Promise.all(
    ['0', '1', '2', '3'].map((name) => race('add', directory, name, ...keys)),
  )
  for (const racer of racers) racer.say()
  const ends = await Promise.all(racers.map((racer) => racer.ended()))
  expect(ends).toEqual(racers.map(() => [0, null]))

  const added = racers.flatMap(({ told }) => told)
  expect(added.toSorted()).toEqual(keys.slice(50).toSorted())
  const found = await store.getMany(keys)
  for (const [i, key] of keys.entries()) {
    const winner = racers.findIndex(({ told }) => told.includes(key))
    expect(new TextDecoder().decode(found[i]?.subarray(i < 50 ? 0 : 12))).toBe(
      i < 50 ? 'live' : `${winner}`,
    )
  }
})

test('of four processes one removes what one has added, and then one adds again', async () => {
  const directory = temporaryDirectory()
  const keys = ['a', 'b', 'c']
  const start = () => race('addAndRemove', directory, 'racer', ...keys)
  const racers = await Promise.all([start(), start(), start(), start()])
  for (const racer of racers) racer.say()
  const ends = await Promise.all(racers.map((racer) => racer.ended()))
  expect(ends).toEqual(racers.map(() => [0, null]))

  const told = racers.flatMap((racer) => racer.told)
  const found = await fileStore({ directory }).getMany(keys)
  for (const [i, key] of keys.entries()) {
    const added = told.filter((line) => line === `+${key}`).length
    const removed = told.filter((line) => line === `-${key}`).length
    expect(added).toBeGreaterThan(0)
    expect(added - removed).toBe(found[i] ? 1 : 0)
  }
})

test('four processes count together, and go on when some are killed', async () => {
  const directory = temporaryDirectory()
  const keys = ['a', 'b']
  const store = fileStore({ directory })
  await store.setMany(keys.map((key) => record(key, stamped(0, '0'))))
  const begin = async () => {
    const racer = await race('count', directory, 'counter', ...keys)
    racer.say()
    return racer
  }
  const all: Racer[] = await Promise.all([begin(), begin(), begin(), begin()])
  let running = [...all]
  /** Each of those that run makes so many more changes. */
  const goOn = async (changes: number) => {
    const before = running.map(({ told }) => told.length)
    await vi.waitUntil(
      () => running.every(({ told }, i) => told.length >= (before[i] ?? 0) + changes),
      { timeout: 50_000 },
    )
  }
  for (let round = 0; round < 4; round++) {
    await goOn(20)
    const [victim, ...others] = running
    victim?.process.kill('SIGKILL')
    await victim?.ended()
    running = others
    await goOn(20)
    const next = await begin()
    all.push(next)
    running = [...others, next]
  }
  for (const racer of running) racer.say()
  await Promise.all(running.map((racer) => racer.ended()))

  const found = await store.getMany(keys)
  const counts = found.map((value) => Number(new TextDecoder().decode(value?.subarray(12))))
  const acknowledged = keys.map((key) =>
    sum(all.map(({ told }) => told.filter((each) => each === key).length)),
  )
  for (const i of keys.keys()) {
    // A change of one that was killed may have been made without having been acknowledged.
    expect(counts[i]).toBeGreaterThanOrEqual(acknowledged[i] ?? 0)
    expect(counts[i]).toBeLessThanOrEqual((acknowledged[i] ?? 0) + 4)
  }
  expect(sum(acknowledged)).toBeGreaterThan(500)
})

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Bytes, StoreRecord } from '../../src/contracts/store.ts'
import { checksum } from '../../src/kernel/checksum.ts'
import { dataFile, inspect } from './inspect-lmdb.ts'
import { program, RemoteStore } from './remote-store.ts'

let directory: string
let stores: RemoteStore[]
let others: ChildProcess[]

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hotset-lmdb-'))
  stores = []
  others = []
})

afterEach(async () => {
  await Promise.all(stores.map((store) => store.end()))
  for (const other of others) other.kill('SIGKILL')
  await rm(directory, { recursive: true, force: true })
})

function start(): RemoteStore {
  const store = new RemoteStore({ directory, maxBytes: '32mb' })
  stores.push(store)
  return store
}

/** Stops in the middle of a transaction of its own on the file; resolves when it has stopped. */
async function hold(what: 'read' | 'write'): Promise<ChildProcess> {
  const holder = spawn(process.execPath, [program('lmdb-holder.mjs'), dataFile(directory), what], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  others.push(holder)
  await once(holder.stdout as NonNullable<typeof holder.stdout>, 'data')
  return holder
}

function record(key: string, value: Bytes): StoreRecord {
  return { key, value, expiresAt: Infinity }
}

/** Filler of this length, with the number in front and the checksum at the end. */
function numbered(number: number, length: number): Bytes {
  const bytes = Buffer.alloc(length + 8, number & 255)
  bytes.writeUInt32BE(number)
  bytes.writeUInt32BE(checksum(bytes, length + 4), length + 4)
  return bytes
}

/** The number, or -1 for bytes that `numbered` did not make. */
function numberOf(value: Bytes | undefined): number {
  if (!value) return 0
  const bytes = Buffer.from(value)
  const end = bytes.length - 4
  return bytes.readUInt32BE(end) === checksum(bytes, end) ? bytes.readUInt32BE() : -1
}

/** Numbers below a limit, the same for the same seed (Numerical Recipes' generator). */
function random(seed: number): (limit: number) => number {
  let state = seed
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
}

test('kill -9 at any moment damages nothing, loses nothing acknowledged and stops nobody else', async () => {
  const pick = random(1)
  const acknowledged = new Map<string, number>()
  const running = [start(), start(), start(), start()]
  let number = 0
  let interrupted = 0

  /** Some records of the writer's own, of up to 10 KB; one in 20 takes several transactions. */
  const batch = (writer: number) =>
    Array.from({ length: 1 + pick(3) }, () => ({
      key: `${writer}:${pick(30)}`,
      number: ++number,
      length: pick(20) === 0 ? 300_000 : pick(10_000),
    }))

  for (let round = 0; round < 24; round++) {
    const victim = pick(running.length)
    const last = pick(20)
    let done = 0
    const write = async (store: RemoteStore, writer: number) => {
      const drafts = batch(writer)
      const records = drafts.map(({ key, number, length }) => record(key, numbered(number, length)))
      const refused = await store.call('setMany', records)
      expect(refused).toEqual([])
      for (const { key, number } of drafts) {
        acknowledged.set(key, Math.max(number, acknowledged.get(key) ?? 0))
      }
      if (writer === victim && done++ === last) store.process.kill('SIGKILL')
    }
    const results = await Promise.allSettled(
      running.flatMap((store, writer) => Array.from({ length: 20 }, () => write(store, writer))),
    )
    const failed = results.filter(({ status }) => status === 'rejected')
    interrupted += failed.length
    expect(failed.length).toBeLessThan(20)
    expect(await running[victim]?.end()).toBe('SIGKILL')
    running[victim] = start()
    const keys = [...acknowledged.keys()]
    const found = await (running[victim] as RemoteStore).call('getMany', keys)
    const lost = keys.filter((key, i) => numberOf(found[i]) < (acknowledged.get(key) ?? 0))
    expect(lost).toEqual([])
  }
  expect(interrupted).toBeGreaterThan(0)
  await Promise.all(running.map((store) => store.end()))
  const { faults, keys } = await inspect(directory)
  expect(faults).toEqual([])
  expect([...acknowledged.keys()].filter((key) => !keys.has(key))).toEqual([])
})

test('a writer that is stopped in a transaction stops no reader, and kill -9 sets writers free', async () => {
  const store = start()
  await store.call('setMany', [record('before', numbered(1, 10))])
  const holder = await hold('write')
  let written = false
  const write = store.call('setMany', [record('after', numbered(2, 10))]).then(() => {
    written = true
  })
  for (let i = 0; i < 100; i++) {
    const found = await store.call('getMany', ['before', 'after', 'held'])
    expect(found.map(numberOf)).toEqual([1, 0, 0])
  }
  expect(written).toBe(false)
  holder.kill('SIGKILL')
  await write
  const found = await store.call('getMany', ['before', 'after', 'held'])
  expect(found.map(numberOf)).toEqual([1, 2, 0])
})

test.each(['SIGKILL', 'SIGTERM'] as const)(
  'records survive the end of all processes by %s',
  async (signal) => {
    const first = start()
    const records = Array.from({ length: 500 }, (_, i) =>
      record(`key ${i}`, numbered(i + 1, i * 20)),
    )
    await first.call('setMany', records)
    await first.end(signal)
    const second = start()
    const found = await second.call(
      'getMany',
      records.map(({ key }) => key),
    )
    expect(found.map(numberOf)).toEqual(records.map((_, i) => i + 1))
  },
)

import * as files from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { writeFrame } from '../../src/buses/frame.ts'
import { localBus } from '../../src/buses/local.ts'
import { SharedLog } from '../../src/buses/shared-log.ts'
import type { Bus } from '../../src/contracts/bus.ts'
import { BusError } from '../../src/kernel/errors.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'
import { FakeFiles } from '../property/fake-files.ts'

let directory: string
let buses: Bus[]
const clock = fakeClock()

beforeEach(() => {
  directory = files.mkdtempSync(join(tmpdir(), 'hotset-local-bus-'))
  buses = []
})
afterEach(async () => {
  for (const bus of buses) await bus.close()
  files.rmSync(directory, { recursive: true, force: true })
})

function connect(options: { watch?: boolean; maxBytes?: number } = {}): Bus {
  const bus = localBus({ directory, watch: false, clock, ...options })
  buses.push(bus)
  return bus
}

/** What a new listener is told: messages as they are, and `gap`. */
async function listen(bus: Bus, wake: () => void = () => {}): Promise<string[]> {
  const told: string[] = []
  const tell = (text: string) => {
    told.push(text)
    wake()
  }
  await bus.subscribe({ message: (bytes) => tell(`${bytes}`), gap: () => tell('gap') })
  return told
}

/** Polls in a turn of its own. */
async function poll(...all: Bus[]): Promise<void> {
  await turn()
  for (const bus of all) bus.poll?.()
}

const log = (number: number) => join(directory, `log-${number}`)
const publish = (bus: Bus, text: string) => bus.publish(Buffer.from(text))

test('a torn message costs its reader a gap, and later ones nothing', async () => {
  const [publisher, reader] = [connect(), connect()]
  const told = await listen(reader)
  await publish(publisher, 'before')
  const torn = writeFrame('message', 1, 1, Buffer.alloc(50_000))
  files.appendFileSync(log(1), torn.subarray(0, 20_000))
  await poll(reader)
  expect(told).toEqual(['before'])
  await publish(publisher, 'after')
  await poll(reader)
  expect(told).toEqual(['before', 'gap', 'after'])
  const joiner = await listen(connect())
  await publish(publisher, 'on')
  await poll(...buses)
  expect(told).toEqual(['before', 'gap', 'after', 'on'])
  expect(joiner).toEqual(['on'])
})

test('zeros at the end, as after a loss of power, are left behind', async () => {
  const first = connect()
  await publish(first, 'old')
  await first.close()
  files.appendFileSync(log(1), Buffer.alloc(3000))
  const [publisher, reader] = [connect(), connect()]
  const told = await listen(reader)
  await publish(publisher, 'new')
  await poll(reader)
  expect(told).toEqual(['new'])
})

test('damage to what some have read already brings all to the next file', async () => {
  const [publisher, ahead, behind] = [connect(), connect(), connect()]
  const [aheadTold, behindTold] = [await listen(ahead), await listen(behind)]
  await publish(publisher, 'damaged')
  await poll(ahead)
  files.writeFileSync(log(1), Buffer.from(files.readFileSync(log(1))).fill('x', 20))
  await poll(behind)
  expect(behindTold).toEqual(['gap'])
  await publish(publisher, 'after')
  await poll(ahead, behind)
  expect(aheadTold).toEqual(['damaged', 'after'])
  expect(behindTold).toEqual(['gap', 'after'])
})

test('a log cut from outside is told as a gap, and used on', async () => {
  const [publisher, reader] = [connect(), connect()]
  const told = await listen(reader)
  await publish(publisher, 'before')
  await poll(reader)
  files.truncateSync(log(1))
  await publish(publisher, 'after')
  clock.advance(25)
  await publish(publisher, 'on')
  await poll(reader)
  expect(told).toEqual(['before', 'gap', 'on'])
})

test.each(['file', 'directory'])(
  'a deleted %s is noticed by who waits, and begun anew',
  async (what) => {
    let wake = () => {}
    const [publisher, reader] = [connect(), connect({ watch: true })]
    const told = await listen(reader, () => wake())
    const next = () =>
      new Promise<void>((resolve) => {
        wake = resolve
      })
    for (let round = 1; round <= 2; round++) {
      const noticed = next()
      files.rmSync(what === 'file' ? log(1) : directory, { recursive: true })
      await noticed
      expect(told).toEqual(['gap'])
      const heard = next()
      await publish(publisher, `round ${round}`)
      await heard
      expect(told).toEqual(['gap', `round ${round}`])
      told.length = 0
    }
  },
)

test('who publishes right after the log was deleted is heard by who joined since', async () => {
  const [publisher, reader] = [connect(), connect()]
  await publish(publisher, 'before')
  files.rmSync(directory, { recursive: true })
  const told = await listen(reader)
  await publish(publisher, 'after')
  await poll(reader)
  expect(told).toEqual(['after'])
})

test('who lets too many files go by is told of a gap, and of what comes after it', async () => {
  const [publisher, reader] = [connect({ maxBytes: 4096 }), connect()]
  const told = await listen(reader)
  for (let file = 1; file <= 5; file++) await publish(publisher, `${file}`.repeat(4096))
  await poll(reader)
  // It still has the first file, though not its name.
  expect(told).toEqual(['1'.repeat(4096), 'gap'])
  await publish(publisher, 'after')
  await poll(reader)
  expect(told.slice(2)).toEqual(['after'])
})

test('a log that cannot be followed is a gap at every poll, and an error of every publish', async () => {
  const [publisher, reader] = [connect({ maxBytes: 4096 }), connect()]
  const told = await listen(reader)
  await publisher.publish(Buffer.alloc(4096, 'a'))
  files.mkdirSync(log(2))
  for (let round = 0; round < 2; round++) {
    await poll(reader)
    await expect(publish(publisher, 'unsaid')).rejects.toThrow(BusError)
  }
  expect(told).toEqual(['a'.repeat(4096), 'gap', 'gap'])
  files.rmdirSync(log(2))
  await publish(publisher, 'said')
  await poll(reader)
  expect(told.slice(3)).toEqual(['said'])
})

test('where no directory can be made, nobody publishes or subscribes', async () => {
  const file = join(directory, 'file')
  files.writeFileSync(file, '')
  const bus = localBus({ directory: file })
  await expect(publish(bus, 'x')).rejects.toThrow(BusError)
  await expect(bus.subscribe({ message() {}, gap() {} })).rejects.toThrow(BusError)
  await bus.close()
})

test('a full disk rejects what does not fit, and what it tore is left behind when there is room', () => {
  const disk = new FakeFiles()
  const open = () => new SharedLog({ directory: 'd', maxBytes: 1000, origin: 1, files: disk })
  const [publisher, reader] = [open(), open()]
  const told: string[] = []
  const listener = {
    message: (bytes: Uint8Array) => told.push(`${bytes}`),
    gap: () => told.push('gap'),
  }
  disk.room = 30
  publisher.append(Buffer.from('fits'), listener)
  for (let attempt = 0; attempt < 3; attempt++) {
    expect(() => publisher.append(Buffer.from('torn'), listener)).toThrow('ENOSPC')
  }
  reader.read(listener)
  disk.room = Infinity
  told.length = 0
  publisher.append(Buffer.from('after'), listener)
  expect(told).toEqual(['gap', 'after'])
  reader.read(listener)
  expect(told).toEqual(['gap', 'after', 'gap', 'after'])
})

test('a message that was written is published even if the seal after it does not fit', () => {
  const disk = new FakeFiles()
  const open = () => new SharedLog({ directory: 'd', maxBytes: 1, origin: 1, files: disk })
  const [publisher, reader] = [open(), open()]
  const told: string[] = []
  const listener = {
    message: (bytes: Uint8Array) => told.push(`${bytes}`),
    gap: () => told.push('gap'),
  }
  disk.room = 20
  publisher.append(Buffer.from('last'), { message() {}, gap() {} })
  disk.room = Infinity
  publisher.append(Buffer.from('next'), { message() {}, gap() {} })
  reader.read(listener)
  expect(told).toEqual(['last', 'next'])
})

test('who cannot join leaves no file open', () => {
  const disk = new FakeFiles()
  const open = () => new SharedLog({ directory: 'd', maxBytes: 1000, origin: 1, files: disk })
  open().append(Buffer.from('x'), { message() {}, gap() {} })
  disk.writeSync(disk.openSync('d/log-1', files.constants.O_RDWR), Buffer.alloc(100))
  const openFiles = disk.openFiles
  disk.room = 0
  expect(open).toThrow('ENOSPC')
  expect(disk.openFiles).toBe(openFiles)
})

test('files are deleted in ascending order, and none before one that cannot be', () => {
  const disk = new FakeFiles()
  const log = new SharedLog({ directory: 'd', maxBytes: 1, origin: 1, files: disk })
  const rotate = (times: number) => {
    for (; times > 0; times--) log.append(Buffer.from('x'), { message() {}, gap() {} })
  }
  disk.held = 'd/log-1'
  rotate(12)
  expect(disk.deleted).toEqual([])
  disk.held = undefined
  rotate(1)
  expect(disk.deleted).toEqual(Array.from({ length: 10 }, (_, index) => `d/log-${index + 1}`))
})

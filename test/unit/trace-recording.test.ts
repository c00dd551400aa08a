import { expect, test } from 'vitest'
import type { AccessBatch, TraceSink } from '../../src/contracts/trace.ts'
import { type RecordingParts, TraceRecording } from '../../src/core/insight/recording.ts'
import { type FakeClock, fakeClock, settle } from '../../src/testing/fake-clock.ts'

/** A file that takes as long as it is told to. */
class HeldSink implements TraceSink {
  readonly batches: AccessBatch[] = []
  closed = false
  held = false
  #release: () => void = () => {}

  async write(batch: AccessBatch): Promise<void> {
    if (this.held) {
      await new Promise<void>((resolve) => {
        this.#release = resolve
      })
    }
    this.batches.push(batch)
  }

  async close(): Promise<void> {
    this.closed = true
  }

  release(): void {
    this.held = false
    this.#release()
  }

  get keys(): string[] {
    return this.batches.flatMap(({ keys }) => keys)
  }
}

interface Recorded {
  readonly recording: TraceRecording
  readonly sink: HeldSink
  readonly clock: FakeClock
  readonly errors: unknown[]
  readonly ended: TraceRecording[]
}

function begin(parts: Partial<RecordingParts> = {}): Recorded {
  const sink = new HeldSink()
  const clock = fakeClock()
  const errors: unknown[] = []
  const ended: TraceRecording[] = []
  const recording = new TraceRecording({
    open: async () => sink,
    clock,
    maxAccesses: 10_000_000,
    onEnd: (which) => ended.push(which),
    onError: (error) => errors.push(error),
    ...parts,
  })
  return { recording, sink, clock, errors, ended }
}

function access(recording: TraceRecording, count: number, from = 0): void {
  for (let i = from; i < from + count; i++) recording.access(`k${i}`, undefined)
}

test('few accesses are written after a second, by a timer that keeps nothing alive', async () => {
  const { recording, sink, clock } = begin()
  await settle()
  access(recording, 3)
  clock.advance(999)
  await settle()
  expect(sink.keys).toEqual([])
  clock.advance(1)
  await settle()
  expect(sink.keys).toEqual(['k0', 'k1', 'k2'])
  access(recording, 1, 3)
  clock.advance(1_000)
  await settle()
  expect(sink.keys).toEqual(['k0', 'k1', 'k2', 'k3'])
  expect(sink.closed).toBe(false)
})

test('many are written at once', async () => {
  const { recording, sink } = begin()
  await settle()
  access(recording, 4_096)
  await settle()
  expect(sink.keys.length).toBe(4_096)
})

test('stop writes what is left and answers how many there were, however often it is asked', async () => {
  const { recording, sink, ended } = begin()
  access(recording, 5)
  const [first, second] = await Promise.all([recording.stop(), recording.stop()])
  expect(first).toEqual({ accesses: 5, dropped: 0 })
  expect(second).toBe(first)
  expect(sink.keys.length).toBe(5)
  expect(sink.closed).toBe(true)
  expect(ended).toEqual([recording])
  access(recording, 1)
  expect(recording.accesses).toBe(5)
})

test('what comes while a slow file is written waits within bounds, and then is dropped and counted', async () => {
  const { recording, sink } = begin()
  await settle()
  sink.held = true
  access(recording, 4_096)
  await settle()
  access(recording, 2 ** 20 + 7)
  expect(recording.dropped).toBe(7)
  sink.release()
  expect(await recording.stop()).toEqual({ accesses: 4_096 + 2 ** 20, dropped: 7 })
  expect(sink.batches.map(({ keys, dropped }) => [keys.length, dropped])).toEqual([
    [4_096, 0],
    [2 ** 20, 7],
  ])
})

test('long keys count by their length', async () => {
  const { recording, sink } = begin()
  await settle()
  sink.held = true
  access(recording, 4_096)
  await settle()
  const long = 'x'.repeat(4_096)
  for (let i = 0; i < 10_000; i++) recording.access(long, undefined)
  expect(recording.dropped).toBe(10_000 - 2 ** 25 / 4_096)
  sink.release()
  await recording.stop()
})

test('it ends by itself after so many accesses', async () => {
  const { recording, sink, ended } = begin({ maxAccesses: 10 })
  access(recording, 20)
  expect(ended).toEqual([recording])
  await settle()
  expect(sink.keys.length).toBe(10)
  expect(sink.closed).toBe(true)
  expect(await recording.stop()).toEqual({ accesses: 10, dropped: 0 })
})

test('a file that cannot be opened is told of once, ends the recording, and fails its stop', async () => {
  const failure = new Error('EEXIST')
  let opened = 0
  const { recording, errors, ended } = begin({
    open: async () => {
      opened++
      throw failure
    },
  })
  access(recording, 5)
  await settle()
  expect(errors).toEqual([failure])
  expect(ended).toEqual([recording])
  await expect(recording.stop()).rejects.toBe(failure)
  expect(opened).toBe(1)
  expect(errors).toEqual([failure])
})

test('a disk that is full is told of once, and what waits is let go', async () => {
  const failure = new Error('ENOSPC')
  const { recording, sink, errors, clock } = begin()
  sink.write = async () => {
    throw failure
  }
  access(recording, 5)
  clock.advance(1_000)
  await settle()
  expect(errors).toEqual([failure])
  expect(sink.closed).toBe(true)
  await expect(recording.stop()).rejects.toBe(failure)
})

test('a weight that becomes known before the access is written is written with it', async () => {
  const { recording, sink } = begin()
  recording.access('a', Number.NaN)
  recording.access('b', 3)
  recording.access('c', Number.NaN)
  recording.access('d', undefined)
  recording.weigh('a', 7)
  recording.weigh('b', 9)
  recording.weigh('d', 9)
  recording.weigh('nobody', 9)
  await recording.stop()
  expect(sink.batches[0]?.weights).toEqual([7, 3, Number.NaN, undefined])
})

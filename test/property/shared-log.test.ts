import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SharedLog } from '../../src/buses/shared-log.ts'
import type { BusListener } from '../../src/contracts/bus.ts'
import { FakeFiles } from './fake-files.ts'

interface Step {
  readonly process: number
  /** `cut`: the write stops short, as on a full disk. `kill`: and the process is gone. */
  readonly act: 'publish' | 'burst' | 'read' | 'close' | 'cut' | 'kill'
  /** Bytes of the frame that are written. */
  readonly bytes: number
  /** Calls to the file system after which it interrupts what is going on; or else it comes after that. */
  readonly calls: number
}

interface Publication {
  readonly text: string
  readonly begun: number
  acknowledged: number
}

/**
 * Several processes on one log. Before each file-system call of one, and half way through its
 * writes, others may make steps of their own, and be interrupted in turn.
 */
class Model {
  readonly #files = new FakeFiles()
  readonly #steps: Step[]
  readonly #maxBytes: number
  readonly #processes: Process[] = []
  readonly #gone: Process[] = []
  readonly #publications: Publication[] = []
  /** Counts all beginnings and ends. */
  #time = 0
  #started = 0
  #calls = 0
  #faulty = false

  constructor(steps: readonly Step[], maxBytes: number) {
    this.#steps = [...steps].reverse()
    this.#maxBytes = maxBytes
    this.#files.interrupt = () => {
      const next = this.#steps.at(-1)
      if (next && this.#calls++ >= next.calls) this.#step()
    }
  }

  run(): void {
    while (this.#steps.length > 0) this.#step()
    // The first round leaves behind what was torn, the second must find the log intact.
    for (let round = 0; round < 2; round++) {
      this.#publish(this.#idle(0))
      for (const process of this.#processes) this.#read(process)
    }
    const last = this.#publications.at(-1)?.text
    for (const { told } of this.#processes) expect(told.at(-1)).toBe(last)
    expectOneOrder([...this.#processes, ...this.#gone].map(({ told }) => told))
    for (const { log } of this.#processes) log.close()
    expect(this.#files.openFiles).toBe(0)
    expect(this.#files.names.length).toBeLessThanOrEqual(4)
  }

  #step(): void {
    const step = this.#steps.pop()
    if (!step) return
    this.#calls = 0
    const process = this.#idle(step.process)
    if (step.act === 'read') this.#read(process)
    else if (step.act === 'close') this.#end(process)
    else for (let n = step.act === 'burst' ? 8 : 1; n > 0; n--) this.#publish(process, step)
  }

  /** A process that is not in the middle of something; a new one, where that one is. */
  #idle(index: number): Process {
    const found = this.#processes[index]
    if (found && !found.busy) return found
    const number = this.#started++
    const joining = this.#time++
    const log = new SharedLog({
      directory: 'd',
      maxBytes: this.#maxBytes,
      origin: number,
      files: this.#files,
    })
    const process = new Process(`${number}`, log, joining, () => this.#time++)
    this.#processes.push(process)
    return process
  }

  #publish(process: Process, step?: Step): void {
    const text = `${process.name}:${process.published++}`
    const publication: Publication = { text, begun: this.#time++, acknowledged: Infinity }
    this.#publications.push(publication)
    if (step?.act === 'cut' || step?.act === 'kill') {
      this.#files.cut = { bytes: step.bytes, throws: step.act === 'kill' }
      this.#faulty = true
    }
    // Longer than a hundred others, so that it takes more than what follows to complete a torn one.
    const payload = Buffer.from(text.padEnd(this.#files.cut ? 5000 : 0))
    const done = this.#attempt(process, () => process.log.append(payload, process))
    if (done) publication.acknowledged = this.#time++
    else if (step?.act === 'kill') this.#end(process)
    this.#files.cut = undefined
  }

  #read(process: Process): void {
    const begun = this.#time++
    // Who cannot read the log says so at every attempt, as a gap.
    if (!this.#attempt(process, () => process.log.read(process))) process.gap()
    for (const publication of this.#publications) {
      const told = process.told.includes(publication.text)
      if (publication.acknowledged < process.joining) expect(told, 'told of the past').toBe(false)
      const due = Math.max(process.joined, process.lastGap) < publication.begun
      if (due && publication.acknowledged < begun) expect(told, publication.text).toBe(true)
    }
    if (process.lastGap >= 0) expect(this.#faulty || this.#files.deleted.length > 0).toBe(true)
  }

  #attempt(process: Process, act: () => void): boolean {
    process.busy = true
    try {
      act()
      return true
    } catch (error) {
      expect(this.#faulty, `${error}`).toBe(true)
      expect(`${error}`).toContain('killed')
      return false
    } finally {
      process.busy = false
    }
  }

  #end(process: Process): void {
    process.log.close()
    this.#processes.splice(this.#processes.indexOf(process), 1)
    this.#gone.push(process)
  }
}

class Process implements BusListener {
  readonly name: string
  readonly log: SharedLog
  readonly joining: number
  readonly joined: number
  readonly told: string[] = []
  readonly #tick: () => number
  lastGap = -1
  published = 0
  busy = false

  constructor(name: string, log: SharedLog, joining: number, tick: () => number) {
    this.name = name
    this.log = log
    this.joining = joining
    this.joined = tick()
    this.#tick = tick
  }

  message(bytes: Uint8Array): void {
    this.told.push(`${bytes}`.trimEnd())
  }

  gap(): void {
    this.lastGap = this.#tick()
  }
}

/** Nobody is told anything twice, and all in the same order, which is that of each publisher. */
function expectOneOrder(all: string[][]): void {
  for (const told of all) {
    expect(new Set(told).size).toBe(told.length)
    const last = new Map<string, number>()
    for (const text of told) {
      const [name = '', number] = text.split(':')
      expect(Number(number)).toBeGreaterThan(last.get(name) ?? -1)
      last.set(name, Number(number))
    }
    for (const other of all) {
      const inBoth = (text: string) => told.includes(text) && other.includes(text)
      expect(told.filter(inBoth)).toEqual(other.filter(inBoth))
    }
  }
}

const stepOf = (...acts: Step['act'][]) =>
  fc.record({
    process: fc.nat(3),
    act: fc.constantFrom(...acts),
    bytes: fc.nat(24),
    calls: fc.nat(12),
  })

test.each([
  ['undisturbed', stepOf('publish', 'publish', 'burst', 'read', 'read', 'close')],
  ['with writes cut short', stepOf('publish', 'burst', 'read', 'cut', 'kill')],
])('%s, all acknowledged messages are read or a gap is told', (_, step) => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 60 }),
      fc.constantFrom(1, 40, 200, 100_000),
      (steps, maxBytes) => new Model(steps, maxBytes).run(),
    ),
    { numRuns: 500 },
  )
})

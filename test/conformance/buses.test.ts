import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'vitest'
import { localBus } from '../../src/buses/local.ts'
import { memoryHub } from '../../src/buses/memory.ts'
import type { Bus } from '../../src/contracts/bus.ts'
import { busCases } from '../../src/testing/bus-cases.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'hotset-buses-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

/** Makes the place where buses meet, and answers how to connect to it. */
const buses: Record<string, () => () => Bus> = {
  memory: () => {
    const hub = memoryHub()
    return () => hub.connect()
  },
  local: () => () => localBus({ directory }),
  'local, on a timer': () => () => localBus({ directory, watch: false }),
  'local, with small files and a clock that stands still': () => {
    const clock = fakeClock()
    return () => localBus({ directory, maxBytes: 16_384, clock })
  },
}

describe.each(Object.entries(buses))('%s', (_, meet) => {
  test.each(busCases)('$name', async ({ run }) => {
    const connect = meet()
    await run(async () => connect())
  })
})

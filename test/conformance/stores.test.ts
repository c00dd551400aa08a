import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'vitest'
import type { Clock } from '../../src/contracts/clock.ts'
import type { Store } from '../../src/contracts/store.ts'
import { fileStore } from '../../src/stores/file.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'
import { storeCasesFor } from '../../src/testing/store-cases.ts'
import { storeWorld } from '../../src/testing/store-world.ts'

const maxBytes = 16 * 1024 * 1024

interface TestedStore {
  readonly name: string
  /** It cannot be given a clock, so that the cases wait. */
  readonly needsRealTime: boolean
  /** The directory is empty, and removed afterwards. */
  open(clock: Clock, directory: string): Store
}

const stores: readonly TestedStore[] = [
  {
    name: 'memory',
    needsRealTime: false,
    open: (clock) => memoryStore({ clock, maxBytes }),
  },
  {
    name: 'file',
    needsRealTime: false,
    open: (clock, directory) => fileStore({ clock, directory, maxBytes }),
  },
]

describe.each(stores)('$name store', ({ name, needsRealTime, open }) => {
  const unopened = open(fakeClock(), join(tmpdir(), 'hotset-unopened'))
  test.each(storeCasesFor(unopened))('$name', async ({ run }) => {
    const directory = await mkdtemp(join(tmpdir(), `hotset-${name}-`))
    const clock = fakeClock(Date.now())
    const store = open(clock, directory)
    const tooLarge = maxBytes + 1
    try {
      await run(store, storeWorld(needsRealTime ? { tooLarge } : { clock, tooLarge }))
    } finally {
      await store.close()
      await rm(directory, { recursive: true })
    }
  })
})

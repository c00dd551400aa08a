import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'vitest'
import { lmdbStore } from '../../src/stores/lmdb.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'
import { storeCasesFor } from '../../src/testing/store-cases.ts'
import { storeWorld } from '../../src/testing/store-world.ts'

const maxBytes = 16 * 1024 * 1024
const cases = storeCasesFor(lmdbStore({ directory: join(tmpdir(), 'hotset-unopened') }))

describe('lmdb store', () => {
  test.each(cases)('$name', async ({ run }) => {
    const directory = await mkdtemp(join(tmpdir(), 'hotset-lmdb-'))
    const clock = fakeClock(Date.now())
    const store = lmdbStore({ clock, directory, maxBytes })
    try {
      await run(store, storeWorld({ clock, tooLarge: maxBytes + 1 }))
    } finally {
      await store.close()
      await rm(directory, { recursive: true })
    }
  })
})

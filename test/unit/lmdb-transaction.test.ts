import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { lease } from '../../src/stores/lmdb/environment.ts'
import { type Change, stepOf, transact } from '../../src/stores/lmdb/transaction.ts'
import { fakeClock } from '../../src/testing/fake-clock.ts'

test('what was decided on the strength of a change that was lost is tried again', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'hotset-lmdb-'))
  const { environment, release } = await lease(directory, 8 * 1024 ** 2, fakeClock())
  const { records } = environment
  const add = (value: string): Change => ({
    key: 'key',
    record: { key: 'key', value: Buffer.from(value), expiresAt: Infinity },
    when: (present) => !present,
  })
  const other = { ...add('other'), key: 'other' }
  const step = (change: Change, version: number) => stepOf(change, { rank: 0, version })
  try {
    // The rival is first to commit what both have found to be possible.
    const rival = transact(records, [step(add('rival'), 1)])
    const late = transact(records, [step(add('a'), 2), step(add('b'), 3), step(other, 4)])
    expect(await rival).toEqual([true])
    expect(await late).toEqual([undefined, undefined, true])
    expect(await transact(records, [step(add('a'), 5), step(add('b'), 6)])).toEqual([false, false])
    expect(String(records.view(() => records.read('key', 0)))).toBe('rival')
  } finally {
    await release()
    await rm(directory, { recursive: true })
  }
})

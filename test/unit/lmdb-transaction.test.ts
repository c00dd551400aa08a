import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { encodeKey } from '../../src/stores/key-bytes.ts'
import { lease } from '../../src/stores/lmdb/environment.ts'
import { entryKey, isKept } from '../../src/stores/lmdb/layout.ts'
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

test('a revision is made of what the changes before it make, kept as that, or is too large', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'hotset-lmdb-'))
  const { environment, release } = await lease(directory, 8 * 1024 ** 2, fakeClock())
  const { records, writer } = environment
  const put = (value: string, keep: boolean): Change => ({
    key: 'key',
    record: { key: 'key', value: Buffer.from(value), expiresAt: Infinity, keep },
    when: () => true,
  })
  const append = (letter: string): Change => ({
    key: 'key',
    record: undefined,
    when: (present) => present !== undefined,
    revise: (present) => {
      const value = Buffer.from(`${String(present.value()).slice(1)}${letter}`)
      return { key: 'key', value, expiresAt: Infinity }
    },
  })
  const found = () => records.view(() => String(records.read('key', 0)))
  const kept = () => {
    const entry = records.view(() => records.find(entryKey(encodeKey('key'))))
    return entry && isKept(entry)
  }
  try {
    // One that was not foreseen to be as large is tried again, and so is what comes after.
    const steps = [put('000', false), append('z'), put('111', false)]
    const made = await transact(
      records,
      steps.map((change, version) => stepOf(change, { rank: 0, version })),
    )
    expect([made, found()]).toEqual([[true, undefined, undefined], '000'])
    await transact(records, [
      stepOf({ ...put('', false), record: undefined }, { rank: 0, version: 9 }),
    ])
    expect(await writer.submit([append('-')])).toEqual(['not made'])
    const changes = [put('123', false), append('a'), append('b'), put('456', true), append('c')]
    expect(await writer.submit(changes)).toEqual(changes.map(() => 'made'))
    expect([found(), kept()]).toEqual(['56c', true])
    await writer.submit([put('789', false), append('d')])
    expect([found(), kept()]).toEqual(['89d', false])
    expect(await writer.submit([put('x'.repeat(300_000), false)])).toEqual(['made'])
    expect(await writer.submit([append('e')])).toEqual(['refused'])
    expect(found()).toBe('x'.repeat(300_000))
  } finally {
    await release()
    await rm(directory, { recursive: true })
  }
})

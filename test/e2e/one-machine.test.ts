import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { CacheOptions } from '../../src/index.ts'
import { type Peer, processPeer, threadPeer } from './peers.ts'

/** Real processes and threads that share one store of the machine and its bus. */

let directory: string
let peers: Peer[]

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'hotset-machine-'))
  peers = []
})
afterEach(async () => {
  await Promise.all(peers.map((peer) => peer.kill()))
  rmSync(directory, { recursive: true, force: true })
})

function start(
  make: (options: CacheOptions) => Peer,
  scheme: string,
  count: number,
  options: CacheOptions = {},
) {
  const started = Array.from({ length: count }, () =>
    make({ store: `${scheme}:${directory}`, ...options }),
  )
  peers.push(...started)
  return started as [Peer, Peer, ...Peer[]]
}

const kinds = [
  ['lmdb', 'processes', processPeer],
  ['lmdb', 'threads', threadPeer],
  ['file', 'processes', processPeer],
] as const

for (const [scheme, kind, make] of kinds) {
  describe(`four ${kind} on ${scheme}`, () => {
    test('make one load of a cold key for four thousand callers', async () => {
      const four = start(make, scheme, 4)
      await Promise.all(four.map((peer) => peer.ask('get', 'warm-up')))
      const answers = await Promise.all(
        four.map((peer) => peer.ask('storm', 'cold', 1000, 30, 'value')),
      )
      expect(answers).toEqual([['value'], ['value'], ['value'], ['value']])
      const loads = await Promise.all(four.map((peer) => peer.ask<number>('loads')))
      expect(loads.reduce((a, b) => a + b)).toBe(1)
    })

    test('never serve from memory what another has changed', async () => {
      const [one, two] = start(make, scheme, 2)
      for (let round = 0; round < 100; round++) {
        await one.ask('set', 'k', round, { tags: ['t'] })
        expect(await two.ask('get', 'k')).toBe(round)
        expect(await two.ask('getSync', 'k')).toBe(round)
        if (round % 4 === 0) await one.ask('set', 'k', 'changed')
        if (round % 4 === 1) await one.ask('delete', 'k')
        if (round % 4 === 2) await one.ask('invalidate', 't')
        if (round % 4 === 3) await one.ask('clear')
        expect(await two.ask('getSync', 'k')).toBe(undefined)
        expect(await two.ask('get', 'k')).toBe(round % 4 === 0 ? 'changed' : undefined)
      }
    })

    test('count without losing one', async () => {
      const four = start(make, scheme, 4)
      const each = 50
      await Promise.all(
        four.flatMap((peer) =>
          Array.from({ length: each }, () => peer.ask('increment', 'n', 1, { initial: 0 })),
        ),
      )
      expect(await four[0].ask('get', 'n')).toBe(4 * each)
    })

    test('let one of them add', async () => {
      const four = start(make, scheme, 4)
      for (let round = 0; round < 20; round++) {
        const added = await Promise.all(
          four.map((peer, i) => peer.ask<boolean>('add', `k${round}`, i)),
        )
        expect(added.filter(Boolean)).toHaveLength(1)
        expect(await four[0].ask('get', `k${round}`)).toBe(added.indexOf(true))
      }
    })

    test('keep what they stored when all of them are gone', async () => {
      const before = start(make, scheme, 2)
      await before[0].ask('set', 'date', new Date(0), { ttl: null })
      await before[1].ask('set', 'tagged', 'value', { tags: ['t'] })
      await Promise.all(before.map((peer) => peer.kill()))
      const [after] = start(make, scheme, 1)
      expect(await after.ask('get', 'date')).toEqual(new Date(0))
      expect(await after.ask('get', 'tagged')).toBe('value')
      await after.ask('invalidate', 't')
      expect(await after.ask('get', 'tagged')).toBe(undefined)
    })
  })
}

test('the load of a process that was killed is taken over by another', async () => {
  const [dying, survivor] = start(processPeer, 'lmdb', 2, { leaseTime: 500 })
  await survivor.ask('get', 'warm-up')
  void dying.ask('storm', 'k', 1, 3_600_000, 'never').catch(() => {})
  await expect
    .poll(
      async () => (await survivor.ask<{ store: { state: string } }>('explain', 'k')).store.state,
    )
    .toBe('lease')
  const answer = survivor.ask('storm', 'k', 10, 1, 'taken over')
  await dying.kill()
  expect(await answer).toEqual(['taken over'])
  expect(await survivor.ask('loads')).toBe(1)
})

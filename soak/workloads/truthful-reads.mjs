// Reads beside changes: what is read must be at least as new as what had been changed, and answered, before.
import { setTimeout as pause } from 'node:timers/promises'
import { zipf } from './zipf.mjs'

export const keys = 5_000
const readers = 8
const tags = 50

/** `kind` names the cache in what is counted. */
export function truthfulReads({ cache, truth, kind, worker, workers, tally, going }) {
  const drawn = zipf(keys)

  async function load(key) {
    const { version } = truth.read(key)
    tally.count(`${kind} loads`)
    await pause(1 + Math.random() * 10)
    return version
  }

  async function read() {
    const key = drawn()
    const { settled, settledAt } = truth.read(key)
    const begun = performance.now()
    const asked = Date.now()
    try {
      const value = await cache.getOrSet(`k${key}`, () => load(key), {
        ttl: '30s',
        tags: [`one:${key}`, `some:${key % tags}`],
      })
      tally.count(`${kind} reads`)
      if (value < settled) {
        tally.count(`${kind} stale`)
        tally.note(`${kind} stale at`, asked)
        tally.most(`${kind} stale for`, asked - settledAt)
      }
    } catch (error) {
      tally.count(`${kind} failed reads`)
      tally.note('errors', `read: ${error}`)
    }
    tally.took(kind, performance.now() - begun)
  }

  const changes = [
    (key) => cache.delete(`k${key}`),
    (key, version) => cache.set(`k${key}`, version, { ttl: '30s', tags: [`one:${key}`] }),
    (key) => cache.invalidate(`one:${key}`),
  ]

  async function change() {
    const key = Math.floor(drawn() / workers) * workers + worker
    if (key >= keys) return
    const before = truth.read(key)
    const version = before.version + 1
    truth.write(key, { ...before, version })
    try {
      await changes[version % changes.length](key, version)
      truth.write(key, { version, settled: version, settledAt: Date.now() })
      tally.count(`${kind} changes`)
    } catch (error) {
      tally.count(`${kind} failed changes`)
      tally.note('errors', `change: ${error}`)
    }
  }

  async function invalidateSome() {
    await cache.invalidate(`some:${Math.floor(Math.random() * tags)}`)
  }

  return [
    ...Array.from({ length: readers }, () => going(read, 4)),
    going(change, 20),
    going(invalidateSome, 5_000),
  ]
}

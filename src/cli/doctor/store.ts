import { randomBytes } from 'node:crypto'
import type { Store } from '../../contracts/store.ts'
import { shownBytes, shownTime } from '../amounts.ts'
import type { Target } from '../target.ts'
import type { Finding } from './finding.ts'

/** Reads that are timed, one after the other. */
const reads = 100
/** Milliseconds for a read from which something is wrong: the cache itself waits for half a second. */
const slow = { local: { usual: 5, worst: 250 }, remote: { usual: 10, worst: 250 } }
/** A record that is left behind, as this was killed, is gone after a minute. */
const lifeMs = 60_000

/** What the store can do, and how fast, whatever its kind. */
export async function* storeFindings(target: Target): AsyncGenerator<Finding> {
  const { store } = target
  if (store === undefined) {
    const found = 'there is none: each process has what it loaded itself, and loses it with its end'
    yield { check: 'store', severity: 'note', found, advice: 'give the cache a `store`' }
    return
  }
  yield await writing(store)
  yield await latency(store)
  if (store.addMany === undefined || store.replaceMany === undefined) {
    const found = 'it cannot compare and set: processes may load the same key at the same time'
    yield {
      check: 'store',
      severity: 'warning',
      found,
      advice: 'use another store, or its own client',
    }
  }
  const usage = await store.usage?.().catch(() => undefined)
  if (usage !== undefined) {
    const { entries, bytes, maxBytes } = usage
    const share = maxBytes === Infinity ? '' : ` of ${shownBytes(maxBytes)}`
    const found = `${entries.toLocaleString('en')} records, ${shownBytes(bytes)}${share}`
    const isFull = bytes > 0.95 * maxBytes
    const advice = 'it gives up entries for others: see whether more room makes more hits'
    yield isFull
      ? { check: 'size', severity: 'note', found, advice }
      : { check: 'size', severity: 'ok', found }
  }
  yield await busFinding(target)
}

/** Writes, reads and deletes a record of its own. */
async function writing(store: Store): Promise<Finding> {
  const key = `hotset-doctor:1:${randomBytes(8).toString('hex')}`
  const value = randomBytes(64)
  const [refused] = await store.setMany([{ key, value, expiresAt: Date.now() + lifeMs }])
  const [found] = refused === undefined ? await store.getMany([key]) : []
  await store.deleteMany([key])
  const check = 'store'
  if (refused !== undefined) {
    const advice = 'give it more room, or let it evict'
    return { check, severity: 'error', found: 'it refuses a small record: it is full', advice }
  }
  if (found !== undefined && value.equals(found)) {
    return { check, severity: 'ok', found: `${store.name}: a record was written and read back` }
  }
  const advice = 'compare the clocks, and look for a replica that is read'
  return { check, severity: 'error', found: 'what was written was not there afterwards', advice }
}

async function latency(store: Store): Promise<Finding> {
  const key = `hotset-doctor:1:${randomBytes(8).toString('hex')}`
  const times: number[] = []
  for (let i = 0; i < reads; i++) {
    const begun = performance.now()
    await store.getMany([key])
    times.push(performance.now() - begun)
  }
  times.sort((a, b) => a - b)
  const [median, worst] = [times[reads / 2] ?? 0, times[reads - 1] ?? 0]
  const check = 'latency'
  const found = `a read takes ${shownTime(median)}, ${shownTime(worst)} at worst`
  const { usual, worst: bad } = store.local ? slow.local : slow.remote
  if (median <= usual && worst <= bad) return { check, severity: 'ok', found }
  const advice = store.local
    ? 'look at the disk: what else uses it?'
    : 'move it closer, or keep more in memory: a cache that is slow is of little use'
  return { check, severity: 'warning', found, advice }
}

async function busFinding({ cache, bus, url }: Target): Promise<Finding> {
  const check = 'bus'
  const { busHealthy, ...inspection } = await cache.inspect()
  const name = bus?.name ?? inspection.bus
  if (name === undefined) {
    const found = 'none: the memory of a process may be a second behind what others change'
    return { check, severity: 'note', found, advice: 'give the cache a `bus`, or `memory.trust`' }
  }
  if (url !== undefined || busHealthy) {
    return { check, severity: 'ok', found: `${name}: processes tell each other what they change` }
  }
  const advice = 'look whether its server can be reached'
  return { check, severity: 'warning', found: `${name}: what others say is not heard`, advice }
}

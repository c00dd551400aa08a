// What must have held. Each check answers what was found, and whether it is as promised.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { median } from '../bench/statistics.mjs'
import { limit } from './workloads/locks-and-limits.mjs'

/** Milliseconds that a read may be behind, during and after an outage of 5 s; */
const mostStale = 10_000
/** that a caller may wait, with loads of at most 11 ms; */
const longestCall = 5_000
/** and around a fault, or a store that was thought to be down, for which a load may be made twice. */
const margin = 6_000

/** `faults` are those that were made, from when to when; `victim` is the process that was killed. */
export function checked({ reports, faults, workers, victim, directory }) {
  const total = (what) => reports.reduce((sum, { counts }) => sum + (counts[what] ?? 0), 0)
  const all = (what) => reports.flatMap(({ lists }) => lists[what] ?? [])
  const most = (what) => Math.max(0, ...reports.map((report) => report.most[what] ?? 0))
  const check = (promise, found, ok) => ({ promise, found, ok })
  const troubles = (kind) => [
    ...faults,
    ...all(`${kind} store changes`).map((at) => ({ from: at, to: at })),
  ]
  const staleInPeace = (kind) =>
    all(`${kind} stale at`).filter((at) => !isNear(at, troubles(kind))).length
  const behind = writesOf(directory, workers)
  return [
    check(
      '1, 2: LMDB: while it answers all, no read is older than what was changed before',
      `${staleInPeace('lmdb')} of ${total('lmdb reads')} reads stale`,
      staleInPeace('lmdb') === 0,
    ),
    ...['lmdb', 'redis'].map((kind) =>
      check(
        `1, 2: ${kind}: in outages, and by its bus, none by more than ${mostStale / 1000} s`,
        `${total(`${kind} stale`)} of ${total(`${kind} reads`)} reads stale, at most ${seconds(most(`${kind} stale for`))}`,
        most(`${kind} stale for`) <= mostStale,
      ),
    ),
    ...['lmdb', 'redis'].map((kind) => {
      const { seen, twice } = coldLoads(all(`${kind} cold loads`), troubles(kind))
      return check(
        `3: ${kind}: one load for 100 callers in ${workers} processes, while the store answers them all`,
        `${twice} of ${seen} cold keys loaded more than once`,
        twice === 0,
      )
    }),
    check(
      '3: one holder of the lock after the other',
      `${fencesIn(directory).length} holdings`,
      ascending(fencesIn(directory)),
    ),
    check(
      `3: a rate limit of ${limit} is one for all`,
      `at most ${mostAllowed(all('allowed'))} in a window`,
      mostAllowed(all('allowed')) <= limit,
    ),
    check(
      '4: no caller gets an error of the cache',
      `${total('lmdb failed reads') + total('redis failed reads')} failed reads`,
      total('lmdb failed reads') + total('redis failed reads') === 0,
    ),
    check(
      `4: no read takes longer than ${longestCall / 1000} s`,
      `longest ${seconds(longest(reports, faults, victim))}`,
      longest(reports, faults, victim) <= longestCall,
    ),
    ...['heap', 'descriptors', 'resources'].map((what) => growth(what, reports, victim)),
    check(
      '5: memory keeps its bound',
      `${Math.max(...reports.map(({ entries }) => entries))} entries in two caches of 2,000`,
      reports.every(({ entries }) => entries <= 4_000),
    ),
    check(
      '5: nothing waits for ever',
      `${Math.max(...lastOf(reports).map(({ loading }) => loading))} loads under way at the end`,
      lastOf(reports).every(({ loading }) => loading === 0),
    ),
    check(
      '6: every acknowledged write reached its source, in order',
      `${behind.lost} of ${behind.acknowledged} lost, ${behind.disordered} out of order`,
      behind.lost === 0 && behind.disordered === 0,
    ),
    check(
      "7: nobody sees another's page",
      `${all('leaks').length} of ${total('pages seen')} pages`,
      all('leaks').length === 0,
    ),
    check(
      'nothing else failed',
      `${total('failures elsewhere')} failures`,
      total('failures elsewhere') === 0,
    ),
  ]
}

/** Cold keys of seconds that are not near any of these spans, and how many were loaded more than once. */
function coldLoads(loads, spans) {
  const times = new Map()
  for (const second of loads) {
    if (!isNear(second * 1_000, spans)) times.set(second, (times.get(second) ?? 0) + 1)
  }
  return { seen: times.size, twice: [...times.values()].filter((count) => count > 1).length }
}

function isNear(at, spans) {
  return spans.some(({ from, to }) => at > from - margin && at < to + margin)
}

function fencesIn(directory) {
  return linesOf(join(directory, 'fences')).map(Number)
}

function ascending(numbers) {
  return numbers.every((number, i) => i === 0 || number > numbers[i - 1])
}

function mostAllowed(resets) {
  const windows = new Map()
  for (const reset of resets) windows.set(reset, (windows.get(reset) ?? 0) + 1)
  return Math.max(0, ...windows.values())
}

/** The longest read, but for those of a process that was itself stopped meanwhile. */
function longest(reports, faults, victim) {
  const stopped = (at) =>
    faults.some(({ paused, from, to }) => paused && at > from && at < to + margin)
  return Math.max(
    ...reports
      .filter(({ worker, at }) => worker !== victim || !stopped(at))
      .flatMap(({ latencies }) => Object.values(latencies).map((spread) => spread.longest)),
  )
}

/** Of the processes that lived all the time: the last third beside the second. */
function growth(what, reports, victim) {
  const numbers = reports.filter(({ worker }) => worker !== victim).map((report) => report[what])
  const third = Math.floor(numbers.length / 3)
  const before = median(numbers.slice(third, 2 * third))
  const after = median(numbers.slice(2 * third))
  const room = what === 'heap' ? before * 0.1 + 2 ** 22 : 3
  const shown = what === 'heap' ? (n) => `${(n / 2 ** 20).toFixed(1)} MiB` : (n) => `${n}`
  return {
    promise: `5: ${what} does not grow`,
    found: `${shown(before)} in the second third, ${shown(after)} in the last`,
    ok: after <= before + room,
  }
}

function lastOf(reports) {
  return [...new Map(reports.map((report) => [report.worker, report])).values()]
}

function writesOf(directory, workers) {
  let [acknowledged, lost, disordered] = [0, 0, 0]
  for (let worker = 0; worker < workers; worker++) {
    const reached = new Map()
    const before = new Map()
    for (const line of linesOf(join(directory, `source-${worker}`))) {
      const [id, n] = line.split(' ').map(Number)
      // The same write may come twice, where it is not known whether it arrived.
      if (n < (before.get(id) ?? 0) && !reached.get(id)?.has(n)) disordered++
      before.set(id, Math.max(n, before.get(id) ?? 0))
      reached.set(id, (reached.get(id) ?? new Set()).add(n))
    }
    for (const line of linesOf(join(directory, `acknowledged-${worker}`))) {
      const [id, n] = line.split(' ').map(Number)
      acknowledged++
      // One that a later write of the same id replaced need not reach the source by itself.
      if (!((before.get(id) ?? 0) >= n)) lost++
    }
  }
  return { acknowledged, lost, disordered }
}

function linesOf(file) {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : []
}

function seconds(ms) {
  return `${(ms / 1_000).toFixed(2)} s`
}

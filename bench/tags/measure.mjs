// A process of its own for one peer: 100,000 entries with three tags each, and some without any.
import { setImmediate as turn } from 'node:timers/promises'
import { peerNamed } from '../peers.mjs'
import { lowerQuartile, median } from '../statistics.mjs'
import { serve } from '../worker.mjs'

const entries = 100_000
const plain = 1_000
/** So many entries share one tag, as many as are invalidated together. */
const perGroup = 10_000
const groups = entries / perGroup
/** How many are set at the same time, and read one after the other in a batch. */
const together = 100
const batchSize = 5_000
const batches = 12
/** How many of a group are looked at to see whether they are right. */
const probes = 1_000

let cache

serve(async ({ subject, port }) => {
  const { tagged } = await peerNamed(subject)
  // Room for what some keep of each tag, too.
  cache = await tagged({ entries: 2 * entries, port })
  const start = performance.now()
  await fill(entries, taggedKey, (index) => [
    groupOf(index),
    `page ${index % 997}`,
    `author ${index % 5_003}`,
  ])
  const fillUs = ((performance.now() - start) / entries) * 1e3
  await fill(plain, plainKey, () => undefined)
  const [untagged, withTags] = await timesOf([plainKey, taggedKey])
  const times = []
  let wrong = 0
  for (let group = 0; group < groups / 2; group++) {
    const from = performance.now()
    await cache.invalidate(groupOf(group * perGroup))
    times.push(performance.now() - from)
    wrong += await foundOf(group)
    wrong += probes - (await foundOf(group + groups / 2))
  }
  if (wrong > 0) throw new Error(`${wrong} entries were stale, or gone though not invalidated`)
  return { fillUs, untagged, tagged: withTags, invalidateMs: median(times) }
})

const taggedKey = (index) => `article:${index}:body`
const plainKey = (index) => `plain:${index}:body`
const groupOf = (index) => `group ${Math.floor(index / perGroup)}`

async function fill(count, keyOf, tagsOf) {
  for (let first = 0; first < count; first += together) {
    const part = Array.from({ length: together }, (_, i) => first + i)
    await Promise.all(part.map((index) => cache.set(keyOf(index), { index }, tagsOf(index))))
  }
}

/** Microseconds of a read of each kind of key, in turns. The first batches are for the compiler. */
async function timesOf(kinds) {
  const times = kinds.map(() => [])
  for (let batch = 0; batch < batches; batch++) {
    for (const [kind, keyOf] of kinds.entries()) times[kind].push(await timeOfBatch(keyOf))
  }
  return times.map((all) => lowerQuartile(all.slice(batches / 4)))
}

async function timeOfBatch(keyOf) {
  const keys = Array.from({ length: batchSize }, (_, i) => keyOf((i * 7) % plain))
  await turn()
  const start = performance.now()
  let found = 0
  for (const key of keys) if ((await cache.get(key)) !== undefined) found++
  const us = ((performance.now() - start) / batchSize) * 1e3
  if (found !== batchSize) throw new Error(`${batchSize - found} of ${batchSize} were not found`)
  return us
}

async function foundOf(group) {
  let found = 0
  for (let i = 0; i < probes; i++) {
    const index = group * perGroup + i * (perGroup / probes)
    const value = await cache.get(taggedKey(index))
    if (value === undefined || value === null) continue
    if (value.index !== index) throw new Error(`${taggedKey(index)} has the value of another key`)
    found++
  }
  return found
}

// A process of its own for one subject: grows it to its bound, then turns all of it over.
import { setImmediate as turn } from 'node:timers/promises'
import { freshKey } from '../keys.mjs'
import { stopwatch } from '../stopwatch.mjs'
import { subjectNamed } from '../subjects.mjs'
import { serve } from '../worker.mjs'
import { bytesInUse } from './bytes-in-use.mjs'
import { Collections } from './collections.mjs'

/** So many are set between two turns of the event loop, where timers run and collections are told of. */
const perTurn = 10_000
/** So many are watched together for the work in them, as looking at that watch takes longer than they do. */
const perWatch = 64
/** Milliseconds. Nobody cares for operations that are shorter. */
const threshold = 0.2
const value = { name: 'somebody', visits: 3 }

serve(async ({ subject: name, entries, ttl }) => {
  const subject = await subjectNamed(name)
  const keys = Array.from({ length: 2 * entries }, (_, index) => freshKey(index))
  const collections = new Collections()
  const slow = []
  const before = bytesInUse()
  const cache = subject.create({ entries, ttl })
  await set(cache, keys, 0, entries, slow)
  const filled = bytesInUse() - before
  await set(cache, keys, entries, 2 * entries, slow)
  const churned = bytesInUse() - before
  await turn()
  return {
    filled: filled / entries,
    churned: churned / entries,
    kept: kept(cache, keys) / entries,
    slow: slow.map(({ index, start, end, worked }) => {
      const all = end - start
      return { index, all, own: Math.min(all - collections.within(start, end), worked) }
    }),
  }
})

async function set(cache, keys, from, to, slow) {
  for (let first = from; first < to; first += perTurn) {
    await turn()
    setSome(cache, keys, first, Math.min(first + perTurn, to), slow)
  }
}

function setSome(cache, keys, from, to, slow) {
  let elapsed = stopwatch()
  let start = performance.now()
  for (let index = from; index < to; index++) {
    cache.set(keys[index], value)
    const end = performance.now()
    const isSlow = end - start > threshold
    if (isSlow) slow.push({ index, start, end, worked: elapsed() })
    if (isSlow || index % perWatch === 0) elapsed = stopwatch()
    start = end
  }
}

/** By one key in sixteen. */
function kept(cache, keys) {
  let found = 0
  for (let index = 0; index < keys.length; index += 16) {
    if (cache.get(keys[index]) !== undefined) found++
  }
  return found * 16
}

// One of several processes that use a table at once: URL, a number of its own. Each line of the input
// names what to do with all keys, one after the other; it tells how often it was the one who did.
import { createInterface } from 'node:readline'
import { sqlStore } from '../../dist/stores/sql.js'

const [database, name] = process.argv.slice(2)
const keys = Array.from({ length: 100 }, (_, i) => `key ${i}`)
const store = sqlStore({ database })

function record(key) {
  const value = new Uint8Array(12)
  value.fill(Number(name) + 1, 4)
  return { key, value, expiresAt: Infinity }
}

const jobs = {
  add: (key) => store.addMany([record(key)]),
  async replace(key) {
    const [value] = await store.getMany([key])
    const stamp = value.subarray(4, 12)
    // Whoever comes later finds another stamp than the first ones had.
    return stamp[0] > 100 ? [false] : store.replaceMany([{ key, stamp, record: marked(key) }])
  },
  remove: (key) => store.deleteMany([key]),
}

function marked(key) {
  const next = record(key)
  next.value.fill(Number(name) + 101, 4)
  return next
}

for await (const job of createInterface({ input: process.stdin })) {
  let won = 0
  for (const key of keys) if ((await jobs[job](key))[0]) won++
  console.log(`${won}`)
}
await store.close()

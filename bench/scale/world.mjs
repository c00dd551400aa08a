// Nodes of one cache in one process, on a store and a bus that count what goes through them, on a clock of their own.
import { createCache } from '../../dist/index.js'
import { memoryStore } from '../../dist/stores/memory.js'
import { fakeClock, settle } from '../../dist/testing/index.js'

/** The counts of one look: what went over the bus and to the store. */
const nothing = () => ({
  published: 0,
  delivered: 0,
  bytesDelivered: 0,
  batches: 0,
  keys: 0,
  bytes: 0,
})

/** The kind of a message, in its fourth byte (docs/internals/wire-format.md), that says of no change. */
const signOfLife = 4

export function world(nodes, options = {}) {
  const clock = fakeClock()
  const counts = nothing()
  const store = counting(memoryStore({ clock, maxBytes: '256mb' }), counts)
  const hub = countingHub(counts)
  const caches = Array.from({ length: nodes }, () =>
    createCache({
      ...{ clock, store, bus: hub.connect(), memory: { maxEntries: 1_000 } },
      ...{ defaults: { ttl: '1h' }, ...options },
    }),
  )
  return {
    caches,
    clock,
    /** Lets nodes begin a while apart from each other, as machines do, and then know each other. */
    async start() {
      for (const cache of caches) {
        await cache.get('nothing')
        await clock.pass(10_000 / nodes)
      }
      await clock.pass(60_000)
    },
    /** What `run` costs, and how much of this processor. */
    async cost(run) {
      Object.assign(counts, nothing())
      const before = process.cpuUsage()
      await run()
      await settle()
      const { user, system } = process.cpuUsage(before)
      return { ...counts, cpuMs: (user + system) / 1000 }
    },
    close: () => Promise.all(caches.map((cache) => cache.close())),
  }
}

function countingHub(counts) {
  const listeners = new Set()
  const connect = () => ({
    name: 'counted',
    async publish(message) {
      if (message[3] !== signOfLife) counts.published++
      counts.delivered += listeners.size
      counts.bytesDelivered += message.length * listeners.size
      for (const listener of listeners) listener.message(message)
    },
    async subscribe(listener) {
      listeners.add(listener)
      return async () => void listeners.delete(listener)
    },
    async close() {},
  })
  return { connect }
}

function counting(store, counts) {
  const counted =
    (verb, bytesOf) =>
    async (batch, ...rest) => {
      counts.batches++
      counts.keys += batch.length
      const answer = await store[verb](batch, ...rest)
      counts.bytes += sum(bytesOf(batch, answer))
      return answer
    }
  const found = (_, answer) => answer.map((bytes) => bytes?.length ?? 0)
  const given = (records) =>
    records.map((record) => (record.value ?? record.record?.value)?.length ?? 0)
  return {
    ...store,
    getMany: counted('getMany', found),
    getHeads: store.getHeads && counted('getHeads', found),
    setMany: counted('setMany', given),
    addMany: counted('addMany', given),
    replaceMany: counted('replaceMany', given),
    deleteMany: counted('deleteMany', () => []),
  }
}

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0)

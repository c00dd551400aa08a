// What one node of so many pays. Run by main.mjs, once for each number, each in a process of its own: `node costs.mjs 100`.
import { settle } from '../../dist/testing/index.js'
import { world } from './world.mjs'

const nodes = Number(process.argv[2])
const seconds = 60
const round = (number, digits = 2) => Number(number.toFixed(digits))

// What there is once for all caches of a process is no cost of a node.
const alone = world(1)
await alone.start()
const heapBefore = heap()
const { caches, clock, start, cost, close } = world(nodes)
await start()
const heapKiB = round((heap() - heapBefore) / nodes / 1024, 1)
const [first] = caches

const idle = await cost(() => clock.pass(seconds * 1000))
const written = await cost(() => first.set('written', 'x'.repeat(100)))
const invalidated = await cost(() => first.invalidate('some-tag'))
const busy = await cost(async () => {
  // Each node changes something every ten seconds.
  for (let second = 0; second < seconds; second++) {
    for (let node = second % 10; node < nodes; node += 10) await caches[node].delete(`key:${node}`)
    await clock.pass(1000)
  }
})
let loads = 0
const cold = await cost(async () => {
  const load = () => {
    loads++
    return new Promise((resolve) =>
      clock.schedule(200, () => resolve('v'.repeat(100)), 'foreground'),
    )
  }
  const reads = caches.map((cache) => cache.getOrSet('cold', load))
  let waiting = true
  Promise.all(reads).then(() => {
    waiting = false
  })
  while (waiting) {
    await clock.pass(10)
    await settle()
  }
})
const tags = []
for (const count of [0, 1, 4, 16]) {
  const names = Array.from({ length: count }, (_, i) => `tag:${i}`)
  // Marks of tags that nobody has used are made once; here they are there.
  await first.set(`tagged:${count}`, 'v', { tags: names })
  const write = await cost(() => first.set(`tagged:${count}`, 'v'.repeat(100), { tags: names }))
  const read = await cost(() => caches[1].get(`tagged:${count}`))
  const again = await cost(() => caches[1].get(`tagged:${count}`))
  tags.push({
    count,
    write: write.batches,
    read: read.batches,
    keys: read.keys,
    bytes: read.bytes,
    again: again.batches,
  })
}

console.log(
  JSON.stringify({
    nodes,
    heapKiB,
    idle: {
      heardPerSecond: round(idle.delivered / nodes / seconds),
      bytesPerSecond: round(idle.bytesDelivered / nodes / seconds, 0),
      cpuPercent: round(idle.cpuMs / nodes / seconds / 10, 4),
    },
    busy: {
      changesPerSecond: round(nodes / 10),
      heardPerSecond: round(busy.delivered / nodes / seconds),
      bytesPerSecond: round(busy.bytesDelivered / nodes / seconds, 0),
      cpuPercent: round(busy.cpuMs / nodes / seconds / 10, 4),
    },
    change: {
      published: written.published,
      delivered: written.delivered,
      bytes: written.bytesDelivered / written.delivered,
    },
    invalidation: { ...invalidated, bytes: invalidated.bytesDelivered / invalidated.delivered },
    cold: {
      loads,
      batchesPerNode: round(cold.batches / nodes),
      keysPerNode: round(cold.keys / nodes),
      published: cold.published,
    },
    tags,
  }),
)
await close()
await alone.close()

function heap() {
  for (let i = 0; i < 5; i++) globalThis.gc()
  return process.memoryUsage().heapUsed
}
